"""What happens to a need later: moved by its matches, withdrawn, expired, prolonged, taken up again."""

from datetime import date

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.common.workflow import StaleState, expect_version, move
from matchmaking.intake.models import Decision
from matchmaking.intake.services import changes
from matchmaking.intake.services.appeals import drop_appeal
from matchmaking.intake.services.review import record_step
from matchmaking.intake.services.tasks import follow
from matchmaking.jobs.services import enqueue
from needs import rules
from needs.enums import IN_POOL, NeedState
from needs.models import NeedBody, TechNeed
from needs.services.people import owner_people, tell
from needs.services.refusals import NotAllowed, ReasonMissing, Refused
from needs.services.review import OWNER, enqueue_match
from needs.services.writing import KIND, named
from needs.workflow import TECH_NEED


@transaction.atomic
def move_need(*, by: User | None, need: TechNeed, target: str) -> TechNeed:
    """Move a need inside the pool as its matches go. The caller has asked whether the person may.

    Raises IllegalMove, StaleState, and ValueError for a target that is none of the pool's states.
    """
    if target not in IN_POOL:
        raise ValueError(f"{target} has a use case of its own")
    before = need.state
    move(need, target, workflow=TECH_NEED)
    record(by=by, verb=f"need.{target}", about=need, kind=KIND, from_state=before, to_state=target)
    return need


@transaction.atomic
def withdraw_need(*, by: User, need: TechNeed, version: int | None = None, reason: str) -> TechNeed:
    """The owner takes a need back from any state before a contract; open matches are closed by a job.

    Raises NotAllowed, ReasonMissing, StaleState, IllegalMove.
    """
    if not rules.owns(by, need):
        raise NotAllowed
    expect_version(need, version)
    if not reason.strip():
        raise ReasonMissing
    before = need.state
    owner = NeedBody.objects.select_related("owner").get(need=need).owner
    move(need, NeedState.WITHDRAWN, workflow=TECH_NEED)
    record_step(by=by, record=need, kind=KIND, step=OWNER, decision=Decision.WITHDRAW, organisation=owner,
                reason=reason)  # fmt: skip
    follow(record=need, kind=KIND, step="", owner=owner)
    changes.drop(record=need, kind=KIND)
    record(by=by, verb="need.withdrawn", about=need, kind=KIND, organisation=named(need, owner), acting_for=owner,
           from_state=before, to_state=need.state)  # fmt: skip
    if before in IN_POOL:
        _close_matches(need, by=by)
    return need


@transaction.atomic
def reopen_need(*, by: User, need: TechNeed, version: int | None = None) -> TechNeed:
    """Make a draft of a withdrawn or rejected need. Raises NotAllowed, StaleState, IllegalMove."""
    if not rules.owns(by, need):
        raise NotAllowed
    expect_version(need, version)
    before = need.state
    move(need, NeedState.DRAFT, workflow=TECH_NEED)
    drop_appeal(record=need, kind=KIND)
    record(by=by, verb="need.reopened", about=need, kind=KIND, from_state=before, to_state=need.state)
    return need


@transaction.atomic
def prolong_need(*, by: User, need: TechNeed, version: int, open_until: date) -> TechNeed:
    """Set a later day; an expired need goes back into the pool and is matched again.

    Raises NotAllowed, Refused (the day has passed), StaleState.
    """
    if not rules.owns(by, need):
        raise NotAllowed
    if open_until <= timezone.localdate():
        raise Refused({"open_until": rules.DAY_HAS_PASSED})
    expect_version(need, version)
    before = need.state
    if before == NeedState.EXPIRED:
        move(need, NeedState.PUBLISHED, workflow=TECH_NEED, open_until=open_until)
        enqueue_match(need, by=by)
    else:
        door = TechNeed.objects.filter(pk=need.pk, version=version, state__in=rules.PROLONGABLE)
        if door.update(open_until=open_until, version=F("version") + 1, updated_at=timezone.now()) != 1:
            raise StaleState(need.public_no)
        need.refresh_from_db()
    record(by=by, verb="need.prolonged", about=need, kind=KIND, from_state=before, to_state=need.state)
    return need


@transaction.atomic
def expire_need(*, need: TechNeed) -> TechNeed:
    """Take a need whose day has passed out of the pool; open matches are closed by a job.

    Raises IllegalMove, StaleState.
    """
    before = need.state
    move(need, NeedState.EXPIRED, workflow=TECH_NEED)
    changes.drop(record=need, kind=KIND)
    record(by=None, verb="need.expired", about=need, kind=KIND, from_state=before, to_state=need.state)
    _close_matches(need, by=None)
    tell(owner_people(need.body), "need_expired", need)
    return need


def _close_matches(need: TechNeed, *, by: User | None) -> None:
    enqueue(kind="close_matches", args={"noun": KIND, "id": need.pk}, by=by,
            dedupe_key=f"close_matches:need:{need.pk}:{need.version}")  # fmt: skip
