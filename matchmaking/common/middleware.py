"""Request-wide guards that need no table: request ids, clean input, no caching of signed-in pages."""

import contextvars
import logging
import re
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _

type_next = Callable[[HttpRequest], HttpResponseBase]
_current_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="-")
_UNCLEAN = re.compile(r"[\x00\ud800-\udfff]")


def current_request_id() -> str:
    """Return the id of the request being served, or "-" outside one."""
    return _current_request_id.get()


class RequestIdFilter(logging.Filter):
    """Puts the request id on every log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id()
        return True


class RequestIdMiddleware:
    """Gives every request an id and returns it in `X-Request-Id`; a caller's own id is never trusted."""

    def __init__(self, get_response: type_next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = uuid.uuid4().hex
        token = _current_request_id.set(request_id)
        request.request_id = request_id  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            _current_request_id.reset(token)
        response["X-Request-Id"] = request_id
        return response


class RequestSizeMiddleware:
    """Answers 413 to a request that says it is larger than any form with files, before a byte of it is read."""

    def __init__(self, get_response: type_next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length[:20]) > settings.REQUEST_MAX_BYTES:
            limit = {"limit": settings.REQUEST_MAX_BYTES // 1024**2}
            return HttpResponse(_("More than %(limit)s MB cannot be sent at once.") % limit, status=413)
        return self.get_response(request)


class CleanInputMiddleware:
    """Answers 400 to NUL bytes, lone surrogates and invalid UTF-8 in the path, the query and form fields.

    PostgreSQL cannot store them; without this each one is an error page (reliability rule 26).
    """

    def __init__(self, get_response: type_next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if self._is_unclean(request):
            return HttpResponse(_("The request holds characters that cannot be stored."), status=400)
        return self.get_response(request)

    def _is_unclean(self, request: HttpRequest) -> bool:
        try:
            request.META.get("QUERY_STRING", "").encode("latin-1").decode("utf-8")
        except UnicodeError:
            return True
        values = [request.path_info]
        values += [text for key, found in request.GET.lists() for text in (key, *found)]
        if request.method == "POST" and request.content_type in (
            "application/x-www-form-urlencoded",
            "multipart/form-data",
        ):
            values += [text for key, found in request.POST.lists() for text in (key, *found)]
            values += [file.name or "" for name in request.FILES for file in request.FILES.getlist(name)]
        return any(_UNCLEAN.search(text) or "\ufffd" in text for text in values)


class ChosenLanguageMiddleware:
    """Chinese first: the language is the one chosen on the page and kept in a cookie, never the browser's guess."""

    def __init__(self, get_response: type_next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class NoStoreMiddleware:
    """Signed-in pages are never kept by a browser or a proxy."""

    def __init__(self, get_response: type_next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.user.is_authenticated and not request.path.startswith(f"/{settings.STATIC_URL.strip('/')}/"):
            response.setdefault("Cache-Control", "no-store")
        return response
