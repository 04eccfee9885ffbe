"""Sentences that are kept as they were said, not as they were read: each reader gets them in his own language.

A row of an upload is checked by a job, for a person whose language says nothing about who will read the errors later.
Modules that speak about cells import `said` as `_`, so that the sentences are found for translation.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.functional import Promise


class Said:
    """A sentence and its parameters; `str()` puts it into the words of the present language."""

    __slots__ = ("params", "sentence")

    def __init__(self, sentence: str, params: Mapping[str, Any] | None = None) -> None:
        self.sentence = sentence
        self.params = dict(params or {})

    def __mod__(self, params: Mapping[str, Any]) -> "Said":
        return Said(self.sentence, params)

    def __str__(self) -> str:
        words = translation.gettext(self.sentence)
        return words % self.params if self.params else words

    @classmethod
    def of(cls, error: ValidationError) -> "Said":
        """The sentence of a validator, which holds its parameters beside it."""
        message: Any = error.message
        if isinstance(message, Said):
            return message
        if isinstance(message, Promise):
            with translation.override(None):  # the source, in no language
                message = str(message)
        return cls(str(message), error.params)

    def __repr__(self) -> str:
        return f"Said({self.sentence!r}, {self.params!r})"


Text = str | Promise | Said


def said(sentence: str) -> Said:
    return Said(sentence)


def stored(text: Any) -> Any:
    """Return a sentence in a form that JSON holds: {"m": source, "p": parameters}, or the text itself."""
    if isinstance(text, Said):
        return {"m": text.sentence, "p": {name: stored(value) for name, value in text.params.items()}}
    if isinstance(text, Promise):
        with translation.override(None):  # the source, in no language
            return {"m": str(text), "p": {}}
    return text if isinstance(text, int) else str(text)


def spoken(kept: Any) -> str:
    """Return a stored sentence in the present language."""
    if isinstance(kept, dict):
        words = translation.gettext(kept["m"]) if kept.get("m") else ""
        params = {name: spoken(one) if isinstance(one, dict) else one for name, one in (kept.get("p") or {}).items()}
        return words % params if params else words
    return str(kept)
