"""Reading JSON that comes from anywhere: bounded, strict, and only text the database can store."""

import json
import re
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from matchmaking.common.clean_input import CHARACTERS, MAX_DEPTH, TOO_DEEP, depth_exceeds

_UNCLEAN = re.compile(r"[\x00\ud800-\udfff\ufffd]")


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 has it: UTF-8, no NaN or Infinity, no name twice, at most 32 levels, no NUL, no lone surrogate.

    A number of 20,000 digits, a name given twice and an array a hundred thousand levels deep are each one sentence
    with status 400.
    """

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise ParseError(_("The body is too large. Send long lists as a file to /api/imports/."))
        if depth_exceeds(body, MAX_DEPTH):  # a body that calls itself no JSON was not looked at before
            raise ParseError(_too_deep())
        try:
            found = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse, object_pairs_hook=_each_name_once)
        except RecursionError:
            raise ParseError(_too_deep()) from None
        except UnicodeDecodeError:
            raise ParseError(_("The body is not UTF-8.")) from None
        except ValueError as error:
            raise ParseError(_("The body is not valid JSON: %(why)s") % {"why": str(error)[:200]}) from None
        _look_through(found)
        return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _look_through(found: Any) -> None:
    """Walk level by level, so that depth costs no stack."""
    level, depth = [found], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ParseError(_too_deep())
        below: list[Any] = []
        for value in level:
            if isinstance(value, str):
                _expect_clean(value)
            elif isinstance(value, dict):
                for name in value:
                    _expect_clean(name)
                below += value.values()
            elif isinstance(value, list):
                below += value
        level = below


def _expect_clean(text: str) -> None:
    if _UNCLEAN.search(text):
        raise ParseError(CHARACTERS)


def _too_deep() -> Any:
    return str(TOO_DEEP) % {"n": MAX_DEPTH}
