"""The content of a team as its versions keep it: every field as JSON, its people by their keys."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404

from experts.enums import ExpertState
from experts.models import Expert, Team
from experts.teams import rules
from experts.teams.presenting import NOTED
from experts.teams.selectors import for_page
from experts.teams.services.writing import WRITTEN, Members
from matchmaking.accounts.models import Organisation
from matchmaking.common.formats import plain
from matchmaking.intake.versions import Snapshot
from matchmaking.programmes.models import Visibility
from matchmaking.vocabularies.selectors import labels


def snapshot(team: Team) -> Snapshot:
    """Everything a person has written about the team; the lead's own unit goes without saying."""
    return proposed(
        {name: getattr(team, name) for name in WRITTEN},
        lead=team.lead,
        units=team.units.exclude(pk=team.owner_id),
        members=[(one.expert, one.role) for one in team.memberships.select_related("expert").order_by("position")],
    )


def proposed(
    data: Mapping[str, Any],
    *,
    lead: Expert | None = None,
    units: Iterable[Organisation] | None = None,
    members: Members | None = None,
) -> Snapshot:
    """What a form wants the fields to be, in the shape of a snapshot; what is None is left as it is."""
    found: Snapshot = {name: data[name] for name in WRITTEN if name in data}
    if lead is not None:
        found["lead"] = lead.pk
    if units is not None:
        found["units"] = sorted(unit.pk for unit in units)
    if members is not None:
        found["members"] = [{"expert": one.pk, "role": role} for one, role in members]
    return found


def for_service(fields: Snapshot) -> dict[str, Any]:
    """Return the arguments of `writing.write` from fields of a snapshot."""
    found: dict[str, Any] = {"data": {name: fields[name] for name in WRITTEN if name in fields}}
    if "lead" in fields:
        found["lead"] = Expert.objects.select_related("body__owner").filter(pk=fields["lead"]).first()
    if "units" in fields:
        found["units"] = list(Organisation.objects.filter(pk__in=fields["units"]).order_by("pk"))
    if "members" in fields:
        known = Expert.objects.in_bulk([row["expert"] for row in fields["members"]])
        found["members"] = [(known[row["expert"]], row["role"]) for row in fields["members"] if row["expert"] in known]
    return found


def visible(user: Any, team: Team) -> list[str]:
    """Every field for those to whom the file is open."""
    return list(NOTED) if rules.sees_file(user, team) else []


def load(user: Any, uuid: UUID) -> Team:
    return get_object_or_404(for_page(Team.objects.visible_to(user)), uuid=uuid)


def words(name: str, value: Any) -> str:
    """A value of a snapshot as a person reads it; members line by line."""
    if value in (None, "", [], {}):
        return ""
    if name == "lead":
        return _people([value]).get(value, "")
    if name == "members":
        people = _people([row["expert"] for row in value])
        return "\n".join(" · ".join(filter(None, [people.get(row["expert"], ""), row["role"]])) for row in value)
    if name == "units":
        return "、".join(Organisation.objects.filter(pk__in=value).order_by("name").values_list("name", flat=True))
    if name == "fields":
        return "、".join(labels("HNTE8", value))
    return str(Visibility(value).label) if name == "visibility" else str(plain(value))


def _people(keys: Iterable[int]) -> dict[int, str]:
    """Names with numbers; of somebody who has left the pool the number alone."""
    found = Expert.objects.filter(pk__in=list(keys)).values_list("pk", "name", "public_no", "state")
    return {key: f"{name} {no}" if state == ExpertState.IN_POOL else no for key, name, no, state in found}
