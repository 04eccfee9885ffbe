"""What happens to a record in the pool: talks, confirmation, suspension, withdrawal."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog import rules
from catalog.enums import AchievementState as S
from catalog.freshness import due_by
from catalog.models import Achievement
from catalog.selectors import for_page
from catalog.services.asking import ask_to_confirm
from catalog.services.people import owner_people, tell
from catalog.services.records import KIND, NotAllowed
from catalog.services.review import ReasonMissing, request_match
from catalog.workflow import ACHIEVEMENT
from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record, record_many
from matchmaking.common.workflow import IllegalMove, StaleState, expect_version, move
from matchmaking.intake.models import Decision
from matchmaking.intake.services import changes
from matchmaking.intake.services.review import record_step
from matchmaking.intake.services.tasks import follow
from matchmaking.jobs.services import enqueue

STALE_AT_ONCE = 500


@transaction.atomic
def set_negotiation(*, by: User | None, achievement: Achievement, target: str) -> Achievement:
    """Mark the start (`under_negotiation`) or the end without a deal (`accepted`) of talks. No other move."""
    talks = (S.ACCEPTED, S.UNDER_NEGOTIATION)
    if target not in talks or achievement.state not in talks:  # no side door into the pool
        raise IllegalMove(f"negotiation: {achievement.state} → {target}")
    before = achievement.state
    move(achievement, target, workflow=ACHIEVEMENT)
    verb = "achievement.talks_started" if target == S.UNDER_NEGOTIATION else "achievement.talks_ended"
    record(by=by, verb=verb, about=achievement, kind=KIND, from_state=before, to_state=target)
    return achievement


@transaction.atomic
def withdraw_achievement(*, by: User, achievement: Achievement, version: int, reason: str) -> Achievement:
    """Take a record out at the owner's wish; a job closes its open matches. Raises NotAllowed, StaleState."""
    if not rules.can_withdraw(by, achievement):
        raise NotAllowed
    was_known = achievement.state not in (S.DRAFT, S.UNIT_REVIEW)
    _leave(achievement, S.WITHDRAWN, by=by, version=version, reason=reason, verb="achievement.withdrawn",
           step="unit", decision=Decision.WITHDRAW, organisation=achievement.body.owner)  # fmt: skip
    if was_known:
        _close_matches(achievement, by)
    return achievement


@transaction.atomic
def leave_for(
    *, by: User, achievement: Achievement, kept: Achievement, reason: str, department: Organisation
) -> Achievement:
    """Take a record out because another one says the same; a job closes its open matches. Raises StaleState.

    Whether the person may do so is asked by the caller, who holds both rows.
    """
    _leave(achievement, S.WITHDRAWN, by=by, version=achievement.version, reason=reason, verb="achievement.merged_away",
           step="region", decision=Decision.WITHDRAW, organisation=department, merged_into=kept)  # fmt: skip
    _close_matches(achievement, by)
    return achievement


@transaction.atomic
def come_back(*, by: User, achievement: Achievement, target: str, department: Organisation) -> Achievement:
    """Put a merged record back where it stood, in review or in the pool. Raises StaleState; asked for as above."""
    before = achievement.state
    record_step(by=by, record=achievement, kind=KIND, step="region", decision=Decision.RESUME,
                organisation=department)  # fmt: skip
    move(achievement, target, workflow=ACHIEVEMENT, merged_into=None)
    follow(record=achievement, kind=KIND, step=rules.waits_at(achievement), owner=achievement.body.owner)
    record(by=by, verb="achievement.merge_lifted", about=achievement, kind=KIND, organisation=department,
           from_state=before, to_state=target)  # fmt: skip
    if target == S.ACCEPTED:
        request_match(achievement, by)
    return achievement


@transaction.atomic
def suspend_achievement(*, by: User, achievement: Achievement, version: int, reason: str) -> Achievement:
    """An officer takes a record out of the pool for a time, with a reason; its open matches are closed."""
    if not rules.can_suspend(by, achievement):
        raise NotAllowed
    department = rules.reviewing_organisation(by, achievement)
    assert department is not None
    _leave(achievement, S.SUSPENDED, by=by, version=version, reason=reason, verb="achievement.suspended",
           step="region", decision=Decision.SUSPEND, organisation=department)  # fmt: skip
    _close_matches(achievement, by)
    tell(owner_people(achievement), achievement, "achievement_suspended")
    return achievement


