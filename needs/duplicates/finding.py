"""Which needs may be one challenge. Reads only.

Needs of one owner in one programme are the owner's own business. Titles must say the same, or the descriptions must be
alike; a park and its tenant, and one enterprise in two programmes, count for.
"""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime

from rapidfuzz import fuzz

from matchmaking.accounts.models import Organisation
from matchmaking.intake.duplicates.enums import Reason
from matchmaking.intake.duplicates.finding import Found, found, measured
from matchmaking.intake.duplicates.titles import Alike, Comparison, compare, folded
from matchmaking.intake.likeness import Names, fold
from needs.enums import COMPARED
from needs.models import NeedIndicator, TechNeed

WORTH_A_LOOK = 40
NEAREST = 40
BEGINNING = 300  # signs of problem and goal that are compared
SAME_TEXT, LIKE_TEXT = 88, 65  # of 100; the first speaks for itself
ENOUGH_TEXT = 30  # signs; a shorter description says nothing
REWORDED = 65


@dataclass(frozen=True)
class Filed:
    """One need as it is compared."""

    title: str
    text: str
    owner: int
    park: int | None
    programme: int


@dataclass
class Compared:
    needs: dict[int, Filed] = field(default_factory=dict)
    changed: dict[int, datetime] = field(default_factory=dict)
    indicators: dict[int, list[tuple[str, Hashable]]] = field(default_factory=lambda: defaultdict(list))
    organisations: dict[int, str] = field(default_factory=dict)
    titles: Names[int] = field(default_factory=Names)
    texts: Names[int] = field(default_factory=Names)

    def near(self, key: int) -> list[Found]:
        """The needs that may be the same challenge as this one."""
        mine = self.needs[key]
        nearby = {other for other, _ in self.titles.near(folded(mine.title), most=NEAREST, cutoff=WORTH_A_LOOK)}
        if len(mine.text) >= ENOUGH_TEXT:
            nearby |= {other for other, _ in self.texts.near(mine.text, most=NEAREST, cutoff=LIKE_TEXT)}
        pairs = (self._compare(key, other) for other in nearby if other != key)
        return [pair for pair in pairs if pair]

    def _compare(self, one: int, other: int) -> Found | None:
        left, right = self.needs[one], self.needs[other]
        if left.owner == right.owner and left.programme == right.programme:
            return None
        names = {self.organisations[owner] for owner in (left.owner, right.owner) if owner in self.organisations}
        titles = compare(left.title, right.title, names)
        long_enough = min(len(left.text), len(right.text)) >= ENOUGH_TEXT
        text = fuzz.ratio(left.text, right.text) if long_enough else 0
        enterprise = left.owner == right.owner
        park = left.park == right.owner or right.park == left.owner
        equal, different = measured(self.indicators[one], self.indicators[other])
        score = _score(titles, text, enterprise or park, equal, different)
        if not score:
            return None
        return found(one, other, score, {
            Reason.TITLE: titles.alike != Alike.OTHER,
            Reason.TEXT: text >= LIKE_TEXT,
            Reason.ENTERPRISE: enterprise,
            Reason.PARK: park,
            Reason.INDICATORS: equal > different,
            Reason.INDICATORS_DIFFER: different > equal,
            Reason.TITLES_DIFFER: titles.alike == Alike.OTHER,
        })  # fmt: skip


def _score(titles: Comparison, text: float, related: bool, equal: int, different: int) -> int:
    """How likely two needs are one challenge, of 100; 0 if nobody need be asked."""
    signs = 6 * related + 4 * (text >= LIKE_TEXT) + 4 * (equal > different)
    against = different > equal and not related
    if titles.variant:
        return 0
    if titles.alike == Alike.SAME:
        return 86 + signs - 10 * against
    if titles.alike == Alike.SLIP:
        return 0 if against and text < LIKE_TEXT else 82 + signs
    if text >= SAME_TEXT:
        return 78 + signs
    agrees = text >= LIKE_TEXT or (equal >= 2 and not different) or (related and not titles.swapped)
    return 0 if against or not agrees or titles.likeness < REWORDED else min(92, titles.likeness + signs)


def read_all() -> Compared:
    """Read every need that was handed in or waits in the pool for its solution."""
    read = Compared()
    live = TechNeed.objects.filter(state__in=COMPARED).order_by("pk").values_list(
        "pk", "title", "body__problem", "body__goal", "body__owner_id", "body__owner__park_id", "programme_id",
        "updated_at", "state_since")  # fmt: skip
    for key, title, problem, goal, owner, park, programme, updated, since in live.iterator():
        text = fold(f"{problem[:BEGINNING]}{goal[:BEGINNING]}")
        read.needs[key] = Filed(title, text, owner, park, programme)
        read.changed[key] = max(updated, since)
        read.titles.add(key, folded(title))
        if len(text) >= ENOUGH_TEXT:
            read.texts.add(key, text)
    read.organisations = {key: fold(name) for key, name in Organisation.objects.values_list("pk", "name").iterator()}
    figures = NeedIndicator.objects.filter(body__need__state__in=COMPARED).values_list(
        "body_id", "name", "operator", "value", "value_high", "unit", "text"
    )
    for key, name, *figure in figures.iterator():
        read.indicators[key].append((fold(name), hash(tuple(figure))))
    return read
