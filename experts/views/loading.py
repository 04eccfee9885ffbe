"""What the pages of experts share: loading through `visible_to`, and the page that says somebody was faster."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from experts import rules
from experts.models import Expert
from experts.selectors import KIND, for_page
from experts.services import NotAllowed
from matchmaking.activity.selectors import Line, history
from matchmaking.common.workflow import IllegalMove, StaleState

View = Callable[..., HttpResponse]


def load(request: HttpRequest, uuid: UUID) -> Expert:
    """Return an entry the person sees; 404 for everything else."""
    return get_object_or_404(for_page(Expert.objects.visible_to(request.user)), uuid=uuid)


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


def need(allowed: bool) -> None:
    """The page of a step opens for nobody who may not take it."""
    if not allowed:
        raise NotAllowed


def stale(request: HttpRequest, expert: Expert, message: str = "") -> HttpResponse:
    """Render the 409 page with the latest steps, as far as the reader may know."""
    context = {
        "message": message or str(StaleState.message),
        "back_url": expert.get_absolute_url(),
        "history": latest_steps(request, expert),
    }
    return render(request, "409.html", context, status=409)


def latest_steps(request: HttpRequest, expert: Expert) -> list[Line]:
    """Return the last steps for a timeline; nothing for those to whom the file is closed."""
    if not rules.sees_file(request.user, expert):
        return []
    return history(expert, kind=KIND, show_people=True, limit=3)


def version_of(request: HttpRequest) -> int | None:
    """Return the version that the page was made from, as its form sends it back; None when it sends none."""
    written = request.POST.get("version", "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else None
