"""A record that somebody else is writing: the answer of every page that waited in vain for the row.

PostgreSQL gives up after `lock_timeout`, or at once when two would wait for each other. Nothing is half-written then,
and the same request succeeds a moment later; so it is no error of ours, and nobody should read that it was one.
"""

import logging
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from matchmaking.common.returning import page_of

CODES = ("55P03", "40P01")  # lock_not_available, deadlock_detected
RETRY_AFTER = 10  # seconds
SENTENCE = _("This record is being saved elsewhere just now. Nothing was lost; please try again in a moment.")

logger = logging.getLogger(__name__)


def busy_code(error: BaseException) -> str:
    """Return the server's code when an error says that others hold the row, else nothing."""
    code = getattr(error.__cause__, "pgcode", None) if isinstance(error, OperationalError) else None
    return code if code in CODES else ""


class BusyMiddleware:
    """Answers 503 with `Retry-After`: a page to a page, one sentence to a fragment (`static/js/app.js` shows it).

    The API has problem details of its own (`common/api/problems.py`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        code = busy_code(error)
        if not code:
            return None
        logger.warning("A row is held by others (%s): %s %s", code, request.method, request.path)
        if request.headers.get("HX-Request") == "true":
            response = HttpResponse(str(SENTENCE), status=503, content_type="text/plain; charset=utf-8")
        else:
            context = {"message": str(SENTENCE), "back_url": page_of(request)}
            response = render(request, "503.html", context, status=503)
        response["Retry-After"] = str(RETRY_AFTER)
        return response
