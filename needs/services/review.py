"""The way of a need into the pool: handed in, checked by the park, published by the region, or sent back."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record
from matchmaking.common.workflow import IllegalMove, StaleState, expect_version, move
from matchmaking.intake.models import Decision, VersionOf
from matchmaking.intake.services.review import record_step
from matchmaking.intake.services.tasks import follow
from matchmaking.intake.services.versions import keep, keep_first, refuse_unchanged
from matchmaking.jobs.services import enqueue
from matchmaking.notifications.services import telling_once
from matchmaking.programmes.reviewing import officers_for
from needs import rules
from needs.completeness import indicator_values, missing, names_owner, values_of
from needs.enums import EDITABLE, NeedState
from needs.models import NeedBody, TechNeed
from needs.services.people import owner_people, park_people, tell
from needs.services.refusals import Incomplete, NotAllowed, ReasonMissing, TooLate
from needs.services.writing import KIND, named
from needs.workflow import TECH_NEED

PARK, REGION, OWNER = "park", "region", "unit"


@transaction.atomic
def submit_need(*, by: User, need: TechNeed, version: int | None = None) -> TechNeed:
    """Hand a need in: to the park of a tenant, else to the region.

    Raises NotAllowed, Incomplete, StaleState, and Unchanged for a rejected need that is still as it was.
    """
    if not rules.owns(by, need):
        raise NotAllowed
    expect_version(need, version)
    if need.state not in EDITABLE:
        raise StaleState(need.public_no)
    body = NeedBody.objects.select_related("owner__park", "owner__region").get(need=need)
    values, rows = values_of(need, body), indicator_values(body.indicators.order_by("position"))
    if problems := missing(values, rows) | names_owner(values, rows, body.owner):
        raise Incomplete(problems)
    refuse_unchanged(record=need, kind=KIND)
    _decide(by, need, NeedState.SUBMITTED, step=OWNER, decision=Decision.SUBMIT, acting=body.owner)
    keep(record=need, kind=KIND, by=by, what=VersionOf.SUBMITTED)
    tell(park_people(body.owner.park) if body.owner.park else officers_for(need, "need"), "need_to_check", need)
    return need


@transaction.atomic
def check_need(*, by: User, need: TechNeed, version: int | None = None) -> TechNeed:
    """The park passes a tenant's need on to the region. Raises NotAllowed, StaleState."""
    expect_version(need, version)
    acting = _acting(by, need, park_only=True)
    _decide(by, need, NeedState.CHECKED, step=PARK, decision=Decision.PASS, acting=acting)
    tell(officers_for(need, "need"), "need_to_check", need)
    return need


@transaction.atomic
def publish_need(*, by: User, need: TechNeed, version: int | None = None) -> TechNeed:
    """The region publishes a need, which is matched at once by a job. Raises NotAllowed, StaleState, TooLate."""
    expect_version(need, version)
    acting = _acting(by, need, region_only=True)
    if need.open_until and need.open_until < timezone.localdate():
        raise TooLate
    _decide(by, need, NeedState.PUBLISHED, step=REGION, decision=Decision.PASS, acting=acting,
            published_at=timezone.now())  # fmt: skip
    keep(record=need, kind=KIND, by=by, what=VersionOf.PUBLISHED)
    enqueue_match(need, by=by)
    tell(owner_people(need.body), "need_published", need)
    return need


@transaction.atomic
def return_need(
    *,
    by: User,
    need: TechNeed,
    version: int | None = None,
    reason: str,
    reasons: Iterable[str] = (),
    notes: Mapping[str, str] | None = None,
) -> TechNeed:
    """Park or region send a need back; `reasons` are codes, `notes` maps a field to what is wrong with it.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    expect_version(need, version)
    acting = _acting(by, need)
    if not reason.strip():
        raise ReasonMissing
    step = PARK if acting.is_park else REGION
    _decide(by, need, NeedState.RETURNED, step=step, decision=Decision.RETURN, acting=acting, reason=reason,
            reasons=reasons, notes=notes)  # fmt: skip
    tell(owner_people(need.body), "need_returned", need)
    return need


@transaction.atomic
def reject_need(
    *, by: User, need: TechNeed, version: int | None = None, reason: str, reasons: Iterable[str] = ()
) -> TechNeed:
    """The region refuses a need; its owner may appeal once, or file it again with changes.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    expect_version(need, version)
    acting = _acting(by, need, region_only=True)
    if not reason.strip():
        raise ReasonMissing
    _decide(by, need, NeedState.REJECTED, step=REGION, decision=Decision.REJECT, acting=acting, reason=reason,
            reasons=reasons)  # fmt: skip
    tell(owner_people(need.body), "need_rejected", need)
    return need


@telling_once()
def pass_needs(*, by: User, chosen: Mapping[str, int]) -> tuple[list[TechNeed], list[TechNeed]]:
    """Pass many at once: the park passes on, the region publishes. `chosen` maps a need's uuid to the version seen.

    Each need is decided for itself, and everybody is told once. Returns (done, left): what was decided by somebody
    else, has changed, or is too late, stays as it is.
    """
    done, left = [], []
    needs = TechNeed.objects.visible_to(by).filter(uuid__in=list(chosen)).select_related("region", "programme")
    for need in needs.order_by("id"):
        passing = check_need if rules.can_check(by, need) else publish_need
        try:
            passing(by=by, need=need, version=chosen[str(need.uuid)])
        except (StaleState, IllegalMove, NotAllowed, TooLate):
            left.append(need)
        else:
            done.append(need)
    return done, left


def enqueue_match(need: TechNeed, *, by: User | None) -> None:
    """Ask for the need to be matched at once; the matching app above brings the handler."""
    enqueue(kind="match_record", args={"noun": KIND, "id": need.pk}, by=by, priority=-10,
            dedupe_key=f"match_record:need:{need.pk}:{need.version}")  # fmt: skip


def _acting(by: User, need: TechNeed, *, park_only: bool = False, region_only: bool = False) -> Organisation:
    """Return the organisation for which the person decides now.

    Raises StaleState when the person is a checker of this need but it no longer waits for him, NotAllowed otherwise.
    """
    acting = None
    if not region_only:
        acting = rules.park_acting(by, need)
    if acting is None and not park_only:
        acting = rules.region_acting(by, need)
    if acting is not None:
        return acting
    if rules.came_late(by, need):
        raise StaleState(need.public_no)
    raise NotAllowed


def _decide(
    by: User,
    need: TechNeed,
    target: str,
    *,
    step: str,
    decision: Decision,
    acting: Organisation,
    reason: str = "",
    reasons: Iterable[str] = (),
    notes: Mapping[str, str] | None = None,
    **changes: object,
) -> None:
    before = need.state
    if decision in (Decision.RETURN, Decision.REJECT):
        keep_first(record=need, kind=KIND, what=VersionOf.SUBMITTED)
    move(need, target, workflow=TECH_NEED, **changes)
    record_step(by=by, record=need, kind=KIND, step=step, decision=decision, organisation=acting, reason=reason,
                reasons=reasons, notes=notes)  # fmt: skip
    follow(record=need, kind=KIND, step=rules.waits_at(need), owner=need.body.owner)
    record(by=by, verb=f"need.{target}", about=need, kind=KIND, from_state=before, to_state=target,
           organisation=named(need, acting) if step == OWNER else acting, acting_for=acting)  # fmt: skip
