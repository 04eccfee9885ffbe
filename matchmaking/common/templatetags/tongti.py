"""Template tags and filters of the whole portal; built in, so no template loads them.

Tags are components (`matchmaking.common.components`, pictures on the gallery page); filters are written here.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.utils.safestring import SafeString

from matchmaking.common import formats, labels
from matchmaking.common.components import display, forming, lists, pooling

register = template.Library()
for part in (display, lists, forming, pooling):
    register.tags.update(part.register.tags)


@register.filter
def yuan(fen: int | None) -> str:
    """An amount in fen as people say it."""
    return formats.yuan(fen)


@register.filter
def days_left(moment: dt.date | dt.datetime | None) -> int | None:
    """Calendar days from today; negative when the day has passed."""
    return formats.days_left(moment)


@register.filter
def code_label(code: str, table: str) -> str:
    """The words for a code: `{{ need.field|code_label:"HNTE_FIELD" }}`."""
    return labels.label(table, code) or formats.EMPTY


@register.filter
def code_labels(codes: Iterable[str], table: str) -> str | SafeString:
    """The words for several codes, joined."""
    return formats.plain(labels.labels(table, codes))


@register.filter
def highlight(text: str, terms: Sequence[Any]) -> SafeString:
    """The escaped text with the terms (words, or start and end positions) marked."""
    return formats.marked(text, terms)


@register.filter
def dash(value: Any) -> str | SafeString:
    """The value as it reads, or “—”."""
    return formats.plain(value)


@register.filter
def count(number: int | None) -> str:
    """A number with separators."""
    return formats.plain(number)
