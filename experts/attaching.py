"""The files of experts and teams: certificates for the person, his unit and the officers, never for others."""

from typing import Any

from django.db.models import QuerySet

from experts import rules
from experts.models import Expert, Team
from experts.selectors import for_page
from experts.teams import rules as team_rules
from experts.teams.selectors import for_page as team_page
from matchmaking.intake.attachments import CERTIFICATES, Pool, register


def records(user: Any) -> QuerySet[Expert]:
    return for_page(Expert.objects.visible_to(user))


def teams(user: Any) -> QuerySet[Team]:
    return team_page(Team.objects.visible_to(user))


register(
    rules.KIND,
    Pool(
        records=records,
        owner=lambda expert: expert.body.owner,
        insider=rules.sees_file,
        editable=rules.can_attach,
        purposes=CERTIFICATES,
        closed=True,
    ),
)
register(
    team_rules.KIND,
    Pool(
        records=teams,
        owner=lambda team: team.owner,
        insider=team_rules.sees_file,
        editable=lambda user, team: team_rules.can_edit(user, team) or team_rules.can_revise(user, team),
        closed=True,
    ),
)
