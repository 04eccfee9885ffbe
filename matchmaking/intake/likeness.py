"""Names that are nearly the same, among many: a spelling that somebody changed, a word left out.

Comparing every row with every record would be a hundred million comparisons for a large list. So a name is compared
only with those that share one of its rarest pairs of characters; rapidfuzz then says how alike the two are. Names that
differ in their numbers (第3号, 第4号; X100, X200) are different things, however alike the rest is.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable
from typing import Generic, TypeVar

from rapidfuzz import fuzz, process

from matchmaking.accounts.services import fold_name

Key = TypeVar("Key", bound=Hashable)
ALIKE = 86  # of 100: one or two signs of a usual name differ
ENOUGH = 60  # candidates after which no commoner pair is looked at
_RAREST = 8
_NUMBERS = re.compile(r"[0-9]+|[ivx]+(?![a-z])|[一二三四五六七八九十]+(?=[号期代型版])")


def fold(name: str) -> str:
    """Return the form in which names are compared."""
    return fold_name(name)


def likeness(one: str, other: str) -> int:
    """Return how alike two folded names are, 0 to 100."""
    return int(fuzz.ratio(one, other))


class Names(Generic[Key]):
    """Folded names under their keys, with an index of their pairs of characters."""

    def __init__(self) -> None:
        self._names: dict[Key, tuple[str, list[str]]] = {}
        self._by_pair: dict[str, list[Key]] = defaultdict(list)
        self._waiting: list[tuple[Key, str]] = []  # indexed when somebody asks: a row that is mended rarely does

    def add(self, key: Key, name: str) -> None:
        self._waiting.append((key, name))

    def _index(self) -> None:
        for key, name in self._waiting:
            self._names[key] = (name, _NUMBERS.findall(name))
            for pair in _pairs(name):
                self._by_pair[pair].append(key)
        self._waiting.clear()

    def near(self, name: str, *, most: int = 3, cutoff: int = ALIKE) -> list[tuple[Key, int]]:
        """Return up to `most` (key, likeness) of the names nearest to this one, the nearest first."""
        self._index()
        candidates: Counter[Key] = Counter()
        pairs = sorted((len(self._by_pair[pair]), pair) for pair in _pairs(name) if pair in self._by_pair)
        for common, pair in pairs[:_RAREST]:
            if candidates and len(candidates) + common > ENOUGH:
                break
            candidates.update(self._by_pair[pair])
        numbers = _NUMBERS.findall(name)
        named = {key: self._names[key] for key in candidates}
        choices = {key: other for key, (other, others) in named.items() if others == numbers}
        found = process.extract(name, choices, scorer=fuzz.ratio, score_cutoff=cutoff, limit=most)
        return [(key, int(score)) for _text, score, key in found]


def _pairs(name: str) -> set[str]:
    return {name[at : at + 2] for at in range(len(name) - 1)}
