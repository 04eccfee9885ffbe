"""How teams are reviewed and versioned, as the review on the floor below is told at start."""

from django.utils.translation import gettext_lazy as _

from experts.models import Team
from experts.teams import presenting, rules, selectors, services, versioning
from experts.teams.enums import TeamState
from matchmaking.intake import reviewed, versions


def register() -> None:
    """Called once, when the app is ready."""
    reviewed.register(
        rules.KIND,
        name=_("Teams"),
        capabilities=(rules.CAPABILITY,),
        visible=Team.objects.all().visible_to,
        waiting=selectors.waiting,
        decided=lambda user: Team.objects.decided_by(user).select_related("owner", "region", "programme"),
        pending=lambda: Team.objects.filter(state=TeamState.SUBMITTED).select_related("owner", "region", "programme"),
        step_of=rules.waits_at,
        owner_of=lambda team: team.owner,
        queue="teams:team_review",
        queue_name=_("Teams to review"),
        place=4,
        refused=(services.NotAllowed,),
        incomplete=(services.Incomplete,),
        **services.REVISING.offered(),
    )
    versions.register(
        rules.KIND,
        snapshot=versioning.snapshot,
        labels=presenting.label_of,
        words=versioning.words,
        visible=versioning.visible,
        load=versioning.load,
    )
