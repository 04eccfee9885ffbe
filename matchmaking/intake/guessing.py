"""Which column a heading that nobody knows may be, judged by what stands below it. Always a person says yes.

A guess names the columns that hold such values, and why: the page offers them first and selects none of them.
"""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from matchmaking.intake.cells import DayCell, EmailCell, LevelCell, LinesCell, MoneyCell, PhoneCell, folded
from matchmaking.intake.code_cells import CodeCell
from matchmaking.intake.importing import RowKind

LEAST = 2  # values that must stand there
MOST = 3  # columns named
_LEVEL = re.compile(r"(?:trl\s*[-:]?\s*)?[1-9]\s*级?|第?[一二三四五六七八九]级")
_RIGHT = re.compile(r"ZL\s?\d{8,12}(?:\.[\dX])?|CN\s?\d{7,12}[A-Z]?\d?|\d{4}SR\d{5,7}|\b20\d{10}(?:\.[\dX])?\b")
_AMOUNT = re.compile(r"(?:[¥￥]\s*)?[\d,.]+\s*(?:万|亿)?元|[¥￥]\s*[\d,.]+")
_PHONE = re.compile(r"(?:\+?86[- ]?)?(?:1[3-9]\d{9}|0\d{2,3}[- ]?\d{7,8})")
_DAY = re.compile(r"\D*(?:19|20)\d\d.*")
_SMALL_CODES = 2  # characters; shorter codes such as 12 may be anything


def guess(kind: RowKind, values: Sequence[str], free: Sequence[str]) -> tuple[list[str], str]:
    """Return the free columns that hold such values, and the code of the reason; nothing when no pattern fits."""
    filled = [value for value in values if value]
    if len(filled) < LEAST:
        return [], ""
    form = kind.form()  # its fields are copies: what they read of a vocabulary is not kept
    fields = {name: form.fields[name] for name in free if name in form.fields}
    for why, fits, types in _PATTERNS:
        if not fits(filled):
            continue
        found = [name for name, field in fields.items() if isinstance(field, types) and _holds(why, field, filled)]
        if found:
            return found[:MOST], why
    return [], ""


def _all(pattern: re.Pattern[str]) -> Callable[[Sequence[str]], bool]:
    return lambda values: all(pattern.fullmatch(folded(value)) for value in values)


def _rights(values: Sequence[str]) -> bool:
    return sum(bool(_RIGHT.search(value)) for value in values) * 2 > len(values)


def _levels(values: Sequence[str]) -> bool:
    """1 2 3 4 is a running number, not a level."""
    plain = [folded(value) for value in values]
    running = all(one.isdigit() for one in plain) and all(
        int(after) == int(before) + 1 for before, after in pairwise(plain)
    )
    return not running and _all(_LEVEL)(values)


def _words(values: Sequence[str]) -> bool:
    return any(len(value) > _SMALL_CODES for value in values)


def _holds(why: str, field: forms.Field, values: Sequence[str]) -> bool:
    """Whether the field itself reads the values; lists of rights are read entry by entry and need not be complete."""
    return why == "right" or all(_reads(field, value) for value in dict.fromkeys(values))


def _reads(field: forms.Field, value: str) -> bool:
    try:
        return bool(field.clean(value))
    except ValidationError:
        return False


_PATTERNS: tuple[tuple[str, Callable[[Sequence[str]], bool], Any], ...] = (
    ("email", lambda values: all("@" in value for value in values), EmailCell),
    ("phone", _all(_PHONE), PhoneCell),
    ("right", _rights, LinesCell),
    ("day", _all(_DAY), DayCell),
    ("money", _all(_AMOUNT), MoneyCell),
    ("level", _levels, LevelCell),
    ("code", _words, CodeCell),
)
