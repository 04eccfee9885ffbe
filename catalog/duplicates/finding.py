"""Which records of different owners may be one achievement. Reads only.

A record is compared with those that share the number of a right or a rare pair of characters of the title. Titles are
likened as they stand and with their words sorted, so that 基于甲的乙 is near 乙：基于甲. The same completers raise the
score.
"""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field

import rjieba
from rapidfuzz import fuzz

from catalog.enums import COMPARED, DuplicateReason
from catalog.models import Achievement, Completer, IPItem
from matchmaking.intake.likeness import Names, fold

ALIKE = 90  # of 100: from here on somebody is asked
WORTH_A_LOOK = 40  # in the order of signs; the order of words may lift it
SAME_PEOPLE = 8  # what half of the completers in common add
SAME_NUMBER = 95
DIGITS = 6  # a number with fewer is none: 无, 申请中, 1
CROWD = 20  # so many records under one number: a placeholder that somebody's template brought
NEAREST = 40
_OFFICE = re.compile(r"^(ZL|CN)+")


@dataclass(frozen=True)
class Found:
    """Two records, the one entered first before the other, how alike they are (of 100), and why."""

    first: int
    second: int
    score: int
    reasons: tuple[str, ...]


@dataclass
class Compared:
    """What is compared of every record: folded title, owner, numbers of rights, completers; about 1 kB a record."""

    titles: dict[int, str] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)
    people: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    numbers: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_number: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    names: Names[int] = field(default_factory=Names)

    def near(self, key: int) -> list[Found]:
        """The records of other owners that may be the same achievement as this one."""
        same_number = {
            other
            for number in self.numbers.get(key, ())
            if len(self.by_number[number]) <= CROWD
            for other in self.by_number[number]
        }
        titled = {other for other, _ in self.names.near(self.titles[key], most=NEAREST, cutoff=WORTH_A_LOOK)}
        pairs = (
            self._compare(key, other, same_number=other in same_number, same_title=other in titled)
            for other in same_number | titled
            if self.owners[other] != self.owners[key]
        )
        return [pair for pair in pairs if pair]

    def _compare(self, one: int, other: int, *, same_number: bool, same_title: bool) -> Found | None:
        likeness = title_likeness(self.titles[one], self.titles[other]) if same_title else 0
        shared = self.people.get(one, set()) & self.people.get(other, set())
        same_people = bool(shared) and 2 * len(shared) >= min(len(self.people[one]), len(self.people[other]))
        score = likeness + (SAME_PEOPLE if same_people else 0)
        if same_number:
            score = max(score, SAME_NUMBER)
        if score < ALIKE:
            return None
        reasons = {
            DuplicateReason.IP_NUMBER: same_number,
            DuplicateReason.TITLE: likeness >= ALIKE - SAME_PEOPLE,
            DuplicateReason.COMPLETERS: same_people,
        }
        codes = tuple(str(code) for code, holds in reasons.items() if holds)
        return Found(min(one, other), max(one, other), min(score, 100), codes)


def title_likeness(one: str, other: str) -> int:
    """How alike two folded titles are, 0 to 100, whatever the order of their words."""
    plain = fuzz.ratio(one, other)
    return int(max(plain, fuzz.token_sort_ratio(" ".join(rjieba.cut(one)), " ".join(rjieba.cut(other)))))


def folded_number(text: str) -> str:
    """The form in which numbers of rights are compared; empty for what is no number."""
    plain = re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", text).upper())
    return _OFFICE.sub("", plain) if sum(sign.isdigit() for sign in plain) >= DIGITS else ""


def read_all() -> Compared:
    """Read every record that was handed in or stands in the pool."""
    found = Compared()
    live = Achievement.objects.filter(state__in=COMPARED)
    for key, title, owner in live.order_by("pk").values_list("pk", "title", "body__owner_id").iterator():
        found.titles[key], found.owners[key] = fold(title), owner
        found.names.add(key, found.titles[key])
    within = {"achievement__state__in": COMPARED}
    for key, name in Completer.objects.filter(**within).values_list("achievement_id", "name").iterator():
        found.people[key].add(fold(name))
    for key, text in IPItem.objects.filter(**within).values_list("achievement_id", "number").iterator():
        if key in found.titles and (number := folded_number(text)) and number not in found.numbers[key]:
            found.numbers[key].add(number)
            found.by_number[number].append(key)
    return found
