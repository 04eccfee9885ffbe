"""Which achievements of different owners, or of one owner in different programmes, may be one. Reads only.

A record is compared with those that share the number of a right or a rare pair of characters of the title. A shared
number decides for. Without one the titles must say the same (`intake.duplicates.titles`); where they say it in other
words, completers, units or indicators must agree. Indicators that differ count against.

What one owner reports to two programmes has its unit and its people in common anyway, so there only a shared number,
the same title or the same indicators count; within one programme it is the owner's business.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime

from catalog.enums import COMPARED
from catalog.models import Achievement, AchievementIndicator, Completer, CompletingUnit, IPItem
from matchmaking.accounts.models import Organisation
from matchmaking.intake.duplicates.enums import Reason
from matchmaking.intake.duplicates.finding import Found, Shared, found, measured
from matchmaking.intake.duplicates.titles import Alike, Comparison, compare, folded
from matchmaking.intake.likeness import Names, fold

WORTH_A_LOOK = 40  # in the order of signs; the order of words may lift it
SAME_NUMBER = 95
REWORDED, LOOSELY = 70, 55  # so alike must titles in other words be; where people and indicators agree, the lower one
DIGITS = 6  # a number with fewer is none: 无, 申请中, 1
CROWD = 20  # so many records under one number: a placeholder that somebody's template brought
NEAREST = 40
_OFFICE = re.compile(r"^(ZL|CN)+")


@dataclass
class Compared:
    """What is compared of every record; about 1 kB a record."""

    titles: dict[int, str] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)
    programmes: dict[int, int] = field(default_factory=dict)
    changed: dict[int, datetime] = field(default_factory=dict)
    people: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    units: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    indicators: dict[int, list[tuple[str, Hashable]]] = field(default_factory=lambda: defaultdict(list))
    organisations: dict[int, str] = field(default_factory=dict)
    numbers: Shared = field(default_factory=lambda: Shared(CROWD))
    names: Names[int] = field(default_factory=Names)

    def near(self, key: int) -> list[Found]:
        """The records of other owners, and of this one in other programmes, that may be the same achievement."""
        numbered = self.numbers.with_one_of(key)
        titled = {other for other, _ in self.names.near(folded(self.titles[key]), most=NEAREST, cutoff=WORTH_A_LOOK)}
        pairs = (
            self._compare(key, other, same_number=other in numbered)
            for other in numbered | titled
            if (self.owners[other], self.programmes[other]) != (self.owners[key], self.programmes[key])
        )
        return [pair for pair in pairs if pair]

    def _compare(self, one: int, other: int, *, same_number: bool) -> Found | None:
        units = self.units[one] | self.units[other]
        names = {self.organisations[unit] for unit in units if unit in self.organisations}
        titles = compare(self.titles[one], self.titles[other], names)
        one_owner = self.owners[one] == self.owners[other]
        if not same_number and titles.alike == Alike.OTHER:
            return None
        people = not one_owner and _half(self.people[one], self.people[other])
        unit = not one_owner and bool(self.units[one] & self.units[other])
        equal, different = measured(self.indicators[one], self.indicators[other])
        score = SAME_NUMBER if same_number else _score(titles, people, unit, equal, different)
        if not score:
            return None
        if same_number and titles.alike == Alike.OTHER:
            score -= 10
        return found(one, other, score, {
            Reason.IP_NUMBER: same_number,
            Reason.TITLE: titles.alike != Alike.OTHER,
            Reason.COMPLETERS: people,
            Reason.UNIT: unit,
            Reason.PROGRAMMES: one_owner,
            Reason.INDICATORS: equal > different,
            Reason.INDICATORS_DIFFER: different > equal,
            Reason.TITLES_DIFFER: titles.alike == Alike.OTHER,
        })  # fmt: skip


def _score(titles: Comparison, people: bool, unit: bool, equal: int, different: int) -> int:
    """How likely two records without a shared number are one, of 100; 0 if nobody need be asked."""
    signs = 6 * people + 4 * unit + 4 * (equal > different)
    against = different > equal
    if titles.alike == Alike.SAME:
        return 88 + signs - 10 * against
    if titles.alike == Alike.SLIP:
        return 0 if against and not signs else 84 + signs - 8 * against
    same_figures = equal >= 2 and not different
    known = people or unit
    if against or not (same_figures or (known and not titles.swapped)):
        return 0
    if titles.likeness < (LOOSELY if same_figures and known else REWORDED):
        return 0
    return min(94, max(titles.likeness, REWORDED) + signs)


def _half(one: set[str], other: set[str]) -> bool:
    shared = one & other
    return bool(shared) and 2 * len(shared) >= min(len(one), len(other))


def folded_number(text: str) -> str:
    """The form in which numbers of rights are compared; empty for what is no number."""
    plain = re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", text).upper())
    return _OFFICE.sub("", plain) if sum(sign.isdigit() for sign in plain) >= DIGITS else ""


def read_all() -> Compared:
    """Read every record that was handed in or stands in the pool."""
    read = Compared()
    live = Achievement.objects.filter(state__in=COMPARED).order_by("pk")
    rows = live.values_list("pk", "title", "body__owner_id", "programme_id", "updated_at", "state_since").iterator()
    for key, title, owner, programme, updated, since in rows:
        read.titles[key], read.owners[key], read.changed[key] = title, owner, max(updated, since)
        read.programmes[key] = programme
        read.units[key].add(owner)
        read.names.add(key, folded(title))
    read.organisations = {key: fold(name) for key, name in Organisation.objects.values_list("pk", "name").iterator()}
    within = {"achievement__state__in": COMPARED}
    for key, name in Completer.objects.filter(**within).values_list("achievement_id", "name").iterator():
        read.people[key].add(fold(name))
    units = CompletingUnit.objects.filter(**within).values_list("achievement_id", "organisation_id")
    for key, unit in units.iterator():
        read.units[key].add(unit)
    figures = AchievementIndicator.objects.filter(**within).values_list(
        "achievement_id", "name", "operator", "value", "value_high", "unit", "text"
    )
    for key, name, *figure in figures.iterator():
        read.indicators[key].append((fold(name), hash(tuple(figure))))
    for key, text in IPItem.objects.filter(**within).values_list("achievement_id", "number").iterator():
        if key in read.titles:
            read.numbers.add(key, folded_number(text))
    return read
