"""What stands between a signed-in person and every page: the end of the session, and what has to be done first."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from matchmaking.accounts.sign_in import clock
from matchmaking.accounts.sign_in.duties import Duty, duty_of
from matchmaking.common.api.problems import problem_response

_Next = Callable[[HttpRequest], HttpResponseBase]
# Open to somebody who has a duty: where it is done, the way out, the language, whether the portal lives, and the link
# that confirms an address: a factor is only set up once no address waits for that.
_OPEN = frozenset(
    {"account_logout", "account_reauthenticate", "account_change_password", "account_set_password", "set_language",
     "account_confirm_email", "mfa_index", "mfa_activate_totp", "mfa_reauthenticate", "mfa_view_recovery_codes",
     "mfa_generate_recovery_codes", "mfa_download_recovery_codes", "portal:healthz", "portal:readyz"}
)  # fmt: skip


class SessionClockMiddleware:
    """Ends a session that is over (`sign_in/clock.py`) and notes when its person last did something."""

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            if clock.is_over(request):
                logout(request)
                messages.info(request, _("You were signed out after a time without activity."))
            elif clock.is_due(request):
                clock.note(request)
                UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=timezone.now())
        return self.get_response(request)


class DutyMiddleware:
    """Leads whoever has a duty (`sign_in/duties.py`) to the page where it is done, and nowhere else."""

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if not request.user.is_authenticated or (match is not None and match.view_name in _OPEN):
            return None
        duty = duty_of(request.user)
        return None if duty is None else _lead(request, duty)


def _lead(request: HttpRequest, duty: Duty) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem_response(request, HTTPStatus.FORBIDDEN, kind=duty.kind, detail=str(duty.sentence))
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(reverse(duty.page))
    messages.warning(request, str(duty.sentence))
    return redirect(duty.page)
