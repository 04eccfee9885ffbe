"""Answering htmx: the same fragment that the full page includes, chosen by one line in the view."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRefresh

STOP_POLLING = 286


def is_fragment(request: HttpRequest) -> bool:
    """Whether the request wants a part of the page: sent by htmx, and neither boosted nor a restored history entry."""
    details = request.htmx  # type: ignore[attr-defined]  # set by HtmxMiddleware
    return bool(details) and not details.boosted and not details.history_restore_request


def page_or_fragment(
    request: HttpRequest, page: str, fragment: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render the fragment for htmx and the page for everybody else; caches keep the two apart."""
    response = render(request, fragment if is_fragment(request) else page, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Boosted", "HX-History-Restore-Request"])
    return response


def stop_polling(response: HttpResponse) -> HttpResponse:
    """Let this be the last answer of a `{% live %}` block."""
    response.status_code = STOP_POLLING
    return response


def hx_refresh() -> HttpResponse:
    """Make htmx load the page again."""
    return HttpResponseClientRefresh()
