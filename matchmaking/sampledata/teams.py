"""Written teams: most in the pool, some on their way into it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from experts.enums import ExpertState
from experts.models import Expert, Team
from experts.teams.enums import TeamState as S
from experts.teams.rules import KIND
from experts.teams.services import bulk_create_teams
from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import Membership
from matchmaking.intake.models import Decision
from matchmaking.intake.services.review import record_step
from matchmaking.programmes.models import Programme
from matchmaking.sampledata import texts
from matchmaking.sampledata.organisations import World

# By the number of the team; every other one is in the pool.
STATES = {5: S.SUBMITTED, 6: S.DRAFT, 7: S.RETURNED}


def fill_teams(world: World, programmes: list[Programme], experts: dict[str, Expert]) -> list[Team]:
    """Create the written teams; those on their way are led from the unit of the sign-in page, where it has experts."""
    entries = Expert.objects.select_related("body__owner__region").in_bulk([one.pk for one in experts.values()])
    known = {key: entries[one.pk] for key, one in experts.items()}
    at_home = list(
        Expert.objects.filter(state=ExpertState.IN_POOL, body__owner__in=_units_of(world, "demo.university_officer"))
        .select_related("body__owner__region")
        .order_by("pk")
    )
    rows = [_row(world, record, number, known, at_home) for number, record in enumerate(texts.written("teams"))]
    for number, row in enumerate(rows):
        row["programme"] = programmes[number % len(programmes)]
    _add_the_persona(world, rows[0])
    teams = bulk_create_teams(by=rows[0]["created_by"], programme=programmes[0], rows=rows)
    for team in teams:
        if team.state == S.RETURNED:
            _explain(world, team)
    return teams


def _units_of(world: World, persona: str) -> Any:
    return Membership.objects.filter(user=world.personas[persona], ended_at=None).values("organisation")


def _row(
    world: World, record: dict[str, Any], number: int, known: dict[str, Expert], at_home: list[Expert]
) -> dict[str, Any]:
    state = STATES.get(number, S.IN_POOL)
    lead = at_home[number % len(at_home)] if number in STATES and at_home else known[record["lead"]]
    since = timezone.now() - timedelta(days=4 + number * 11)
    members = [(known[key], part) for key, part in record["members"]]
    return {
        "name": record["name"],
        "summary": record["summary"],
        "fields": record["fields"],
        "achievements": record["achievements"],
        "visibility": "members" if number == 4 else "public",
        "lead": lead,
        "units": [one.body.owner for one, _part in members],
        "members": members,
        "created_by": world.person(lead.body.owner, Role.UNIVERSITY_OFFICER),
        "state": state,
        "state_since": since,
        "created_at": since - timedelta(days=10),
        "is_sample": True,
    }


def _add_the_persona(world: World, row: dict[str, Any]) -> None:
    """The expert of the sign-in page takes part in a team, so that he can look at it and leave it."""
    mine = Expert.objects.filter(body__user=world.personas["demo.expert"], state=ExpertState.IN_POOL)
    entry = mine.exclude(pk=row["lead"].pk).select_related("body__owner__region").first()
    if entry is not None and entry.pk not in [one.pk for one, _part in row["members"]]:
        row["members"].append((entry, "试验与数据"))
        row["units"].append(entry.body.owner)


def _explain(world: World, team: Team) -> None:
    """A returned team carries the officer's step, with a note at a field."""
    department = world.departments[team.region_id, "dept_edu"]
    record_step(
        by=world.person(department, Role.REGIONAL_OFFICER),
        record=team,
        kind=KIND,
        step="region",
        decision=Decision.RETURN,
        organisation=department,
        reason="请按批注补充后再次提交。",
        notes={"members": "请补充下游应用单位的成员，并写明分工。"},
    )
