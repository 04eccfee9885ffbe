"""What a team must hold before it may be handed in."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from experts.enums import ExpertState
from experts.models import Team

LEAD_LEFT = _("The lead is not in the expert pool.")
REQUIRED = ("name", "summary", "fields")


def missing(values: Mapping[str, Any], members: int) -> dict[str, Any]:
    """Return {field: sentence} of what is still missing; `members` beside the lead."""
    found: dict[str, Any] = {
        name: _("Please fill this in before submitting.") for name in REQUIRED if not values.get(name)
    }
    if not members:
        found["members"] = _("A team has at least one member beside its lead.")
    return found


def missing_of(team: Team) -> dict[str, Any]:
    """The same for a stored team; members who have left the pool do not count, and the lead must be in it."""
    values = {name: getattr(team, name) for name in REQUIRED}
    found = missing(values, team.memberships.filter(expert__state=ExpertState.IN_POOL).count())
    if team.lead.state != ExpertState.IN_POOL:
        found["lead"] = LEAD_LEFT
    return found
