"""What happens to a pair of entries: the units are asked and answer, one entry is merged, told apart, undone."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from experts import rules as expert_rules
from experts.duplicates import rules
from experts.duplicates.taking_over import give_back, take_over
from experts.enums import Answer
from experts.enums import ExpertState as S
from experts.models import Expert, ExpertPair
from experts.services.joining import REGION, step
from experts.services.leaving import close_matches
from experts.services.people import person_of, tell, unit_people
from experts.services.writing import KIND, enqueue_match
from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.common.workflow import StaleState, expect_version
from matchmaking.intake.duplicates import deciding
from matchmaking.intake.duplicates.deciding import NotAllowed
from matchmaking.intake.duplicates.enums import PairState as P
from matchmaking.intake.duplicates.kinds import Decision, find
from matchmaking.intake.models import Decision as Step
from matchmaking.notifications.services import notify
from matchmaking.programmes.reviewing import officers_for

ASK = "ask"


class ConsentGone(NotAllowed):
    """Nobody is put back into the pool without consent."""

    message = gettext_lazy("The person has taken back the consent. The merge can no longer be undone.")


def decide(by: User, pair: ExpertPair, decision: Decision) -> None:
    """Take the decision of the page. Raises NotAllowed, ReasonMissing, StaleState."""
    common: dict[str, Any] = {"by": by, "pair": pair, "version": decision.version, "reason": decision.reason}
    if decision.value == ASK:
        ask_units(**common)
    elif decision.value == deciding.APART:
        deciding.tell_apart(find(KIND), **common, may=rules.can_tell_apart(by, pair))
    elif decision.value == deciding.UNDO:
        undo(**common)
    else:
        merge(**common, keep_first_one=decision.value == deciding.KEEP_FIRST, seen=decision.seen)


@transaction.atomic
def ask_units(*, by: User, pair: ExpertPair, version: int, reason: str) -> ExpertPair:
    """Ask both units whether the entries are one person. Raises NotAllowed, ReasonMissing, StaleState."""
    deciding.expect(pair, version, reason)
    if not rules.can_ask(by, pair):
        raise NotAllowed
    _write(pair, asked_at=timezone.now(), reason=reason.strip())
    once = f"{pair.pk}:{pair.version}"
    for expert in (pair.first, pair.second):
        record(by=by, verb="expert.units_asked", about=expert, kind=KIND)
        tell(unit_people(expert), "expert_same_asked", expert, once=once)
    return pair


@transaction.atomic
def answer(*, by: User, pair: ExpertPair, version: int, said: str, note: str) -> ExpertPair:
    """A unit says whether the entries are one person. Raises NotAllowed, StaleState."""
    expect_version(pair, version)
    sides = rules.sides_of(by, pair)
    if not sides or said not in Answer.values:
        raise NotAllowed
    _write(pair, **{f"{sides[0]}_answer": said, f"{sides[0]}_note": note.strip()})
    expert = getattr(pair, sides[0])
    record(by=by, verb="expert.unit_answered", about=expert, kind=KIND, organisation=expert.body.owner)
    notify(
        recipients=officers_for(expert, KIND),
        kind="expert_same_answered",
        params={"expert": expert.public_no},
        url=pair.get_absolute_url(),
        dedupe_key=f"expert_same_answered:{pair.pk}:{pair.version}",
    )
    return pair


@transaction.atomic
def merge(
    *, by: User, pair: ExpertPair, version: int, seen: tuple[int, int], keep_first_one: bool, reason: str
) -> ExpertPair:
    """Merge one entry into the other: it leaves the pool, its matches are closed, its parts in teams and the
    organisations to be avoided go over; the person and both units are told.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    deciding.expect(pair, version, reason)
    deciding.lock(pair, _loaded(), seen)
    kept, dropped = (pair.first, pair.second) if keep_first_one else (pair.second, pair.first)
    if not rules.can_merge(by, pair, dropped):
        raise NotAllowed
    taken = take_over(by=by, kept=kept, dropped=dropped)
    deciding.decide(find(KIND), pair, P.MERGED, by=by, reason=reason, before=dropped.state, taken=taken)
    said = _("Merged into %(number)s: %(reason)s") % {"number": kept.public_no, "reason": reason.strip()}
    step(by, dropped, S.MERGED, "expert.merged_away", decision=Step.WITHDRAW, at=REGION,
         acting=expert_rules.reviewer(by, dropped), reason=said, merged_into=kept)  # fmt: skip
    close_matches(dropped, by=by)
    record(by=by, verb="expert.merged_in", about=kept, kind=KIND)
    tell([*person_of(dropped), *unit_people(dropped)], "expert_merged_away", dropped)
    tell([*person_of(kept), *unit_people(kept)], "expert_merged_in", kept, once=f"{pair.pk}:{pair.version}")
    return pair


@transaction.atomic
def undo(*, by: User, pair: ExpertPair, version: int, reason: str) -> ExpertPair:
    """Take a decision back: the pair is to be looked at again as if nobody had been asked, a merged entry stands where
    it stood before and gets back what went over. What could not be given back is said with the reason.

    Raises NotAllowed (ConsentGone: it says why), ReasonMissing, StaleState.
    """
    deciding.expect(pair, version, reason)
    deciding.lock(pair, _loaded(), (pair.first.version, pair.second.version))
    if not rules.can_undo(by, pair):
        raise ConsentGone if pair.merged() and not rules.consents_stand(pair) else NotAllowed
    merged, before = pair.merged(), pair.before
    if merged is None:
        deciding.decide(find(KIND), pair, P.FOUND, by=by, reason=reason, **ExpertPair.ANEW)
        return pair
    left = give_back(by=by, kept=pair.other(merged), merged=merged, taken=pair.taken)
    if left:
        reason = "\n".join([reason.strip(), _("Could not be given back, the team was changed since: %(parts)s")
                            % {"parts": "、".join(left)}])  # fmt: skip
    deciding.decide(find(KIND), pair, P.FOUND, by=by, reason=reason, before="", taken={}, **ExpertPair.ANEW)
    step(by, merged, before, "expert.merge_undone", decision=Step.RESUME, at=REGION,
         acting=expert_rules.reviewer(by, merged), merged_into=None)  # fmt: skip
    if before == S.IN_POOL:
        enqueue_match(merged, by=by)
    tell([*person_of(merged), *unit_people(merged)], "expert_merge_undone", merged)
    return pair


def _loaded() -> QuerySet[Expert]:
    return Expert.objects.select_related("body__owner", "body__user", "organisation", "region", "programme")


def _write(pair: ExpertPair, **values: object) -> None:
    """Change a pair that stays where it is. Raises StaleState."""
    door = ExpertPair.objects.filter(pk=pair.pk, version=pair.version, state=P.FOUND)
    if door.update(**values, version=pair.version + 1) != 1:
        raise StaleState(str(pair))
    pair.refresh_from_db(fields=["version", *values])
