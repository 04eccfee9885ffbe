"""Builders of teams. `make_team` writes through the bulk path, so that any state can be had at once."""

from collections.abc import Sequence
from typing import Any

from experts.models import Expert, Team
from experts.teams.services import bulk_create_teams
from matchmaking.accounts.models import User
from tests.factories.programmes import programme


def team_data(**changes: Any) -> dict[str, Any]:
    """Everything that submission asks for beside lead and members."""
    return {
        "name": "涡流检测与寿命评估团队",
        "summary": "从缺陷检出到剩余寿命，一个团队走完。",
        "fields": ["0804", "0803"],
        "achievements": "为三家用户建成在线检测线。",
        "visibility": "public",
        **changes,
    }


def make_team(
    lead: Expert, by: User, *, members: Sequence[Expert] = (), state: str = "in_pool", **changes: Any
) -> Team:
    """A complete team in `state`; `units` and every field can be given."""
    row = team_data(lead=lead, members=[(one, "数据分析") for one in members], **changes)
    [team] = bulk_create_teams(by=by, programme=programme(), rows=[row], state=state)
    return reload(team)


def reload(team: Team) -> Team:
    """The team as the views load it."""
    loaded = Team.objects.select_related("region", "programme", "owner", "lead__body__owner", "lead__body__user")
    return loaded.get(pk=team.pk)


def form_data(
    lead: Expert,
    *,
    version: int | None = None,
    do: str = "",
    members: Sequence[tuple[str, str]] = (),
    units: Sequence[str] = (),
    **changes: Any,
) -> dict[str, Any]:
    """What the browser posts from the form of a team; members as (name or number, part)."""
    posted = team_data() | {"lead": lead.pk, "programme": programme().pk, "version": version or "", "do": do}
    rows = {"members": [{"expert": one, "role": role} for one, role in members],
            "units": [{"name": name} for name in units]}  # fmt: skip
    for prefix, filled in rows.items():
        posted |= {f"{prefix}-TOTAL_FORMS": len(filled), f"{prefix}-INITIAL_FORMS": 0}
        for place, row in enumerate(filled):
            posted |= {f"{prefix}-{place}-{name}": value for name, value in row.items()}
    return posted | changes
