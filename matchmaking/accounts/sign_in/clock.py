"""How old a session is, and when its person last did something in it."""

import time

from django.conf import settings
from django.http import HttpRequest

BEGAN, SEEN = "began", "seen"
NOTED_EVERY = 60  # seconds; what is finer is not worth a write


def start(request: HttpRequest) -> None:
    """Note the start of a session that somebody has just signed in to."""
    request.session[BEGAN] = request.session[SEEN] = int(time.time())


def has_just_signed_in(request: HttpRequest) -> bool:
    return time.time() - request.session.get(BEGAN, 0) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def is_over(request: HttpRequest) -> bool:
    """Whether the session has lasted its time, or nothing was done in it for longer than the profile allows."""
    now, idle = time.time(), settings.SESSION_IDLE_SECONDS
    if now - request.session.get(BEGAN, now) > settings.SESSION_COOKIE_AGE:
        return True
    return idle is not None and now - request.session.get(SEEN, now) > idle


def is_due(request: HttpRequest) -> bool:
    """Whether the present act is worth noting. What a page asks by itself (the bell) is no act of its reader."""
    if request.headers.get("X-Live"):
        return False
    return time.time() - request.session.get(SEEN, 0) >= NOTED_EVERY


def note(request: HttpRequest) -> None:
    request.session[SEEN] = int(time.time())
    request.session.setdefault(BEGAN, request.session[SEEN])
