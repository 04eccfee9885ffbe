"""What no page and no program may send, refused before anything else looks at it (reliability rule 26).

PostgreSQL stores no NUL and no lone surrogate, Python's JSON reader recurses, and some character sets are none; without
this each of them is an error page, or a sign-in attempt that nobody counts.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MAX_DEPTH = 32  # levels of JSON
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNCLEAN = re.compile("[\x00\ud800-\udfff\ufffd]")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_UTF8 = ("", "utf-8", "utf8", "us-ascii", "ascii")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKET = bytes(sign for sign in range(256) if sign not in b"[]{}")
_AS_ONE = bytes.maketrans(b"[]{}", b"()()")
# \u0000, a low surrogate without its high one, a high one without its low one
_ESCAPES = re.compile(
    rb"\\u0000|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]|\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
)

logger = logging.getLogger(__name__)

CHARACTERS = _("The request holds characters that cannot be stored.")
NO_METHOD = _("This cannot be done with an address.")
NOT_UTF8 = _("The request is not UTF-8.")
TOO_DEEP = _("The body has more than %(n)d levels.")


class Refused(BadRequest):
    """A request that is refused unread. `sentence` is for the person or program that sent it."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(str(sentence))
        self.sentence = str(sentence)


class CleanInputMiddleware:
    """Answers 400 to what is damaged in the path, the query, cookies, form fields, file names and JSON.

    `common/errors.py` writes the answer, for pages and for programs.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in METHODS:
            from matchmaking.common.errors import refusal  # which knows Refused

            return refusal(request, 405, str(NO_METHOD))
        try:
            _check(request)
        except Refused as error:
            from matchmaking.common.errors import bad_request  # which knows Refused

            logger.warning("Refused unread: %s %s: %s", request.method, request.path, error)
            return bad_request(request, error)
        return self.get_response(request)


def _check(request: HttpRequest) -> None:
    _check_encoding(request)
    # Others on the same host may set cookies in any character set; only what a store cannot look up is refused.
    if any("\x00" in text for pair in request.COOKIES.items() for text in pair):
        raise Refused(CHARACTERS)
    if any(map(_UNCLEAN.search, _texts(request))):
        raise Refused(CHARACTERS)
    if "json" in (request.content_type or "").lower() and request.method not in ("GET", "HEAD"):
        _check_json(request)


def _check_encoding(request: HttpRequest) -> None:
    """The charset of a body is never chosen by its sender: `hex` and `utf-16` are charsets too."""
    if str((request.content_params or {}).get("charset", "")).strip("'\" ").lower() not in _UTF8:
        raise Refused(NOT_UTF8)
    try:
        request.META.get("QUERY_STRING", "").encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise Refused(CHARACTERS) from None


def _texts(request: HttpRequest) -> Iterator[str]:
    yield request.path_info
    yield from _lists(request.GET.lists())
    if request.method == "POST" and request.content_type in _FORMS:
        yield from _lists(request.POST.lists())
        for name, files in request.FILES.lists():
            yield name
            yield from (file.name or "" for file in files)


def _lists(found: Iterable[tuple[str, list[str]]]) -> Iterator[str]:
    for name, texts in found:
        yield name
        yield from texts


def _check_json(request: HttpRequest) -> None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length[:20]) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return  # refused by whoever reads it, with a sentence of its own
    body = request.body
    if depth_exceeds(body, MAX_DEPTH):
        raise Refused(str(TOO_DEEP) % {"n": MAX_DEPTH})
    if b"\x00" in body or _ESCAPES.search(body.replace(b"\\\\", b"")):
        raise Refused(CHARACTERS)


def depth_exceeds(body: bytes, most: int) -> bool:
    """Whether JSON nests deeper than that; counted on its brackets alone, in time linear in its length.

    Strings go first. Then each round takes the innermost pairs away; what still holds a pair after `most` rounds is
    deeper. A text whose brackets do not fit is left to the reader, unless it opens too many.
    """
    left = _STRING.sub(b"", body).translate(_AS_ONE, _NO_BRACKET)
    for _round in range(most):
        if b"()" not in left:
            break
        left = left.replace(b"()", b"")
    return b"()" in left or left.count(b"(") > most
