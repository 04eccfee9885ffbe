"""How the pages of experts load: through `visible_to`, with the page that says somebody was faster."""

from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from experts import rules
from experts.models import Expert
from experts.selectors import KIND, for_page
from experts.services import NotAllowed
from matchmaking.activity.selectors import Line, history
from matchmaking.common.deciding import guarded


def load(request: HttpRequest, uuid: UUID) -> Expert:
    """Return an entry the person sees; 404 for everything else."""
    return get_object_or_404(for_page(Expert.objects.visible_to(request.user)), uuid=uuid)


def need(allowed: bool) -> None:
    """The page of a step opens for nobody who may not take it."""
    if not allowed:
        raise NotAllowed


def latest_steps(request: HttpRequest, expert: Expert) -> list[Line]:
    """Return the last steps for a timeline; nothing for those to whom the file is closed."""
    if not rules.sees_file(request.user, expert):
        return []
    return history(expert, kind=KIND, show_people=True, limit=3)


deciding = guarded(load=load, steps=latest_steps, refused=NotAllowed)
