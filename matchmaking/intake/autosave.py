"""A form whose text the page keeps while it is typed (`intake/_autosave.html`) drops that draft when it is saved.

`@autosaved` stands at the view, nearest to it. An answer that redirects means: saved. A view that leads elsewhere
without having saved says so by `response.not_saved = True`; then the draft stays and is offered again. A text with a
mark of a state secret leaves no draft however the view answers.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from matchmaking.accounts.models import User
from matchmaking.intake.drafts import DRAFT_INPUT, mark_in
from matchmaking.intake.services.drafts import drop_draft, drop_refused, drop_saved

View = Callable[..., HttpResponse]


def autosaved(view: View) -> View:
    """Drop the draft of the page when its form was saved."""

    @wraps(view)
    def dropping(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and mark_in(_typed(request)):
            drop_refused(by=request.user, uuid=page_uuid(request.POST.get(DRAFT_INPUT, "")))  # type: ignore[arg-type]
        response = view(request, *args, **kwargs)
        saved = isinstance(response, HttpResponseRedirect) and not getattr(response, "not_saved", False)
        if request.method == "POST" and saved:
            person: User = request.user  # type: ignore[assignment]  # `@access` stands before this one
            if uuid := page_uuid(request.POST.get(DRAFT_INPUT, "")):
                drop_draft(by=person, uuid=uuid)
            drop_saved(by=person, sent=[(name, value) for name, them in request.POST.lists() for value in them])
        return response

    return dropping


def _typed(request: HttpRequest) -> list[str]:
    return [value for _name, values in request.POST.lists() for value in values]


def page_uuid(text: str) -> UUID | None:
    """The uuid of a page from what it wrote into the form: "<uuid>.<revision>"."""
    try:
        return UUID(text.partition(".")[0])
    except ValueError:
        return None
