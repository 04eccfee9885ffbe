"""The unified social credit code (统一社会信用代码, GB 32100-2015) as people type it.

Eighteen characters: registering authority, kind of entity, region of registration (6), organisation code (9), check
character. The check is python-stdnum's; it refuses an authority that is a letter (A the military, N agriculture, Y
others), which the standard allows, so the form of the first eight is checked here.
"""

import re
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc

LENGTH = 18
_FORM = re.compile(r"[1-9A-HJ-NP-RTUWXY][0-9A-HJ-NP-RTUWXY][0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")
_IGNORED = re.compile(r"[\s\u200b\ufeff\-‐‑–—－·.。:：'’]+")
# Letters the standard leaves out because they are taken for digits, and the digits they are taken for.
_MISTAKEN = {"O": "0", "I": "1", "Z": "2", "S": "5"}
_UNUSED = frozenset("IOSVZ")
_SENTENCES = {
    "empty": _("Enter the unified social credit code."),
    "length": _("A unified social credit code has 18 characters; this one has %(length)s."),
    "old": _("This is the former %(length)s-digit number. Enter the 18-character unified social credit code."),
    "characters": _("A unified social credit code holds digits and capital letters only, not “%(sign)s”."),
    "unused": _("The letters I, O, S, V and Z do not occur in a unified social credit code; this one holds %(sign)s."),
    "suggestion": _("The letters I, O, S, V and Z do not occur in a unified social credit code. Is it %(suggestion)s?"),
    "form": _("The first eight characters of a unified social credit code are the authority, the kind and six digits."),
    "check": _("The check character does not fit, so at least one character is wrong. Compare it with the licence."),
}


class UsccError(ValueError):
    """A text that is no unified social credit code; `sentence` says why in the reader's language."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params

    @property
    def sentence(self) -> str:
        return str(_SENTENCES[self.code]) % self.params

    def __str__(self) -> str:
        return self.sentence


def clean_uscc(text: str) -> str:
    """The code in its one spelling: half-width, capital letters, without blanks. Raises UsccError.

    A letter that cannot occur is never replaced silently: the error suggests the code that would be right.
    """
    code = _IGNORED.sub("", unicodedata.normalize("NFKC", str(text))).upper()
    if not code:
        raise UsccError("empty")
    if foreign := re.search(r"[^0-9A-Z]", code):
        raise UsccError("characters", sign=foreign[0] if foreign[0].isprintable() else "?")
    if len(code) != LENGTH:
        if len(code) in {13, 15} and code.isdigit():
            raise UsccError("old", length=len(code))
        raise UsccError("length", length=len(code))
    if unused := _UNUSED & set(code):
        suggestion = _suggestion(code)
        if suggestion:
            raise UsccError("suggestion", suggestion=suggestion)
        raise UsccError("unused", sign="、".join(sorted(unused)))
    if not _FORM.fullmatch(code):
        raise UsccError("form")
    if uscc.calc_check_digit(code[:-1]) != code[-1]:
        raise UsccError("check")
    return code


def is_valid_uscc(text: str) -> bool:
    """Whether a text, as typed, is a valid code."""
    try:
        clean_uscc(text)
    except UsccError:
        return False
    return True


def validate_uscc(value: str) -> None:
    """A validator for forms and models."""
    try:
        clean_uscc(value)
    except UsccError as error:
        # Sentence and parameters apart, so that it can be stored and read in another language.
        raise ValidationError(_SENTENCES[error.code], code=f"uscc_{error.code}", params=error.params) from error


def _suggestion(code: str) -> str:
    """The only valid code that comes out when mistaken letters become the digits they look like."""
    at = [index for index, sign in enumerate(code) if sign in _UNUSED]
    if any(code[index] not in _MISTAKEN for index in at):
        return ""
    signs = list(code)
    for index in at:
        signs[index] = _MISTAKEN[code[index]]
    fixed = "".join(signs)
    return fixed if is_valid_uscc(fixed) else ""
