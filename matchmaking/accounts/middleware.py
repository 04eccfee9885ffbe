"""Which of the person's organisations the page is seen from."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from matchmaking.common import acting

SESSION_KEY = "organisation"


class CurrentOrganisationMiddleware:
    """Sets `request.membership`: the chosen membership, else the first, else None. Rights never depend on it.

    The history learns from it as whom an act was done (`common/acting.py`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        held = request.user.active_memberships if request.user.is_authenticated else []
        chosen = request.session.get(SESSION_KEY) if held else None
        request.membership = next(  # type: ignore[attr-defined]
            (one for one in held if one.pk == chosen), held[0] if held else None
        )
        with acting.serving(request, request.membership):  # type: ignore[attr-defined]
            return self.get_response(request)
