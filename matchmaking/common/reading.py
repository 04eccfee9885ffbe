"""How text, numbers and days are read, whoever typed them where: the fields of forms and the cells of an upload.

A value is understood in one way only or refused with a sentence; nothing is guessed.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Control and format characters: zero-width, direction-turning, tags, lone surrogates. Tabs and line breaks stay, and
# so do the format characters that one sees (Arabic number signs) and the Mongolian vowel separator.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f\ud800-\udfff]"
)
# Letters and signs by their class, blank to the eye.
_BLANK = frozenset("\u115f\u1160\u180e\u2800\u3164\uffa0")
# Full-width signs and the minus signs of print. Not NFKC: it would read 10² as 102 and ① as 1.
_HALF_WIDTH = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0x2212: "-"}
_GROUPED = re.compile(
    r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d,])|(?<![\d ,.])\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?!\d)"
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_LONGEST_NUMBER = 60
_DAY = re.compile(r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d{2})(\d{2}))", re.ASCII)
_MONTH = re.compile(r"\d{4}(?:[-/.]\d{1,2}|年(?:\d{1,2}月?)?)?", re.ASCII)


def visible_text(text: str) -> str:
    """Return the text without what nobody sees; text that shows nothing at all is empty."""
    text = _INVISIBLE.sub("", text)
    if any(unicodedata.category(sign)[0] not in "ZMC" and sign not in _BLANK for sign in text):
        return text
    return ""


def half_width(text: str) -> str:
    """Return the text with full-width letters, digits and signs as half-width ones."""
    return text.translate(_HALF_WIDTH)


def ungrouped(text: str) -> str:
    """Return the text with the separators of thousands taken out of its numbers: 1,234.5 → 1234.5."""
    return _GROUPED.sub(lambda found: re.sub(r"\D", "", found[0]), text)


def read_number(text: str) -> Decimal:
    """Read １２．５, 1,000 or -3. Raises ValueError."""
    plain = ungrouped(half_width(visible_text(text)).strip())
    if len(plain) > _LONGEST_NUMBER or not _NUMBER.fullmatch(plain):
        raise ValueError(plain)
    return Decimal(plain)


def read_day(text: str) -> date:
    """Read 2026-03-05, 2026/3/5, 2026.3.5, 2026年3月5日 or 20260305, full-width or not. Raises ValidationError."""
    plain = re.sub(r"\s", "", half_width(visible_text(text)))
    words = {"text": shortened(text)}
    if found := _DAY.fullmatch(plain):
        try:
            return date(*(int(part) for part in found.groups() if part))  # type: ignore[arg-type]
        except ValueError:
            raise ValidationError(_("The day “%(text)s” does not exist."), code="no_day", params=words) from None
    if _MONTH.fullmatch(plain):
        raise ValidationError(_("“%(text)s” is not a complete date."), code="incomplete", params=words)
    raise ValidationError(_("“%(text)s” is not a date."), code="invalid", params=words)


def shortened(text: str) -> str:
    """Return the text as it is quoted in a sentence about it."""
    text = visible_text(text).strip()
    return text if len(text) <= 30 else f"{text[:29]}…"
