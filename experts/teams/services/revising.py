"""A team in the pool: changes by its keepers, their check, and the appeal against a refusal."""

from collections.abc import Iterable, Mapping
from typing import Any

from experts.enums import ExpertState
from experts.models import Expert, Team
from experts.teams import rules
from experts.teams.completeness import LEAD_LEFT, REQUIRED, missing
from experts.teams.enums import TeamState
from experts.teams.rules import KIND
from experts.teams.services.people import keepers, tell
from experts.teams.services.refusals import Incomplete, NotAllowed, ReasonMissing
from experts.teams.services.writing import Members, write
from experts.teams.workflow import TEAM
from matchmaking.accounts.models import Organisation, User
from matchmaking.common.workflow import move
from matchmaking.intake.models import VersionOf
from matchmaking.intake.services.revising import Revised, Revising
from matchmaking.intake.services.tasks import follow
from matchmaking.intake.versions import Snapshot
from matchmaking.programmes.reviewing import officers_for


def revise_team(
    *,
    by: User,
    team: Team,
    version: int,
    data: Mapping[str, Any],
    lead: Expert | None = None,
    units: Iterable[Organisation] | None = None,
    members: Members | None = None,
    what: str = VersionOf.EDITED,
) -> Revised:
    """Change a team in the pool. Fields that the programme does not check go live at once; the others wait.

    A field that is given replaces what waited for it before; members who are new are told when it is live. Raises
    NotAllowed (also a lead who is not the person's to name), Incomplete, StaleState.
    """
    from experts.teams import versioning  # it reads the form, which reads the services

    if lead is not None and lead.pk != team.lead_id and not rules.can_lead(by, lead):
        raise NotAllowed
    wanted = versioning.proposed(data, lead=lead, units=units, members=members)
    return REVISING.revise(by, team, version=version, wanted=wanted, what=what)


def _write(*, by: User, record: Team, version: int, fields: Snapshot) -> Team:
    from experts.teams import versioning  # as above

    return write(by=by, team=record, version=version, **versioning.for_service(fields))


def _lacks(team: Team, fields: Snapshot) -> dict[str, Any]:
    values = {name: fields.get(name, getattr(team, name)) for name in REQUIRED}
    members = [row["expert"] for row in fields["members"]] if "members" in fields else None
    stays = Expert.objects.filter(state=ExpertState.IN_POOL)
    named = stays.filter(team_memberships__team=team) if members is None else stays.filter(pk__in=members)
    lead = fields.get("lead", team.lead_id)
    found = missing(values, named.exclude(pk=lead).count())
    if not stays.filter(pk=lead).exists():
        found["lead"] = LEAD_LEFT
    return found


def _back_into_review(by: User, team: Team) -> None:
    move(team, TeamState.SUBMITTED, workflow=TEAM)
    follow(record=team, kind=KIND, step=rules.waits_at(team), owner=team.owner)
    tell(officers_for(team, KIND), "team_to_review", team)


REVISING = Revising(
    kind=KIND,
    verb="team",
    news="team",
    can_revise=rules.can_revise,
    revisable=lambda team: team.state == TeamState.IN_POOL,
    can_appeal=rules.can_appeal,
    checker=rules.reviewer,
    write=_write,
    lacks=_lacks,
    back_into_review=_back_into_review,
    owner_people=keepers,
    officers=lambda team: officers_for(team, KIND),
    tell=tell,
    owner_of=lambda team: team.owner,
    refused=NotAllowed,
    incomplete=Incomplete,
    reason_missing=ReasonMissing,
)
