"""Request-wide guards that need no table: request ids, sizes, the language."""

import contextvars
import logging
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _

type_next = Callable[[HttpRequest], HttpResponseBase]
_current_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="-")


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


class PlainApiMiddleware:
    """Answers 403 to a program that speaks http where pages are led to https: a token on its way is no secret then.

    The page that describes the API is opened by people and led on like every page.
    """

    def __init__(self, get_response: type_next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        api = request.path.startswith("/api/") and not request.path.startswith("/api/docs/")
        if api and settings.SECURE_SSL_REDIRECT and not request.is_secure():
            from matchmaking.common.errors import refusal  # which names the request by what stands above

            return refusal(request, 403, _("The API answers over https only. A token that was sent over http may have "
                                           "been read on its way: revoke it."))  # fmt: skip
        return self.get_response(request)


class RequestSizeMiddleware:
    """Answers 413 to a request that says it is larger than any form with files, before a byte of it is read."""

    def __init__(self, get_response: type_next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length[:20]) > settings.REQUEST_MAX_BYTES:
            limit = {"limit": settings.REQUEST_MAX_BYTES // 1024**2}
            from matchmaking.common.errors import refusal  # which names the request by what stands above

            return refusal(request, 413, _("More than %(limit)s MB cannot be sent at once.") % limit)
        return self.get_response(request)


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
