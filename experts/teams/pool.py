"""The teams as one of the pools that are searched together and saved as searches."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from experts.models import Team
from experts.teams import selectors
from experts.teams.filters import TeamFilter
from experts.teams.rules import KIND
from matchmaking.common.labels import labels
from matchmaking.common.pool_registry import Hit, Pool
from matchmaking.common.snippets import marks, snippet


def list_item(team: Team, text: str = "") -> dict[str, Any]:
    """A row of the list, with the piece in which `text` was found."""
    if not text:
        return {"team": team, "snippet": None, "terms": []}
    texts = [(_("summary"), team.summary), (_("achievements"), team.achievements)]
    return {"team": team, "snippet": snippet(text, texts), "terms": marks(text, team.name)}


def _hits(user: Any, teams: Sequence[Team], text: str) -> list[Hit]:
    found = []
    for team in teams:
        item = list_item(team, text)
        facts = (str(team.owner), str(team.region), "、".join(labels("HNTE8", team.fields)))
        found.append(
            Hit(team.name, team.get_absolute_url(), team.public_no, tuple(filter(None, facts)), item["snippet"],
                item["terms"])
        )  # fmt: skip
    return found


def _filter(data: Any, rows: QuerySet[Team], user: Any) -> TeamFilter:
    return TeamFilter(data, queryset=rows)


POOL = Pool(
    noun=KIND,
    label=gettext_lazy("Teams"),
    icon="users-group",
    list_route="teams:team_list",
    rows=lambda user: selectors.for_list(user, selectors.pool(user)),
    filter=_filter,
    hits=_hits,
    published=("team.admitted",),
)
