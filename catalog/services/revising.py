"""A record that stands in the pool: changes by its owner, their check, and the appeal against a rejection."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog import rules
from catalog.enums import MATCHED
from catalog.enums import AchievementState as S
from catalog.models import Achievement
from catalog.services import rows
from catalog.services.checking import Incomplete, missing_fields, names_owner, prospect
from catalog.services.people import owner_people, tell
from catalog.services.records import KIND, NotAllowed, write
from catalog.services.review import ReasonMissing, request_match
from catalog.workflow import ACHIEVEMENT
from matchmaking.accounts.models import Organisation, User
from matchmaking.common.workflow import move
from matchmaking.intake.models import VersionOf
from matchmaking.intake.services.revising import Revised, Revising
from matchmaking.intake.services.tasks import follow
from matchmaking.intake.versions import Snapshot
from matchmaking.programmes.reviewing import officers_for


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

    public, body = rows.split_data({name: value for name, value in data.items() if name not in versioning.UNJUDGED})
    wanted = versioning.proposed(public | body, indicators=indicators, ip_items=ip_items,
                                 completing_units=completing_units, completers=completers, honours=honours)  # fmt: skip
    return REVISING.revise(by, achievement, version=version, wanted=wanted, what=what)


def undo_revision(
    *, by: User, achievement: Achievement, version: int, data: Mapping[str, Any], **below: Any
) -> Achievement:
    """Unmake what an upload changed; see `Revising.undo`. Raises NotAllowed, StaleState."""
    from catalog import versioning  # as above

    fields = versioning.proposed(data, **below)
    undone: Achievement = REVISING.undo(by, achievement, version=version, fields=fields)
    return undone


def _lacks(achievement: Achievement, fields: Snapshot) -> dict[str, Any]:
    return missing_fields(_after(achievement, fields))


def _exposes(achievement: Achievement, fields: Snapshot) -> dict[str, Any]:
    after = _after(achievement, fields)
    return names_owner(after, after.indicators.all(), achievement.body.owner)


def _after(achievement: Achievement, fields: Snapshot) -> Achievement:
    from catalog import versioning  # as above

    return prospect(achievement, **versioning.for_service(fields)) if fields else achievement


def _write(*, by: User, record: Achievement, version: int, fields: Snapshot) -> Achievement:
    from catalog import versioning  # as above

    fresh = write(by=by, achievement=record, version=version, **versioning.for_service(fields))
    if fresh.text_version != record.text_version and fresh.state in MATCHED:
        request_match(fresh, by)
    return fresh


def _back_into_review(by: User, achievement: Achievement) -> None:
    move(achievement, S.SUBMITTED, workflow=ACHIEVEMENT)
    follow(record=achievement, kind=KIND, step="region", owner=achievement.body.owner)
    tell(officers_for(achievement, KIND), achievement, "achievement_to_review")


REVISING = Revising(
    kind=KIND,
    verb="achievement",
    news="achievement",
    can_revise=rules.can_revise,
    revisable=lambda achievement: achievement.state in rules.REVISABLE,
    can_appeal=rules.can_appeal,
    checker=rules.reviewing_organisation,
    write=_write,
    lacks=_lacks,
    exposes=_exposes,
    back_into_review=_back_into_review,
    owner_people=owner_people,
    officers=lambda achievement: officers_for(achievement, KIND),
    tell=lambda people, news, achievement, once="": tell(people, achievement, news, once=once),
    refused=NotAllowed,
    incomplete=Incomplete,
    reason_missing=ReasonMissing,
)
