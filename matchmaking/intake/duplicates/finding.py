"""What the nightly search of one kind gives back: pairs with a score and the reasons for it."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from matchmaking.intake.duplicates.enums import Reason


@dataclass(frozen=True)
class Found:
    """Two records, the one entered first before the other, how alike they are (of 100), and why."""

    first: int
    second: int
    score: int
    reasons: tuple[str, ...]


class Compared(Protocol):
    """The records of a kind as the search holds them: when each was last changed, and what is near one of them."""

    changed: dict[int, datetime]

    def near(self, key: int) -> list[Found]: ...


def found(one: int, other: int, score: float, reasons: dict[Reason, bool]) -> Found:
    """Put the pair in order and name the reasons that hold."""
    codes = tuple(str(code) for code, holds in reasons.items() if holds)
    return Found(min(one, other), max(one, other), min(int(score), 100), codes)


@dataclass
class Shared:
    """Which records share a mark: the number of a right, a unit, an account. A mark of many is none."""

    most: int
    marks: dict[int, set[Hashable]] = field(default_factory=lambda: defaultdict(set))
    _holders: dict[Hashable, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, key: int, mark: Hashable) -> None:
        if mark and mark not in self.marks[key]:
            self.marks[key].add(mark)
            self._holders[mark].append(key)

    def with_one_of(self, key: int) -> set[int]:
        """The other records that hold a mark of this one."""
        held = (self._holders[mark] for mark in self.marks.get(key, ()))
        return {other for holders in held if len(holders) <= self.most for other in holders if other != key}


def measured(rows: Iterable[tuple[str, Hashable]], others: Iterable[tuple[str, Hashable]]) -> tuple[int, int]:
    """(equal, different) of the indicators that both sides name."""
    mine, theirs = dict(rows), dict(others)
    both = mine.keys() & theirs.keys()
    equal = sum(mine[name] == theirs[name] for name in both)
    return equal, len(both) - equal
