"""What happens to a pair of achievements: told apart, merged, undone, objected to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from catalog import rules as record_rules
from catalog.duplicates import rules
from catalog.duplicates.selectors import fillable
from catalog.enums import MATCHED
from catalog.enums import AchievementState as S
from catalog.models import Achievement, DuplicatePair
from catalog.services.people import owner_people, tell
from catalog.services.pool import come_back, leave_for
from catalog.services.records import KIND, write
from catalog.services.review import request_match
from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.common.workflow import StaleState
from matchmaking.intake.duplicates import deciding
from matchmaking.intake.duplicates.deciding import NotAllowed
from matchmaking.intake.duplicates.enums import PairState as P
from matchmaking.intake.duplicates.kinds import Decision, find
from matchmaking.intake.models import VersionOf
from matchmaking.intake.services.versions import keep, keep_first
from matchmaking.notifications.services import notify
from matchmaking.programmes.reviewing import officers_for


def decide(by: User, pair: DuplicatePair, decision: Decision) -> None:
    """Take the decision of the page. Raises NotAllowed, ReasonMissing, StaleState."""
    common: dict[str, Any] = {"by": by, "pair": pair, "version": decision.version, "reason": decision.reason}
    if decision.value == deciding.APART:
        tell_apart(**common)
    elif decision.value == deciding.UNDO:
        undo(**common)
    else:
        merge_pair(**common, keep_first_one=decision.value == deciding.KEEP_FIRST, seen=decision.seen,
                   fill=decision.fill)  # fmt: skip


@transaction.atomic
def tell_apart(*, by: User, pair: DuplicatePair, version: int, reason: str) -> DuplicatePair:
    """Say that two records are not the same; a merge that stood is lifted, and its record comes back.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    merged = pair.merged()
    may = rules.can_tell_apart(by, pair)
    deciding.tell_apart(find(KIND), by=by, pair=pair, version=version, reason=reason, may=may)
    if merged is not None:
        _lift(by, pair, merged)
    return pair


@transaction.atomic
def merge_pair(
    *,
    by: User,
    pair: DuplicatePair,
    version: int,
    seen: tuple[int, int],
    keep_first_one: bool,
    reason: str,
    fill: Iterable[str] = (),
) -> DuplicatePair:
    """Merge one record into the other: it is withdrawn, its matches are closed, both owners are told.

    `seen` are the versions of both records that the officer looked at; `fill` names texts that the kept record lacks
    and takes over. After an objection this upholds the merge. Raises NotAllowed, ReasonMissing, StaleState.
    """
    deciding.expect(pair, version, reason)
    deciding.lock(pair, Achievement.objects.select_related("body__owner", "region", "programme"), seen)
    kept, dropped = (pair.first, pair.second) if keep_first_one else (pair.second, pair.first)
    if not rules.can_merge(by, pair, dropped):
        raise NotAllowed
    if pair.merged() is not None:
        deciding.decide(find(KIND), pair, P.MERGED, by=by, reason=reason)
        tell(owner_people(dropped), dropped, "achievement_merge_upheld", once=f"{pair.pk}")
        return pair
    deciding.decide(find(KIND), pair, P.MERGED, by=by, reason=reason, before=dropped.state)
    department = record_rules.reviewing_organisation(by, dropped)
    assert department is not None
    said = _("Merged into %(number)s: %(reason)s") % {"number": kept.public_no, "reason": reason.strip()}
    leave_for(by=by, achievement=dropped, kept=kept, reason=said, department=department)
    record(by=by, verb="achievement.merged_in", about=kept, kind=KIND, organisation=department)
    taken = {name: getattr(dropped, name) for name, _label in fillable(kept, dropped) if name in set(fill)}
    if taken:
        if not rules.can_fill(by, kept, dropped):
            raise NotAllowed
        kept = _fill(by, kept, taken)
    once = f"{pair.pk}:{pair.version}"
    tell(owner_people(dropped), dropped, "achievement_merged_away", once=once)
    tell(owner_people(kept), kept, "achievement_merged_in", once=once)
    return pair


@transaction.atomic
def undo(*, by: User, pair: DuplicatePair, version: int, reason: str) -> DuplicatePair:
    """Take a decision back: the pair is to be looked at again, a merged record stands where it stood before.

    Texts that the kept record took over stay with it. Raises NotAllowed, ReasonMissing, StaleState.
    """
    deciding.expect(pair, version, reason)
    merged = pair.merged()
    if not rules.can_undo(by, pair):
        raise NotAllowed
    deciding.decide(find(KIND), pair, P.FOUND, by=by, reason=reason, objection="", objected_at=None)
    if merged is not None:
        _lift(by, pair, merged)
        tell(owner_people(pair.other(merged)), pair.other(merged), "achievement_merge_undone",
             once=f"{pair.pk}:{pair.version}")  # fmt: skip
    return pair


@transaction.atomic
def object_to_merge(*, by: User, pair: DuplicatePair, version: int, text: str) -> DuplicatePair:
    """The owner of the merged record objects, once: the pair is to be looked at again. Raises as `tell_apart`."""
    deciding.expect(pair, version, text)
    merged = pair.merged()
    if merged is None or not rules.can_object(by, pair):
        raise NotAllowed
    deciding.objected(find(KIND), pair, text)
    record(by=by, verb="achievement.merge_objected", about=merged, kind=KIND, organisation=merged.body.owner)
    notify(
        recipients=officers_for(merged, KIND),
        kind="achievement_merge_objected",
        params={"number": merged.public_no, "title": merged.title},
        url=pair.get_absolute_url(),
        dedupe_key=f"achievement_merge_objected:{pair.pk}:{pair.version}",
    )
    return pair


def _lift(by: User, pair: DuplicatePair, merged: Achievement) -> None:
    """The merged record comes back; where nobody kept its state, its owner may reopen it."""
    department = record_rules.reviewing_organisation(by, merged)
    if department is None:
        raise NotAllowed
    if pair.before:
        target = S.ACCEPTED if pair.before in MATCHED else S(pair.before)  # its talks were closed
        come_back(by=by, achievement=merged, target=target, department=department)
    else:
        door = Achievement.objects.filter(pk=merged.pk, version=merged.version)
        if door.update(merged_into=None, version=F("version") + 1) != 1:
            raise StaleState(merged.public_no)
        record(by=by, verb="achievement.merge_lifted", about=merged, kind=KIND)
    tell(owner_people(merged), merged, "achievement_merge_lifted", once=f"{pair.pk}:{pair.version}")


def _fill(by: User, kept: Achievement, taken: dict[str, str]) -> Achievement:
    text_version = kept.text_version
    keep_first(record=kept, kind=KIND)
    fresh = write(by=by, achievement=kept, version=kept.version, data=taken)
    keep(record=fresh, kind=KIND, by=by, what=VersionOf.EDITED)
    if fresh.text_version != text_version and fresh.state in MATCHED:
        request_match(fresh, by)
    return fresh
