"""How the pages of teams load: through `visible_to`, with the page that says somebody was faster."""

from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from experts.models import Team
from experts.teams import rules
from experts.teams.selectors import for_page
from experts.teams.services import NotAllowed
from matchmaking.activity.selectors import Line, history
from matchmaking.common.deciding import guarded


def load(request: HttpRequest, uuid: UUID) -> Team:
    """Return a team the person sees; 404 for everything else."""
    return get_object_or_404(for_page(Team.objects.visible_to(request.user)), uuid=uuid)


def need(allowed: bool) -> None:
    """The page of a step opens for nobody who may not take it."""
    if not allowed:
        raise NotAllowed


def latest_steps(request: HttpRequest, team: Team) -> list[Line]:
    """Return the last steps for a timeline; nothing for those to whom the file is closed."""
    if not rules.sees_file(request.user, team):
        return []
    return history(team, kind=rules.KIND, show_people=True, limit=3)


deciding = guarded(load=load, steps=latest_steps, refused=NotAllowed)
