"""Lock-out after wrong passwords: counted for each account and network, in PostgreSQL, by django-axes.

After `AXES_FAILURE_LIMIT` wrong passwords one waits a minute, and with each further one twice as long, up to an hour.
What is tried while one waits counts for nothing, so nobody is kept out longer than by his own mistakes; the count ends
with the right password, or a day after the last wrong one. A name nobody has is counted like any other.
"""

import math
import unicodedata
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from matchmaking.common.addresses import NO_ADDRESS, caller_address, prefix_of

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
_ACCOUNT = "account:"


def wait_after(failures: int) -> timedelta:
    """How long one waits after so many wrong passwords in a row."""
    beyond = failures - settings.AXES_FAILURE_LIMIT
    if beyond < 0:
        return timedelta()
    return min(FIRST_WAIT * 2 ** min(beyond, 12), LONGEST_WAIT)


def account_of(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Under which name attempts are counted: the account, whether its name or its address was typed, else a digest.

    What was typed is never stored: it may be a password in the wrong field.
    """
    from matchmaking.accounts.models import User  # this module is read before the models are loaded

    given = credentials or {}
    typed = str(given.get("username") or given.get("email") or request.POST.get("login", ""))
    name = unicodedata.normalize("NFKC", typed.replace("\0", "")).strip().lower()
    known = Q(username__iexact=name) | Q(email__iexact=name) | Q(emailaddress__email__iexact=name)
    pk = User.objects.filter(known).values_list("pk", flat=True).order_by("pk").first()
    return f"{_ACCOUNT}{pk}" if pk else f"unknown:{sha256(name.encode('utf-8', 'replace')).hexdigest()[:40]}"


def network_of(request: HttpRequest) -> str:
    """The network that attempts are counted for, as its first address."""
    return prefix_of(caller_address(request)).partition("/")[0] or NO_ADDRESS


class LockoutHandler(AxesDatabaseHandler):
    """Counts like axes; how long one waits grows with the count."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        return seconds_to_wait(request, credentials) > 0

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        if request is not None:
            _take_no_notes(request)
        super().user_login_failed(sender, credentials, request, **kwargs)


def _take_no_notes(request: Any) -> None:
    """Keep axes from storing what the browser says of itself: it tells nothing we need, makes many rows of one count,
    and a NUL in a header would make the database refuse the row, so that the attempt went uncounted.
    """
    request.axes_user_agent = request.axes_http_accept = ""
    request.axes_path_info = request.axes_path_info.replace("\0", "")


def seconds_to_wait(request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
    """Return how many whole seconds this account has to wait in this network; 0 when it need not."""
    counted = AccessAttempt.objects.filter(
        username=account_of(request, credentials),
        ip_address=network_of(request),
        attempt_time__gte=timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME),
    ).aggregate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
    last: datetime | None = counted["last"]
    if last is None:
        return 0
    left = last + wait_after(counted["failures"]) - timezone.now()
    return max(0, math.ceil(left.total_seconds()))


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """The answer to a sign-in while one has to wait: the same for known and unknown accounts."""
    return _wait(request, max(1, seconds_to_wait(request, credentials)))


def too_many(request: HttpRequest) -> HttpResponse:
    """The answer to too many requests of one kind (allauth's limits, which count by the minute)."""
    return _wait(request, 60)


def _wait(request: HttpRequest, seconds: int) -> HttpResponse:
    context = {"minutes": math.ceil(seconds / 60)}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response


def person_of(account: str) -> Any:
    """The person that a count belongs to, or None for a name nobody has."""
    from matchmaking.accounts.models import User  # as above

    if not account.startswith(_ACCOUNT):
        return None
    return User.objects.filter(pk=account.removeprefix(_ACCOUNT)).first()