@transaction.atomic
def resume_achievement(*, by: User, achievement: Achievement, version: int) -> Achievement:
    """Bring a suspended record back into the pool; it is matched anew."""
    if not rules.can_resume(by, achievement):
        raise NotAllowed
    expect_version(achievement, version)
    department = rules.reviewing_organisation(by, achievement)
    assert department is not None
    record_step(by=by, record=achievement, kind=KIND, step="region", decision=Decision.RESUME,
                organisation=department)  # fmt: skip
    move(achievement, S.ACCEPTED, workflow=ACHIEVEMENT)
    record(by=by, verb="achievement.resumed", about=achievement, kind=KIND, organisation=department,
           from_state=S.SUSPENDED, to_state=S.ACCEPTED)  # fmt: skip
    request_match(achievement, by)
    tell(owner_people(achievement), achievement, "achievement_resumed")
    return achievement


@transaction.atomic
def confirm_achievement(*, by: User, achievement: Achievement, version: int) -> Achievement:
    """The owner confirms that the record still stands; a stale one returns to the pool and is matched anew."""
    if not rules.can_confirm(by, achievement):
        raise NotAllowed
    expect_version(achievement, version)
    now = timezone.now()
    if achievement.state == S.STALE:
        move(achievement, S.ACCEPTED, workflow=ACHIEVEMENT, confirmed_at=now)
        request_match(achievement, by)
    else:
        door = Achievement.objects.filter(pk=achievement.pk, version=version, state=S.ACCEPTED)
        if door.update(confirmed_at=now, version=F("version") + 1) != 1:
            raise StaleState(achievement.public_no)
        achievement.refresh_from_db(fields=["confirmed_at", "version"])
    record(by=by, verb="achievement.confirmed", about=achievement, kind=KIND, to_state=achievement.state)
    return achievement


def confirm_achievements(
    *, by: User, chosen: Mapping[str, int]
) -> tuple[list[Achievement], list[tuple[Achievement, Any]]]:
    """Confirm many records, each in a transaction of its own; `chosen` maps a uuid to the version looked at.

    Returns (done, left), each record that was left with the sentence that says why; unseen records are not mentioned.
    """
    done: list[Achievement] = []
    left: list[tuple[Achievement, Any]] = []
    for achievement in for_page(Achievement.objects.visible_to(by)).filter(uuid__in=list(chosen)).order_by("pk"):
        try:
            confirm_achievement(by=by, achievement=achievement, version=chosen[str(achievement.uuid)])
        except (NotAllowed, StaleState, IllegalMove) as refusal:
            left.append((achievement, refusal.message))
        else:
            done.append(achievement)
    return done, left


@transaction.atomic
def mark_stale_achievements() -> int:
    """Put records that nobody confirmed for twelve months into *awaiting confirmation*. Returns how many, 500 at most.

    Called again until it returns 0. A record that was never confirmed counts from its last change of state.
    """
    old = due_by(Achievement.objects.all(), timezone.now())
    locked = list(old.select_for_update(skip_locked=True).order_by("pk")[:STALE_AT_ONCE])
    for achievement in locked:
        move(achievement, S.STALE, workflow=ACHIEVEMENT)
    if locked:
        record_many(by=None, verb="achievement.went_stale", about=locked, kind=KIND, from_state=S.ACCEPTED,
                    to_state=S.STALE)  # fmt: skip
        ask_to_confirm(locked, "achievements_stale")
        for achievement in locked:
            _close_matches(achievement, by=None)
    return len(locked)


def _leave(
    achievement: Achievement,
    target: str,
    *,
    by: User,
    version: int,
    reason: str,
    verb: str,
    step: str,
    decision: Decision,
    organisation: Organisation,
    **values: Any,
) -> None:
    if not reason.strip():
        raise ReasonMissing
    expect_version(achievement, version)
    before = achievement.state
    record_step(by=by, record=achievement, kind=KIND, step=step, decision=decision, organisation=organisation,
                reason=reason.strip())  # fmt: skip
    move(achievement, target, workflow=ACHIEVEMENT, **values)
    follow(record=achievement, kind=KIND, step="", owner=achievement.body.owner)
    if target == S.WITHDRAWN:
        changes.drop(record=achievement, kind=KIND)
    record(by=by, verb=verb, about=achievement, kind=KIND, organisation=organisation, from_state=before,
           to_state=target)  # fmt: skip


def _close_matches(achievement: Achievement, by: User | None) -> None:
    enqueue(
        kind="close_matches",
        args={"noun": KIND, "id": achievement.pk},
        by=by,
        dedupe_key=f"close_matches:{KIND}:{achievement.pk}:{achievement.version}",
        priority=-10,
    )
