"""Out of the pool and back: suspended, term over, renewed, left at own wish."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from experts import rules
from experts.enums import ExpertState
from experts.models import Expert, ExpertBody
from experts.services.joining import REGION, consented, step
from experts.services.people import person_of, tell, unit_people
from experts.services.refusals import ConsentMissing, NotAdmissible, NotAllowed, ReasonMissing
from experts.services.writing import KIND, enqueue_match
from matchmaking.accounts.models import Consent, User
from matchmaking.common.workflow import expect_version
from matchmaking.intake.models import Decision
from matchmaking.intake.services.files import remove_all
from matchmaking.jobs.services import enqueue

S = ExpertState


@transaction.atomic
def suspend_expert(*, by: User, expert: Expert, reason: str, version: int | None = None) -> Expert:
    """An officer takes an expert out of the pool for the time being. Raises NotAllowed, ReasonMissing, StaleState."""
    if not rules.can_suspend(by, expert):
        raise NotAllowed
    expect_version(expert, version)
    if not reason.strip():
        raise ReasonMissing
    step(by, expert, S.SUSPENDED, "expert.suspended", decision=Decision.SUSPEND, at=REGION,
         acting=rules.reviewer(by, expert), reason=reason)  # fmt: skip
    close_matches(expert, by=by)
    tell([*person_of(expert), *unit_people(expert)], "expert_suspended", expert)
    return expert


@transaction.atomic
def resume_expert(*, by: User, expert: Expert, version: int | None = None) -> Expert:
    """An officer takes a suspended expert back. Raises NotAllowed, ConsentMissing, StaleState."""
    if not rules.can_resume(by, expert):
        raise NotAllowed
    return _back(by, expert, "expert.resumed", version, decision=Decision.RESUME)


@transaction.atomic
def renew_expert(*, by: User, expert: Expert, term_to: date, version: int | None = None) -> Expert:
    """An officer sets a new end of the term. Raises NotAllowed, NotAdmissible, ConsentMissing, StaleState."""
    if not rules.can_renew(by, expert):
        raise NotAllowed
    if term_to <= timezone.localdate():
        raise NotAdmissible(_("Please give a day after today."))
    return _back(by, expert, "expert.renewed", version, decision=Decision.PASS, term_to=term_to)


def _back(by: User, expert: Expert, verb: str, version: int | None, *, decision: Decision, **changes: Any) -> Expert:
    expect_version(expert, version)
    if not consented(ExpertBody.objects.select_related("consent").get(expert=expert)):
        raise ConsentMissing
    step(by, expert, S.IN_POOL, verb, decision=decision, at=REGION, acting=rules.reviewer(by, expert), **changes)
    enqueue_match(expert, by=by)
    tell([*person_of(expert), *unit_people(expert)], "expert_admitted", expert)
    return expert


@transaction.atomic
def leave_pool(*, by: User, expert: Expert, version: int | None = None) -> Expert:
    """The person withdraws the consent and leaves; from the next request on nobody else sees the entry.

    Entries that were merged into this one end with it, so that no undoing brings the person back. The certificates
    of all are removed for good. Open matches are closed by a job. Raises NotAllowed, StaleState.
    """
    if not rules.can_leave(by, expert):
        raise NotAllowed
    expect_version(expert, version)
    return take_off(by=by, expert=expert)


@transaction.atomic
def take_off(*, by: User | None, expert: Expert) -> Expert:
    """What leaving does, for whoever has made sure that the person wants it (`by`: None for the link in his mail)."""
    same = _merged_into(expert)
    for one in (expert, *same):
        step(by, one, S.LEFT, "expert.left")
        remove_all(by=by, kind=KIND, record=one)
        tell(unit_people(one), "expert_left", one)
    consents = ExpertBody.objects.filter(expert__in=[expert, *same]).values("consent")
    Consent.objects.filter(pk__in=consents, withdrawn_at=None).update(withdrawn_at=timezone.now())
    close_matches(expert, by=by)
    return expert


def _merged_into(expert: Expert) -> list[Expert]:
    """The entries that were merged into this one, or into one of those. Holds their rows and its own, in one order."""
    keys = layer = {expert.pk}
    while layer:
        layer = set(Expert.objects.filter(merged_into__in=layer).values_list("pk", flat=True)) - keys
        keys = keys | layer
    rows = Expert.objects.select_related("body__owner").select_for_update(of=("self",), no_key=True)
    held = list(rows.filter(pk__in=keys).order_by("pk"))
    found, keys = [], {expert.pk}  # a merge may have been undone before the rows were held
    while nearest := [one for one in held if one.state == S.MERGED and one.merged_into_id in keys and one not in found]:
        keys = {one.pk for one in nearest}
        found += nearest
    return found


@transaction.atomic
def expire_expert(*, expert: Expert) -> Expert:
    """Take an expert whose term is over out of the pool. Raises IllegalMove, StaleState."""
    step(None, expert, S.EXPIRED, "expert.expired")
    close_matches(expert, by=None)
    tell([*person_of(expert), *unit_people(expert)], "expert_expired", expert)
    return expert


def close_matches(expert: Expert, *, by: User | None) -> None:
    """A job closes the open matches of an entry that is no longer offered."""
    enqueue(kind="close_matches", args={"noun": KIND, "id": expert.pk}, by=by,
            dedupe_key=f"close_matches:expert:{expert.pk}:{expert.version}")  # fmt: skip
