"""Who may do what with a team: the lead's unit, the lead, its members, the officers; and its state. No writes."""

from typing import Any

from django.db.models import Q, QuerySet

from experts.enums import ExpertState
from experts.models import Expert, Team, TeamMember
from experts.teams.enums import EDITABLE, TeamState
from experts.teams.models import KIND
from experts.teams.workflow import TEAM
from matchmaking.accounts.models import Organisation
from matchmaking.programmes.reviewing import reviewing_organisation

CAPABILITY = "expert.review"
S = TeamState


def possible_leads(user: Any) -> QuerySet[Expert]:
    """The experts in the pool for whom the person may keep a team: of the units he nominates for, and himself."""
    if not user.is_authenticated:
        return Expert.objects.none()
    units = user.organisations_with("expert.nominate")
    mine = Q(body__owner__in=units) | Q(body__user=user)
    return Expert.objects.filter(mine, state=ExpertState.IN_POOL)


def possible_members(user: Any) -> QuerySet[Expert]:
    """The experts in the pool whom the person sees."""
    return Expert.objects.visible_to(user).filter(state=ExpertState.IN_POOL)


def can_lead(user: Any, lead: Expert) -> bool:
    return possible_leads(user).filter(pk=lead.pk).exists()


def keeps(user: Any, team: Team) -> bool:
    """An officer of the lead's unit, or the lead."""
    return Team.objects.editable_by(user).filter(pk=team.pk).exists()


def can_edit(user: Any, team: Team) -> bool:
    """Before the decision; for a team in the pool see `can_revise`."""
    return team.state in EDITABLE and keeps(user, team)


def can_revise(user: Any, team: Team) -> bool:
    """Lead and unit change a team in the pool; what the programme checks waits for the region."""
    return team.state == S.IN_POOL and keeps(user, team)


def can_appeal(user: Any, team: Team) -> bool:
    """Lead or unit object to a refusal; whether one appeal was made before is the service's business."""
    return team.state == S.REFUSED and keeps(user, team)


def can_submit(user: Any, team: Team) -> bool:
    return team.state in EDITABLE and keeps(user, team)


def can_reopen(user: Any, team: Team) -> bool:
    """Make a draft of a team that is refused or dissolved."""
    return team.state in (S.REFUSED, S.LEFT) and keeps(user, team)


def can_dissolve(user: Any, team: Team) -> bool:
    return TEAM.allows(team.state, S.LEFT) and keeps(user, team)


def membership_of(user: Any, team: Team) -> TeamMember | None:
    """The person's own part in the team, beside the lead's."""
    if not user.is_authenticated:
        return None
    return TeamMember.objects.filter(team=team, expert__body__user=user).select_related("expert").first()


def can_review(user: Any, team: Team) -> bool:
    return team.state == S.SUBMITTED and reviewer(user, team) is not None


def reviewer(user: Any, team: Team) -> Organisation | None:
    """The department or secretariat for which the person decides on teams of this region, in any state."""
    return reviewing_organisation(user, team, CAPABILITY, KIND)


def waits_at(team: Team) -> str:
    """The step at which a team waits for a decision; empty when it waits for nobody."""
    return "region" if team.state == S.SUBMITTED else ""


def sees_file(user: Any, team: Team) -> bool:
    """Review notes and history: the lead, his unit, and once it is handed in the officers who decide on teams."""
    if not user.is_authenticated:
        return False
    if keeps(user, team):
        return True
    handed_in = team.state not in (S.DRAFT, S.LEFT)
    return handed_in and reviewer(user, team) is not None


def owner_of(lead: Expert) -> Organisation:
    """The unit that keeps a team: the one that nominated its lead."""
    return lead.body.owner
