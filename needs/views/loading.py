"""What the pages of needs share: loading through `visible_to`, and the page that says somebody was faster."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from matchmaking.activity.selectors import Line, history
from matchmaking.common.workflow import IllegalMove, StaleState
from needs import rules
from needs.models import TechNeed
from needs.selectors import KIND
from needs.services import NotAllowed

View = Callable[..., HttpResponse]


def load(request: HttpRequest, uuid: UUID) -> TechNeed:
    """Return a need the person sees, with region and programme; 404 for everything else."""
    return get_object_or_404(TechNeed.objects.visible_to(request.user).select_related("region", "programme"), uuid=uuid)


def deciding(view: View) -> View:
    """Answer the refusals of a use case: 403 to those who may not, 409 with who and when to those who came second."""

    @wraps(view)
    def guarded(request: HttpRequest, uuid: UUID, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, uuid, *args, **kwargs)
        except NotAllowed as refusal:
            raise PermissionDenied from refusal
        except (StaleState, IllegalMove) as refusal:
            return stale(request, load(request, uuid), str(refusal.message))

    return guarded


def stale(request: HttpRequest, need: TechNeed, message: str = "") -> HttpResponse:
    """Render the 409 page with the latest steps: who took them and when, as far as the reader may know."""
    context = {
        "message": message or str(StaleState.message),
        "back_url": need.get_absolute_url(),
        "history": latest_steps(request, need),
    }
    return render(request, "409.html", context, status=409)


def latest_steps(request: HttpRequest, need: TechNeed) -> list[Line]:
    """Return the last steps for a timeline; nothing for those to whom the file is closed."""
    if not rules.sees_file(request.user, need):
        return []
    return history(need, kind=KIND, show_people=True, limit=3)


def version_of(request: HttpRequest) -> int | None:
    """Return the version that the page was made from, as its form sends it back; None when it sends none."""
    written = request.POST.get("version", "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else None
