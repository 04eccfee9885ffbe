"""How the pages of needs load: through `visible_to`, with the page that says somebody was faster."""

from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from matchmaking.activity.selectors import Line, history
from matchmaking.common.deciding import guarded
from needs import rules
from needs.models import TechNeed
from needs.selectors import KIND
from needs.services import NotAllowed


def load(request: HttpRequest, uuid: UUID) -> TechNeed:
    """Return a need the person sees, with region and programme; 404 for everything else."""
    return get_object_or_404(TechNeed.objects.visible_to(request.user).select_related("region", "programme"), uuid=uuid)


def latest_steps(request: HttpRequest, need: TechNeed) -> list[Line]:
    """Return the last steps for a timeline; nothing for those to whom the file is closed."""
    if not rules.sees_file(request.user, need):
        return []
    return history(need, kind=KIND, show_people=True, limit=3)


deciding = guarded(load=load, steps=latest_steps, refused=NotAllowed)
