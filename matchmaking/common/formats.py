"""How numbers, money, dates and marked text are shown."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.template.defaultfilters import yesno
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

EMPTY = "—"
WAN_FEN = 1_000_000  # one 万元 in fen
FEN = 100


def yuan(fen: int | None) -> str:
    """Return an amount in fen as people say it: "12.5 万元" from ten thousand yuan on, else "3,200 元"; None → "—".

    Only Chinese counts in ten thousands; every other language reads the full number.
    """
    if fen is None:
        return EMPTY
    if abs(fen) >= WAN_FEN and _in_chinese():
        return _("%(amount)s ×10,000 yuan") % {"amount": _decimal(fen, WAN_FEN)}
    return _("%(amount)s yuan") % {"amount": _decimal(fen, FEN)}


def _in_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def _decimal(fen: int, unit: int) -> str:
    text = f"{round(fen / unit, 2):,.2f}"
    return text.rstrip("0").rstrip(".")


def days_left(moment: dt.date | dt.datetime | None) -> int | None:
    """Return calendar days (Shanghai time) from today to the day given; negative when it has passed."""
    if moment is None:
        return None
    if isinstance(moment, dt.datetime):
        moment = timezone.localtime(moment).date() if timezone.is_aware(moment) else moment.date()
    return (moment - timezone.localdate()).days


def deadline_words(days: int) -> tuple[str, str]:
    """Return (words, tone) of a deadline that is `days` away."""
    if days < 0:
        return ngettext("%(days)d day overdue", "%(days)d days overdue", -days) % {"days": -days}, "red"
    if days == 0:
        return _("due today"), "orange"
    words = ngettext("%(days)d day left", "%(days)d days left", days) % {"days": days}
    return words, "orange" if days <= 3 else "blue" if days <= 10 else "grey"


def plain(value: Any) -> str | SafeString:
    """Return any value as a page shows it: lists joined, booleans in words, dates and numbers in the reader's form."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return str(yesno(value))
    if isinstance(value, dt.datetime):
        return formats.date_format(timezone.localtime(value) if timezone.is_aware(value) else value, "Y-m-d H:i")
    if isinstance(value, dt.date):
        return formats.date_format(value, "Y-m-d")
    if isinstance(value, str | Promise):
        return value if isinstance(value, str) else str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Iterable):
        parts = [conditional_escape(plain(part)) for part in value]
        return mark_safe(list_separator().join(parts)) if parts else EMPTY  # noqa: S308 (every part is escaped)
    return str(value)


def list_separator() -> str:
    """Return what stands between the members of a list in the reader's language."""
    return "、" if _in_chinese() else ", "


def marked(text: str, terms: Sequence[str] | Sequence[tuple[int, int]] | None) -> SafeString:
    """Return the escaped text with <mark> around every term, or around every (start, end) of character positions."""
    text = text or ""
    spans = _merged(_spans(text, terms or ()))
    pieces: list[SafeString | str] = []
    at = 0
    for start, end in spans:
        pieces += [conditional_escape(text[at:start]), format_html("<mark>{}</mark>", text[start:end])]
        at = end
    pieces.append(conditional_escape(text[at:]))
    return mark_safe("".join(pieces))  # noqa: S308 (every piece is escaped)


def lifted(text: str, sentences: Sequence[str], terms: Sequence[str] = ()) -> SafeString:
    """Return the escaped text with the sentences that stand in it set apart, and the terms marked everywhere."""
    pieces, at = [], 0
    for start, end in _merged(_spans(text, sentences)):
        pieces += [
            marked(text[at:start], terms),
            format_html('<span class="lifted">{}</span>', marked(text[start:end], terms)),
        ]
        at = end
    pieces.append(marked(text[at:], terms))
    return mark_safe("".join(pieces))  # noqa: S308 (every piece is escaped)


def _spans(text: str, terms: Iterable[Any]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    lowered = text.lower()
    # A few letters change length when lowered (İ): positions would no longer fit, so then compare as written.
    haystack = lowered if len(lowered) == len(text) else text
    for term in terms:
        if not isinstance(term, str):
            start, end = term
            found.append((max(0, start), min(len(text), end)))
            continue
        needle = term.strip().lower() if haystack is lowered else term.strip()
        at = haystack.find(needle) if needle else -1
        while at >= 0:
            found.append((at, at + len(needle)))
            at = haystack.find(needle, at + len(needle))
    return [(start, end) for start, end in found if start < end]


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
