"""Writing a team: create, change, and create many at once. Nothing here moves a state."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from experts.models import Expert, Team, TeamMember
from experts.teams import rules
from experts.teams.enums import MOST_FIELDS, MOST_MEMBERS, MOST_UNITS, TeamState
from experts.teams.rules import KIND
from experts.teams.services.people import people_of, tell
from experts.teams.services.refusals import Incomplete, NotAllowed
from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record, record_many
from matchmaking.common.search import search_vector
from matchmaking.common.workflow import StaleState
from matchmaking.intake.services.versions import edit_told
from matchmaking.programmes.models import Programme, Visibility
from matchmaking.programmes.services import next_public_no

WRITTEN = ("name", "summary", "fields", "achievements", "capacity", "visibility")
# The texts a match is judged by: a remembered “no” counts only while they are unchanged.
_TEXTS = ("name", "summary", "fields", "achievements")
_ROW_EXTRAS = ("state_since", "created_at", "is_sample", "is_load")
Members = Sequence[tuple[Expert, str]]


@transaction.atomic
def create_team(
    *,
    by: User,
    lead: Expert,
    programme: Programme,
    data: Mapping[str, Any],
    units: Iterable[Organisation] = (),
    members: Members = (),
) -> Team:
    """Create a draft that the lead's unit keeps. `members` are experts in the pool with their part in the team.

    Raises NotAllowed (not the person's to lead) and Incomplete (what cannot be stored).
    """
    if not rules.can_lead(by, lead):
        raise NotAllowed
    found = _clean(by, lead, data, members)
    owner = rules.owner_of(lead)
    row = {**data, "lead": lead, "owner": owner, "units": _units(owner, units), "members": found}
    [team] = _insert([row], by=by, programme=programme, state=TeamState.DRAFT)
    record(by=by, verb="team.created", about=team, kind=KIND, organisation=owner, to_state=team.state)
    return team


@transaction.atomic
def update_team(
    *,
    by: User,
    team: Team,
    version: int,
    data: Mapping[str, Any],
    lead: Expert | None = None,
    units: Iterable[Organisation] | None = None,
    members: Members | None = None,
) -> Team:
    """Change a draft or returned team. Fields that are not in `data` stay; `units` and `members` replace all.

    Raises NotAllowed, Incomplete, and StaleState when `version` is no longer the stored one.
    """
    if not rules.can_edit(by, team):
        raise NotAllowed
    if lead is not None and lead.pk != team.lead_id and not rules.can_lead(by, lead):
        raise NotAllowed
    return write(by=by, team=team, version=version, data=data, lead=lead, units=units, members=members)


def write(
    *,
    by: User,
    team: Team,
    version: int,
    data: Mapping[str, Any],
    lead: Expert | None = None,
    units: Iterable[Organisation] | None = None,
    members: Members | None = None,
) -> Team:
    """Write what is given in the present state, inside the caller's transaction, who has asked whether it may be.

    Who is new in a team in the pool is told. Raises Incomplete, StaleState.
    """
    in_pool = team.state == TeamState.IN_POOL
    team_lead = team.lead
    lead = team_lead if lead is None else lead
    before = {name: getattr(team, name) for name in WRITTEN}
    after = before | {name: data[name] for name in WRITTEN if name in data}
    old = [(one.expert, one.role) for one in team.memberships.select_related("expert").order_by("position")]
    new = _clean(by, lead, after, old if members is None else members, known={one.pk for one, _role in old})
    owner = rules.owner_of(lead)
    old_units = set(team.units.values_list("pk", flat=True)) if units is not None else set()
    new_units = _units(owner, units) if units is not None else []
    door = Team.objects.filter(pk=team.pk, version=version, state=team.state)
    changed = any(before[name] != after[name] for name in _TEXTS)
    moved = door.update(
        **after,
        lead=lead,
        owner=owner,
        search_vector=_vector(after, new),
        version=F("version") + 1,
        text_version=F("text_version") + (1 if changed else 0),
        updated_at=timezone.now(),
    )
    if moved != 1:
        raise StaleState(team.public_no)
    if members is not None or lead.pk != team.lead_id:  # a member who leads now is no member any more
        team.memberships.all().delete()
        TeamMember.objects.bulk_create(_members(team, new))
    if units is not None:
        team.units.set(new_units)
    team = Team.objects.select_related("region", "programme", "lead__body__owner", "owner").get(pk=team.pk)
    rows = {"members": new != old, "units": old_units != {unit.pk for unit in new_units}, "lead": lead != team_lead}
    edit = edit_told(kind=KIND, version=version, before=before, after=after,
                     also=[name for name, differs in rows.items() if differs])  # fmt: skip
    record(by=by, verb="team.edited", about=team, kind=KIND, organisation=owner, detail={"version": team.version},
           **edit)  # fmt: skip
    if in_pool:
        joined = {one.pk for one, _role in new} - {one.pk for one, _role in old}
        tell(people_of(joined), "team_joined", team)
    return team


@transaction.atomic
def bulk_create_teams(
    *, by: User, programme: Programme, rows: Sequence[Mapping[str, Any]], state: str = TeamState.DRAFT
) -> list[Team]:
    """Create many teams in a handful of queries, in any state, without telling anybody.

    A row holds name, summary, fields, achievements, visibility, `lead` (with its body and owner), `units`
    (organisations), `members` [(expert, part)], and may override `programme`, `state`, `created_by`, `state_since`,
    `created_at`, `is_sample`, `is_load`.
    """
    filled = []
    for row in rows:
        owner = rules.owner_of(row["lead"])
        filled.append({"state": state, **row, "owner": owner, "units": _units(owner, row.get("units", ()))})
    teams = _insert(filled, by=by, programme=programme, state=state)
    record_many(by=by, verb="team.created", about=teams, kind=KIND)
    return teams


def _insert(rows: Sequence[Mapping[str, Any]], *, by: User, programme: Programme, state: str) -> list[Team]:
    numbers = next_public_no("TD", count=len(rows))
    teams, members, units = [], [], []
    for number, row in zip(numbers, rows, strict=True):
        team = Team(
            public_no=number,
            programme=row.get("programme") or programme,
            region=row["owner"].region,
            state=row.get("state", state),
            lead=row["lead"],
            owner=row["owner"],
            created_by=row.get("created_by") or by,
            search_vector=_vector(row, row.get("members", ())),
            **{name: row[name] for name in (*WRITTEN, *_ROW_EXTRAS) if row.get(name) is not None},
        )
        teams.append(team)
        members += _members(team, row.get("members", ()))
        units += [Team.units.through(team=team, organisation=unit) for unit in row["units"]]
    Team.objects.bulk_create(teams, batch_size=500)
    children: list[Any] = [*members, *units]
    for child in children:
        child.team_id = child.team.pk
    TeamMember.objects.bulk_create(members, batch_size=1000)
    Team.units.through.objects.bulk_create(units, batch_size=1000)
    return teams


def _members(team: Team, members: Iterable[tuple[Expert, str]]) -> list[TeamMember]:
    return [TeamMember(team=team, expert=one, role=role, position=place)
            for place, (one, role) in enumerate(members, 1)]  # fmt: skip


def _units(owner: Organisation, units: Iterable[Organisation]) -> list[Organisation]:
    """The lead's unit first, every unit once."""
    return list({unit.pk: unit for unit in (owner, *units)}.values())[:MOST_UNITS]


def _clean(
    by: User, lead: Expert, values: Mapping[str, Any], members: Members, *, known: set[int] | None = None
) -> list[tuple[Expert, str]]:
    """Return each member once, without the lead. Raises Incomplete for what cannot be stored.

    `known` are members already: they stay even when the person does not see them any more.
    """
    wrong = {}
    if len(values.get("fields") or ()) > MOST_FIELDS:
        wrong["fields"] = _("At most five technical fields.")
    if values.get("visibility", Visibility.PUBLIC) not in (Visibility.PUBLIC, Visibility.MEMBERS):
        wrong["visibility"] = _("A team is shown to everybody or to members.")
    found = {one.pk: (one, role) for one, role in members if one.pk != lead.pk}
    if len(found) > MOST_MEMBERS:
        wrong["members"] = _("At most %(count)d members.") % {"count": MOST_MEMBERS}
    new = set(found) - (known or set())
    if rules.possible_members(by).filter(pk__in=new).count() != len(new):
        wrong["members"] = _("Only experts in the pool can be members.")
    if wrong:
        raise Incomplete(wrong)
    return list(found.values())


def _vector(values: Mapping[str, Any], members: Iterable[tuple[Expert, str]]) -> Any:
    """Names of people stand in their own entries alone: a member may be hidden from the reader, or leave."""
    roles = " ".join(role for _one, role in members)
    return search_vector({"A": values.get("name", ""), "B": values.get("summary", ""),
                          "C": values.get("achievements", ""), "D": roles})  # fmt: skip
