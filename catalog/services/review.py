"""The way into the pool: author → unit → region. Each decision is a review step with its notes."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from catalog import rules
from catalog.enums import AchievementState as S
from catalog.models import Achievement, AchievementBody
from catalog.selectors import for_page
from catalog.services.checking import Incomplete, missing_fields
from catalog.services.people import owner_people, tell, unit_officers
from catalog.services.records import KIND, NotAllowed
from catalog.workflow import ACHIEVEMENT
from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record
from matchmaking.common.workflow import IllegalMove, StaleState, expect_version, move
from matchmaking.intake.models import Decision, VersionOf
from matchmaking.intake.services.review import record_step
from matchmaking.intake.services.tasks import follow
from matchmaking.intake.services.versions import keep, keep_first, refuse_unchanged
from matchmaking.intake.versions import Unchanged
from matchmaking.jobs.services import enqueue
from matchmaking.notifications.services import telling_once
from matchmaking.programmes.reviewing import officers_for


class ReasonMissing(Exception):
    """A return, a rejection, a withdrawal and a suspension need a reason."""

    message = _("Please give the reason.")


@transaction.atomic
def submit_achievement(
    *,
    by: User,
    achievement: Achievement,
    version: int | None = None,
    opinion: str | None = None,
    secrecy_declared: bool | None = None,
) -> Achievement:
    """Hand a complete record on: the author to the unit's officers, an officer to the region.

    An officer gives the unit's opinion and its declaration with it (or has written them into the record before).
    Raises NotAllowed, Incomplete, StaleState, and Unchanged for a rejected record that is still as it was.
    """
    if not rules.can_submit(by, achievement):
        raise NotAllowed
    expect_version(achievement, version)
    for_unit = rules.is_unit_officer(by, achievement)
    if for_unit:
        _declare(achievement, by, opinion, secrecy_declared)
    if missing := missing_fields(achievement, for_unit=for_unit):
        raise Incomplete(missing)
    refuse_unchanged(record=achievement, kind=KIND)
    target = S.SUBMITTED if for_unit else S.UNIT_REVIEW
    verb = "achievement.submitted" if for_unit else "achievement.sent_to_unit"
    _decide(achievement, target, by=by, verb=verb, organisation=achievement.body.owner, step="unit",
            decision=Decision.PASS if for_unit else Decision.SUBMIT,
            reason=achievement.body.unit_opinion if for_unit else "")  # fmt: skip
    keep(record=achievement, kind=KIND, by=by, what=VersionOf.SUBMITTED)
    tell(officers_for(achievement, "achievement") if for_unit else unit_officers(achievement), achievement,
         "achievement_to_review")  # fmt: skip
    return achievement


@telling_once()
def submit_achievements(
    *, by: User, chosen: Mapping[str, int], opinion: str, secrecy_declared: bool
) -> tuple[list[Achievement], list[tuple[Achievement, Any]]]:
    """Hand many complete records to the region, each for itself, with one opinion and declaration; tell it once.

    `chosen` maps a record's uuid to the version that was looked at. Returns (done, left): each record that was left
    with the sentence that says why. Records that the person does not see are not mentioned.
    """
    done: list[Achievement] = []
    left: list[tuple[Achievement, Any]] = []
    for achievement in for_page(Achievement.objects.visible_to(by)).filter(uuid__in=list(chosen)).order_by("pk"):
        try:
            if not rules.is_unit_officer(by, achievement):
                raise NotAllowed
            submit_achievement(by=by, achievement=achievement, version=chosen[str(achievement.uuid)], opinion=opinion,
                               secrecy_declared=secrecy_declared)  # fmt: skip
        except Incomplete as refusal:
            words = ngettext("%(n)s field is missing.", "%(n)s fields are missing.", len(refusal.fields))
            left.append((achievement, words % {"n": len(refusal.fields)}))
        except (NotAllowed, StaleState, IllegalMove, Unchanged) as refusal:
            left.append((achievement, refusal.message))
        else:
            done.append(achievement)
    return done, left


@transaction.atomic
def send_back_achievement(
    *,
    by: User,
    achievement: Achievement,
    version: int,
    reason: str,
    reasons: Iterable[str] = (),
    notes: Mapping[str, str] | None = None,
) -> Achievement:
    """The unit's officer gives a record back to its author, with a reason and notes at the fields."""
    if not rules.can_send_back(by, achievement):
        raise NotAllowed
    expect_version(achievement, version)
    _decide(achievement, S.DRAFT, by=by, verb="achievement.sent_back", organisation=achievement.body.owner,
            step="unit", decision=Decision.RETURN, reason=_needed(reason), reasons=reasons, notes=notes)  # fmt: skip
    tell(owner_people(achievement), achievement, "achievement_returned")
    return achievement


