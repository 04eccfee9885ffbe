"""Marks of state secrets in a text: such a text must not be stored here at all, not even unsaved."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

# 保守国家秘密法: 绝密, 机密, 秘密, with or without ★. Trade and technical secrets, the confidentiality of data, and the
# declaration that something is not secret are everyday words and pass.
_SECRET = re.compile(
    r"绝密|(?<!商业)(?<!技术)机密(?!性|计算)|秘密[★☆*]|秘密级|军事秘密|(?<![不未无]涉及)国家秘密|(?<![不非未无])涉密"
)
_GAPS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
MARKED = _("“%(mark)s” marks a state secret. Such content must not be entered on this platform.")


def secret_mark(text: str) -> str:
    """Return the first mark in a text as it is read without gaps and forms of width; empty when there is none."""
    hit = _SECRET.search(_GAPS.sub("", unicodedata.normalize("NFKC", text)))
    return hit.group() if hit else ""


def marks_in(values: Mapping[str, Any]) -> dict[str, str]:
    """Return {name: mark} of the values whose text, or the text of whose rows, carries a mark."""
    found = {name: next(filter(None, map(secret_mark, _texts(value))), "") for name, value in values.items()}
    return {name: mark for name, mark in found.items() if mark}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)


class UnmarkedForm(forms.Form):
    """A form that refuses texts with a mark of a state secret, each at its field."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        for name, mark in marks_in(self.cleaned_data).items():
            self.add_error(name, self.marked(mark))

    def marked(self, mark: str) -> forms.ValidationError:
        """What is said at a field with that mark."""
        return forms.ValidationError(MARKED % {"mark": mark}, code="marked")
