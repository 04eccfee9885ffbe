"""Create and edit an achievement."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog import rules, versioning
from catalog.enums import AchievementState
from catalog.models import (
    Achievement,
    AchievementBody,
    AchievementIndicator,
    Completer,
    CompletingUnit,
    Honour,
    IPItem,
)
from catalog.services import rows
from catalog.workflow import ACHIEVEMENT
from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record
from matchmaking.common.workflow import StaleState, move
from matchmaking.intake.services.appeals import drop_appeal
from matchmaking.intake.services.versions import edit_told
from matchmaking.programmes.models import Programme
from matchmaking.programmes.services import next_public_no
from matchmaking.vocabularies.models import Region

KIND = "achievement"


class NotAllowed(Exception):
    """The person may not do this with this record in its present state."""

    message = _("You cannot do this with this achievement.")


@transaction.atomic
def create_achievement(
    *,
    by: User,
    owner: Organisation,
    programme: Programme,
    region: Region | None = None,
    data: Mapping[str, Any],
    indicators: rows.Rows = (),
    ip_items: rows.Rows = (),
    completing_units: Sequence[Organisation] = (),
    completers: rows.Rows = (),
    honours: rows.Rows = (),
) -> Achievement:
    """Create a draft. The region is the owner's unless given; without completing units the owner is the only one.

    Raises NotAllowed when the person may not create records for this owner.
    """
    if not rules.can_create_for(by, owner):
        raise NotAllowed
    public, body = rows.split_data(data)
    achievement = Achievement(
        public_no=next_public_no("CG"), programme=programme, region=region or owner.region, **public
    )
    units, people = list(completing_units) or [owner], list(completers)
    achievement.search_vector = rows.text_for_search(achievement, units, [person["name"] for person in people])
    achievement.save(force_insert=True)
    achievement.refresh_from_db(fields=["search_vector"])
    rows.new_body(achievement, owner, by, body).save(force_insert=True)
    AchievementIndicator.objects.bulk_create(rows.indicator_rows(achievement, indicators))
    IPItem.objects.bulk_create(rows.ip_rows(achievement, ip_items))
    CompletingUnit.objects.bulk_create(rows.unit_rows(achievement, units))
    Completer.objects.bulk_create(rows.completer_rows(achievement, people))
    Honour.objects.bulk_create(rows.honour_rows(achievement, honours))
    record(by=by, verb="achievement.created", about=achievement, kind=KIND, organisation=owner,
           to_state=AchievementState.DRAFT)  # fmt: skip
    return achievement


@transaction.atomic
def update_achievement(
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
) -> Achievement:
    """Change the fields named in `data`, and replace the rows that are given (None leaves them).

    `version` is the one the person saw. Raises NotAllowed, and StaleState when somebody else changed the record since;
    then nothing is written. `text_version` rises when something changed that the engine reads.
    """
    if not rules.can_edit(by, achievement):
        raise NotAllowed
    return write(by=by, achievement=achievement, version=version, data=data, indicators=indicators, ip_items=ip_items,
                 completing_units=completing_units, completers=completers, honours=honours)  # fmt: skip


def write(
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
) -> Achievement:
    """Write what is given in the present state, inside the caller's transaction, who has asked whether it may be.

    Raises StaleState. `text_version` of the returned record tells whether the engine has something new to read.
    """
    public, body = rows.split_data(data)
    given = None if indicators is None else list(indicators)
    changed = _engine_reads_change(achievement, public, given)
    before = versioning.snapshot(achievement)
    wanted = versioning.proposed(data, indicators=given, ip_items=ip_items, honours=honours, completers=completers,
                                 completing_units=completing_units)  # fmt: skip
    values = {**public, "version": F("version") + 1, "updated_at": timezone.now()}
    if changed:
        values["text_version"] = F("text_version") + 1
    door = Achievement.objects.filter(pk=achievement.pk, version=version, state=achievement.state)
    if door.update(**values) != 1:  # takes the row lock: what follows is ours alone
        raise StaleState(achievement.public_no)
    if body:
        AchievementBody.objects.filter(achievement=achievement).update(**body)
    _replace(AchievementIndicator, achievement, given, rows.indicator_rows)
    _replace(IPItem, achievement, ip_items, rows.ip_rows)
    _replace(CompletingUnit, achievement, completing_units, rows.unit_rows)
    _replace(Completer, achievement, completers, rows.completer_rows)
    _replace(Honour, achievement, honours, rows.honour_rows)
    fresh = Achievement.objects.select_related("body__owner", "region", "programme").get(pk=achievement.pk)
    if public or completing_units is not None or completers is not None:
        write_search_vector(fresh)
    edit = edit_told(kind=KIND, version=version, before=before, after=wanted)
    record(by=by, verb="achievement.edited", about=fresh, kind=KIND, detail={"version": fresh.version}, **edit)
    return fresh


@transaction.atomic
def reopen_achievement(*, by: User, achievement: Achievement) -> Achievement:
    """Turn a withdrawn or rejected record into a draft again. Raises NotAllowed, StaleState."""
    if not rules.can_reopen(by, achievement):
        raise NotAllowed
    before = achievement.state
    move(achievement, AchievementState.DRAFT, workflow=ACHIEVEMENT)
    drop_appeal(record=achievement, kind=KIND)
    record(by=by, verb="achievement.reopened", about=achievement, kind=KIND, from_state=before,
           to_state=achievement.state)  # fmt: skip
    return achievement


def write_search_vector(achievement: Achievement) -> None:
    """Write the search vector of a saved record from its present text."""
    units = Organisation.objects.filter(pk__in=achievement.completing_units.values("organisation"))
    people = achievement.completers.values_list("name", flat=True)
    vector = rows.text_for_search(achievement, units, people)
    Achievement.objects.filter(pk=achievement.pk).update(search_vector=vector)


def _engine_reads_change(achievement: Achievement, public: Mapping[str, Any], indicators: list | None) -> bool:
    if any(name in public and public[name] != getattr(achievement, name) for name in rows.READ_BY_ENGINE):
        return True
    if indicators is None:
        return False
    before = [
        tuple(getattr(row, name) for name in rows.INDICATOR_FIELDS)
        for row in achievement.indicators.order_by("position", "pk")
    ]
    fresh = rows.indicator_rows(achievement, indicators)
    return before != [tuple(getattr(row, name) for name in rows.INDICATOR_FIELDS) for row in fresh]


def _replace(model: Any, achievement: Achievement, given: Iterable[Any] | None, build: Any) -> None:
    if given is None:
        return
    model.objects.filter(achievement=achievement).delete()
    model.objects.bulk_create(build(achievement, list(given)))