@transaction.atomic
def accept_achievement(*, by: User, achievement: Achievement, version: int) -> Achievement:
    """Take a submitted record into the pool; a job matches it at once. Raises NotAllowed, StaleState, IllegalMove.

    From other states other ways lead into the pool (resumed, confirmed, a contract that failed): this is none of them.
    """
    department = _reviewer(by, achievement)
    expect_version(achievement, version)
    if achievement.state != S.SUBMITTED:
        raise IllegalMove(f"review: {achievement.state} → {S.ACCEPTED}")
    _decide(achievement, S.ACCEPTED, by=by, verb="achievement.accepted", organisation=department, step="region",
            decision=Decision.PASS, confirmed_at=timezone.now())  # fmt: skip
    keep(record=achievement, kind=KIND, by=by, what=VersionOf.PUBLISHED)
    request_match(achievement, by)
    tell(owner_people(achievement), achievement, "achievement_accepted")
    return achievement


@telling_once()
def accept_achievements(
    *, by: User, achievements: Iterable[Achievement]
) -> tuple[list[Achievement], list[Achievement]]:
    """Accept many, each for itself; tell it once. Returns (accepted, passed over: moved or not his to review)."""
    done, moved = [], []
    for achievement in achievements:
        try:
            done.append(accept_achievement(by=by, achievement=achievement, version=achievement.version))
        except (NotAllowed, StaleState, IllegalMove):
            moved.append(achievement)
    return done, moved


@transaction.atomic
def return_achievement(
    *,
    by: User,
    achievement: Achievement,
    version: int,
    reason: str,
    reasons: Iterable[str] = (),
    notes: Mapping[str, str] | None = None,
) -> Achievement:
    """Return a submitted record for correction: reasons as codes and in words, a note at each field that is wrong."""
    department = _reviewer(by, achievement)
    expect_version(achievement, version)
    _decide(achievement, S.RETURNED, by=by, verb="achievement.returned", organisation=department, step="region",
            decision=Decision.RETURN, reason=_needed(reason), reasons=reasons, notes=notes)  # fmt: skip
    tell(owner_people(achievement), achievement, "achievement_returned")
    return achievement


@transaction.atomic
def reject_achievement(
    *, by: User, achievement: Achievement, version: int, reason: str, reasons: Iterable[str] = ()
) -> Achievement:
    """Reject a submitted record; the owner may appeal once, or reopen it and file it again with changes."""
    department = _reviewer(by, achievement)
    expect_version(achievement, version)
    _decide(achievement, S.REJECTED, by=by, verb="achievement.rejected", organisation=department, step="region",
            decision=Decision.REJECT, reason=_needed(reason), reasons=reasons)  # fmt: skip
    tell(owner_people(achievement), achievement, "achievement_rejected")
    return achievement


def request_match(achievement: Achievement, by: User | None) -> None:
    """Write the job that matches this version of the record, in the transaction that put it into the pool."""
    enqueue(
        kind="match_record",
        args={"noun": KIND, "id": achievement.pk},
        by=by,
        dedupe_key=f"match_record:{KIND}:{achievement.pk}:{achievement.version}",
        priority=-10,
    )


def _reviewer(by: User, achievement: Achievement) -> Organisation:
    department = rules.reviewing_organisation(by, achievement)
    if department is None:
        raise NotAllowed
    return department


def _needed(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()


def _declare(achievement: Achievement, by: User, opinion: str | None, secrecy_declared: bool | None) -> None:
    body = achievement.body
    changed: dict[str, Any] = {}
    if secrecy_declared is not None:
        changed["secrecy_declared"] = secrecy_declared
    if opinion is not None:
        changed |= {"unit_opinion": opinion.strip(), "unit_opinion_by": by.get_full_name()[:50],
                    "unit_opinion_on": timezone.localdate()}  # fmt: skip
    if changed:
        AchievementBody.objects.filter(pk=body.pk).update(**changed)
        for name, value in changed.items():
            setattr(body, name, value)


def _decide(
    achievement: Achievement,
    target: str,
    *,
    by: User,
    verb: str,
    organisation: Organisation,
    step: str,
    decision: Decision,
    reason: str = "",
    reasons: Iterable[str] = (),
    notes: Mapping[str, str] | None = None,
    **changes: Any,
) -> None:
    """Move the state, write the review step, the task and the history: what every decision has in common."""
    before = achievement.state
    if decision in (Decision.RETURN, Decision.REJECT):
        keep_first(record=achievement, kind=KIND, what=VersionOf.SUBMITTED)
    record_step(by=by, record=achievement, kind=KIND, step=step, decision=decision, organisation=organisation,
                reason=reason, reasons=reasons, notes=notes)  # fmt: skip
    move(achievement, target, workflow=ACHIEVEMENT, **changes)
    follow(record=achievement, kind=KIND, step=rules.waits_at(achievement), owner=achievement.body.owner)
    record(by=by, verb=verb, about=achievement, kind=KIND, organisation=organisation, from_state=before,
           to_state=target)  # fmt: skip
