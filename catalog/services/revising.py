"""A record that stands in the pool: changes by its owner, their check, and the appeal against a rejection."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from catalog import rules
from catalog.enums import MATCHED
from catalog.enums import AchievementState as S
from catalog.models import Achievement
from catalog.services import rows
from catalog.services.checking import Incomplete, missing_fields, prospect
from catalog.services.people import owner_people, tell
from catalog.services.records import KIND, NotAllowed, write
from catalog.services.review import ReasonMissing, request_match
from catalog.workflow import ACHIEVEMENT
from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record
from matchmaking.common.workflow import StaleState, expect_version, move
from matchmaking.intake import versions
from matchmaking.intake.models import CHANGE, Appeal, ChangeState, Decision, ProposedChange, VersionOf
from matchmaking.intake.services import appeals, changes
from matchmaking.intake.services.review import record_step
from matchmaking.intake.services.tasks import follow
from matchmaking.intake.services.versions import keep, keep_first
from matchmaking.programmes.reviewing import officers_for
from matchmaking.programmes.selectors import needs_check


@dataclass(frozen=True)
class Revised:
    """What came of a change: the record, the fields that are live now, and the change that waits for a check."""

    record: Achievement
    live: tuple[str, ...]
    change: ProposedChange | None


@transaction.atomic
def revise_achievement(
    *,
    by: User,
    achievement: Achievement,
    version: int,
    data: Mapping[str, Any],
    indicators: rows.Rows | None = None,
    ip_items: rows.Rows | None = None,
    completing_units: Sequence[Organisation] | None = None,
    completers: rows.Rows | None = None,
    honours: rows.Rows | None = None,
    what: str = VersionOf.EDITED,
) -> Revised:
    """Change a record in the pool. Fields that the programme does not check go live at once; the others wait.

    A field that is given replaces what waited for it before. Raises NotAllowed, Incomplete (a record in the pool stays
    complete), StaleState.
    """
    from catalog import versioning  # it reads the form, which reads the services

    if not rules.can_revise(by, achievement):
        raise NotAllowed
    expect_version(achievement, version)
    changes.hold(achievement, version=version)
    public, body = rows.split_data({name: value for name, value in data.items() if name not in versioning.UNJUDGED})
    before = versioning.snapshot(achievement)
    wanted = versioning.proposed(public | body, indicators=indicators, ip_items=ip_items,
                                 completing_units=completing_units, completers=completers, honours=honours)  # fmt: skip
    differs = {name: wanted[name] for name in versions.differing(KIND, before, wanted)}
    checked = {name: differs[name] for name in differs if needs_check(achievement.programme, KIND, name)}
    live = {name: value for name, value in differs.items() if name not in checked}
    keep_first(record=achievement, kind=KIND, data=before)
    text_version = achievement.text_version
    gaps = missing_fields(achievement)
    _stays_complete(gaps, prospect(achievement, **versioning.for_service(differs)))
    if checked and live:
        _stays_complete(gaps, prospect(achievement, **versioning.for_service(live)))
    fresh = write(by=by, achievement=achievement, version=version, **versioning.for_service(live))
    if live:
        keep(record=fresh, kind=KIND, by=by, what=what)
        if fresh.text_version != text_version and fresh.state in MATCHED:
            request_match(fresh, by)
    change, is_new = changes.settle(by=by, record=fresh, kind=KIND, wanted=wanted, checked=checked,
                                    owner=fresh.body.owner)  # fmt: skip
    if change and is_new:
        record(by=by, verb="achievement.change_proposed", about=fresh, kind=KIND, organisation=fresh.body.owner,
               detail={"fields": change.fields})  # fmt: skip
        if what != VersionOf.IMPORTED:  # an upload tells each officer once, of all its changes
            tell(officers_for(fresh, KIND), fresh, "achievement_change_to_check", once=f"{change.pk}")
    return Revised(fresh, tuple(live), change)


@transaction.atomic
def undo_revision(
    *,
    by: User,
    achievement: Achievement,
    version: int,
    data: Mapping[str, Any],
    **below: Any,
) -> Achievement:
    """Unmake what an upload changed, as steps of their own: the change that waits is taken back, and fields that went
    live at once get these earlier values, gaps included. Raises NotAllowed, StaleState.
    """
    if not rules.can_revise(by, achievement):
        raise NotAllowed
    expect_version(achievement, version)
    changes.hold(achievement, version=version)
    if changes.open_change(achievement, KIND):
        withdraw_change(by=by, achievement=achievement)
    if not data and not below:
        return achievement
    text_version = achievement.text_version
    fresh = write(by=by, achievement=achievement, version=version, data=data, **below)
    keep(record=fresh, kind=KIND, by=by, what=VersionOf.IMPORTED)
    if fresh.text_version != text_version and fresh.state in MATCHED:
        request_match(fresh, by)
    return fresh


@transaction.atomic
def pass_change(*, by: User, achievement: Achievement, change: ProposedChange, version: int) -> Achievement:
    """Put a checked change into the record, which is matched anew. Raises NotAllowed, Incomplete, StaleState."""
    from catalog import versioning  # as above

    department = _checker(by, achievement, version)
    changes.close(record=achievement, kind=KIND, change=change, state=ChangeState.PASSED)
    record_step(by=by, record=achievement, kind=KIND, step=CHANGE, decision=Decision.PASS, organisation=department)
    text_version, gaps = achievement.text_version, missing_fields(achievement)
    fresh = write(by=by, achievement=achievement, version=version, **versioning.for_service(change.content))
    _stays_complete(gaps, fresh)
    keep(record=fresh, kind=KIND, by=change.by, what=VersionOf.EDITED)
    record(by=by, verb="achievement.change_passed", about=fresh, kind=KIND, organisation=department,
           detail={"fields": change.fields})  # fmt: skip
    if fresh.text_version != text_version and fresh.state in MATCHED:
        request_match(fresh, by)
    tell(owner_people(fresh), fresh, "achievement_change_passed")
    return fresh


@transaction.atomic
def return_change(
    *,
    by: User,
    achievement: Achievement,
    change: ProposedChange,
    version: int,
    reason: str,
    reasons: Iterable[str] = (),
    notes: Mapping[str, str] | None = None,
) -> Achievement:
    """Send a change back with reasons and notes at its fields; the record stays as it is. Raises as `pass_change`."""
    department = _checker(by, achievement, version)
    if not reason.strip():
        raise ReasonMissing
    changes.close(record=achievement, kind=KIND, change=change, state=ChangeState.RETURNED)
    step = record_step(by=by, record=achievement, kind=KIND, step=CHANGE, decision=Decision.RETURN,
                       organisation=department, reason=reason.strip(), reasons=reasons, notes=notes)  # fmt: skip
    record(by=by, verb="achievement.change_returned", about=achievement, kind=KIND, organisation=department,
           detail={"step": step.pk})  # fmt: skip
    tell(owner_people(achievement), achievement, "achievement_change_returned", once=f"{change.pk}")
    return achievement


@transaction.atomic
def withdraw_change(*, by: User, achievement: Achievement) -> Achievement:
    """The owner takes a waiting change back. Raises NotAllowed, and StaleState when none waits any more."""
    if not rules.can_revise(by, achievement):
        raise NotAllowed
    changes.hold(achievement)
    if not changes.drop(record=achievement, kind=KIND):
        raise StaleState(achievement.public_no)
    record_step(by=by, record=achievement, kind=KIND, step=CHANGE, decision=Decision.WITHDRAW,
                organisation=achievement.body.owner)  # fmt: skip
    record(by=by, verb="achievement.change_withdrawn", about=achievement, kind=KIND,
           organisation=achievement.body.owner)  # fmt: skip
    return achievement


@transaction.atomic
def appeal_achievement(*, by: User, achievement: Achievement, version: int, text: str) -> Appeal:
    """Appeal against the rejection, once. Raises NotAllowed, StaleState, appeals.AppealRefused."""
    if not rules.can_appeal(by, achievement):
        raise NotAllowed
    expect_version(achievement, version)
    appeal = appeals.lodge(by=by, record=achievement, kind=KIND, text=text, owner=achievement.body.owner)
    record(by=by, verb="achievement.appealed", about=achievement, kind=KIND, organisation=achievement.body.owner)
    return appeal


@transaction.atomic
def decide_appeal(
    *, by: User, achievement: Achievement, appeal: Appeal, version: int, uphold: bool, reason: str
) -> Achievement:
    """The secretariat upholds the appeal, which puts the record back into review, or dismisses it.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    instance = appeals.instance_for(by, appeal)
    if instance is None:
        raise NotAllowed
    expect_version(achievement, version)
    if not reason.strip():
        raise ReasonMissing
    appeals.decide(by=by, record=achievement, kind=KIND, appeal=appeal, uphold=uphold, reason=reason,
                   instance=instance, told=owner_people(achievement))  # fmt: skip
    verb = "achievement.appeal_upheld" if uphold else "achievement.appeal_dismissed"
    if uphold:
        move(achievement, S.SUBMITTED, workflow=ACHIEVEMENT)
        follow(record=achievement, kind=KIND, step="region", owner=achievement.body.owner)
        tell(officers_for(achievement, KIND), achievement, "achievement_to_review")
    record(by=by, verb=verb, about=achievement, kind=KIND, organisation=instance, to_state=achievement.state)
    return achievement


def _checker(by: User, achievement: Achievement, version: int) -> Organisation:
    department = rules.reviewing_organisation(by, achievement)
    if department is None:
        raise NotAllowed
    if not rules.can_check_change(by, achievement):
        raise StaleState(achievement.public_no)
    expect_version(achievement, version)
    changes.hold(achievement, version=version)
    return department


def _stays_complete(gaps: Mapping[str, Any], changed: Achievement) -> None:
    """Raise Incomplete for what a change would take from the record; a gap that was there before may stay."""
    if missing := {field: words for field, words in missing_fields(changed).items() if field not in gaps}:
        raise Incomplete(missing)
