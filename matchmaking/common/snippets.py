"""The piece of a text in which a query was found, with the words to mark in it.

Only texts that the reader may read are handed in; what is not handed in cannot be shown.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from matchmaking.common.search import phrases, words

LENGTH = 110  # characters of a snippet, about two lines
_BEFORE = 24  # characters kept before the first hit


@dataclass(frozen=True)
class Snippet:
    """A piece of one field. `label` names the field, `terms` are the words to mark (for the filter `highlight`)."""

    label: Any
    text: str
    terms: Sequence[str]


def marks(query: str, text: str) -> list[str]:
    """The words of a query that stand in the text. A word that does not is tried by its pairs of characters."""
    folded = _fold(text)
    found: list[str] = []
    for word in words(query):
        if word in folded:
            found.append(word)
        elif len(word) > 2 and not word.isascii():
            found += [pair for pair in (word[at : at + 2] for at in range(len(word) - 1)) if pair in folded]
    return list(dict.fromkeys(found))


def snippet(query: str, fields: Iterable[tuple[Any, str]]) -> Snippet | None:
    """The piece of the field that holds most of the query; the first of equals. None when no field holds any of it."""
    wanted = phrases(query)
    best: tuple[int, Any, str, list[str]] | None = None
    for label, text in fields:
        terms = marks(query, text) if text else []
        weight = sum(len(term) for term in terms) + 100 * sum(term in wanted for term in terms)
        if terms and (best is None or weight > best[0]):
            best = (weight, label, text, terms)
    if best is None:
        return None
    _weight, label, text, terms = best
    return Snippet(label, _piece(text, terms), terms)


def _piece(text: str, terms: Sequence[str]) -> str:
    text = " ".join(text.split())
    folded = _fold(text)
    longest = max(terms, key=len)
    first = folded.find(longest) if len(folded) == len(text) else 0
    start = max(0, first - _BEFORE)
    for sign in "。；！？;":  # begin with a sentence where one begins nearby
        at = text.rfind(sign, start, max(start, first))
        start = max(start, at + 1)
    end = start + LENGTH
    return ("…" if start else "") + text[start:end].strip() + ("…" if end < len(text) else "")


def _fold(text: str) -> str:
    """Folded as a query is, unless that would move the characters: then only in lower case."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return folded if len(folded) == len(text) else text.lower()
