"""What the layout of every page needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from matchmaking.accounts.selectors import demo_personas
from matchmaking.common.returning import page_of
from matchmaking.notifications.selectors import unread_count
from matchmaking.portal.navigation import entries_for


def layout(request: HttpRequest) -> dict[str, Any]:
    """Navigation, bell and ribbon; computed only if a template asks, so that fragments cost nothing."""
    return {
        "embedded": settings.EMBEDDED,
        "sign_up_open": settings.SIGN_UP_OPEN,
        "single_sign_on": bool(settings.SINGLE_SIGN_ON),
        "here": SimpleLazyObject(lambda: page_of(request) or request.get_full_path()),
        "nav": SimpleLazyObject(lambda: entries_for(request)),
        "personas": SimpleLazyObject(lambda: demo_personas() if settings.EMBEDDED and settings.SAMPLE_SIGN_IN else []),
        "unread_count": SimpleLazyObject(lambda: unread_count(request.user) if request.user.is_authenticated else 0),
    }
