"""How the pages of talent posts load: through `visible_to`, with the page that says somebody was faster."""

from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from matchmaking.activity.selectors import Line, history
from matchmaking.common.deciding import guarded
from needs.talent import rules
from needs.talent.models import TalentPost
from needs.talent.services import NotAllowed


def load(request: HttpRequest, uuid: UUID) -> TalentPost:
    """Return a post the person sees, with region and programme; 404 for everything else."""
    posts = TalentPost.objects.visible_to(request.user).select_related("region", "programme")
    return get_object_or_404(posts, uuid=uuid)


def latest_steps(request: HttpRequest, post: TalentPost) -> list[Line]:
    """Return the last steps for a timeline; nothing for those to whom the file is closed."""
    if not rules.sees_file(request.user, post):
        return []
    return history(post, kind=rules.KIND, show_people=True, limit=3)


deciding = guarded(load=load, steps=latest_steps, refused=NotAllowed)
