"""What a need that is being written would find in the pools now, and which of its elements matters most for that.

The pools are counted in blocks that stay in the memory of the web process, see `blocks`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from django.conf import settings

from matchmaking.matching import blocks as memory
from matchmaking.matching import snapshot
from matchmaking.matching.indexes import KINDS
from matchmaking.vocabularies import selectors as vocabularies
from needs.clinic import elements
from needs.clinic.consulting import Findings

if TYPE_CHECKING:
    from matchmaking.engine.ranking import Index
    from matchmaking.engine.types import NeedProfile

TOP = 10
NOT_COUNTED, COUNTED, PARTLY, TOO_LARGE = "not_counted", "counted", "partly", "too_large"
_MONTHS, _LEVELS = (6, 12, 24, 36), (5, 7, 9)


@dataclass(frozen=True)
class Reach:
    """What an element does in one pool: strong candidates `now`, the `fewest` and the `most` there would be with one
    of the values tried (or without the element). Of the first ten, at most: how many would be `others` then, and how
    many places would be held by somebody else (`moved`)."""

    now: int
    fewest: int
    most: int
    others: int
    moved: int

    @property
    def moves(self) -> int:
        """How far the match moves: candidates gained or lost, and places among the first ten."""
        return max(abs(self.fewest - self.now), abs(self.most - self.now)) + self.moved


@dataclass(frozen=True)
class Effect:
    """What one element does to the strong candidates: a given one by being left out, a missing one by being filled in
    with one of `tried` values (0: no value to try). `unread` counts the figures of the text that are no rows yet; their
    reaches are those of adopting one of them up to all."""

    key: str
    given: bool
    tried: int
    achievements: Reach
    experts: Reach
    unread: int = 0

    @property
    def name(self) -> str:
        return str(elements.NAMES[self.key])

    @property
    def moves(self) -> int:
        return self.achievements.moves + self.experts.moves


@dataclass(frozen=True)
class Outlook:
    """The counts: `state` says whether the whole pool, a part (`seen` of `total` records) or nothing was counted."""

    state: str
    achievements: int = 0
    experts: int = 0
    seen: int = 0
    total: int = 0
    effects: list[Effect] = field(default_factory=list)

    @property
    def sharpest(self) -> Effect | None:
        """What is advised first: figures that stand in the text already and are no rows yet, then the missing element
        that would move the match most. Never to leave something out."""
        if self.waiting is not None:
            return self.waiting
        missing = [effect for effect in self.effects if not effect.given and effect.moves]
        return max(missing, key=lambda effect: effect.moves, default=None)

    @property
    def waiting(self) -> Effect | None:
        """The indicators, if the text holds figures that were not adopted yet."""
        return next((effect for effect in self.effects if effect.unread), None)

    @property
    def strongest(self) -> Effect | None:
        """The given element without which the match would move most."""
        given = [effect for effect in self.effects if effect.given and effect.moves]
        return max(given, key=lambda effect: effect.moves, default=None)

    @property
    def idle(self) -> list[Effect]:
        """The missing elements that were tried and would change nothing."""
        return [effect for effect in self.effects if not effect.given and effect.tried and not effect.moves]


def look(
    values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], findings: Findings, *, region: str | None, owner: str
) -> Outlook:
    """Count the strong candidates of a need as it is written, as it would be without each of its elements, and with
    values for those it lacks. Some tenths of a second at most once the blocks are there."""
    total = sum(stamp[0] for kind in KINDS for _block, stamp in snapshot.count_stamps(kind, memory.SIZE))
    if total > settings.CLINIC_MOST_RECORDS:
        return Outlook(TOO_LARGE, total=total)
    if not memory.shared.lock.acquire(timeout=memory.SECONDS):
        return Outlook(PARTLY, total=total)  # another request of this process is building; the page asks again
    try:
        blocks, seen, total = memory.shared.ready(KINDS, memory.SECONDS)
        if not blocks:
            return Outlook(NOT_COUNTED, total=total)
        need = snapshot.drafted_profile(values, rows, region=region, owner=owner)
        if seen < total:
            achievements, experts = (len(_strong(blocks[kind], [need])[0]) for kind in KINDS)
            return Outlook(PARTLY, achievements, experts, seen, total)
        return _whole(need, values, findings, blocks, total)
    finally:
        memory.shared.lock.release()


def _strong(blocks: Sequence[Index], needs: Sequence[NeedProfile]) -> list[list[tuple[float, str]]]:
    return snapshot.Counter.strong(blocks, needs)


def _whole(
    need: NeedProfile, values: Mapping[str, Any], findings: Findings, blocks: Mapping[str, list[Index]], total: int
) -> Outlook:
    variants = _variants(need, findings)
    needs = [need, *(variant for _key, _given, variant in variants)]
    per_kind = [_strong(blocks[kind], needs) for kind in KINDS]
    effects = []
    for key in (elements.PROBLEM, elements.INDICATORS, elements.DEADLINE, elements.FUNDS, elements.CONDITIONS):
        tried = [place for place, (name, _given, _variant) in enumerate(variants, 1) if name == key]
        given = next((given for name, given, _variant in variants if name == key), False)
        achievements, experts = (_reach(kind[0], [kind[place] for place in tried]) for kind in per_kind)
        unread = len(findings.proposals) if key == elements.INDICATORS else 0
        effects.append(Effect(key, given, len(tried), achievements, experts, unread))
    return Outlook(COUNTED, len(per_kind[0][0]), len(per_kind[1][0]), total, total, effects)


def _reach(now: list[tuple[float, str]], then: Sequence[list[tuple[float, str]]]) -> Reach:
    """What becomes of the candidates of one kind, each list best first."""
    counts = [len(found) for found in then] or [len(now)]
    first = [key for _score, key in now[:TOP]]
    tops = [[key for _score, key in found[:TOP]] for found in then]
    others = max((len(set(top) - set(first)) for top in tops), default=0)
    moved = max((sum(one != two for one, two in zip_longest(first, top)) for top in tops), default=0)
    return Reach(len(now), min(counts), max(counts), others, moved)


def _variants(need: NeedProfile, findings: Findings) -> list[tuple[str, bool, NeedProfile]]:
    """(element, whether it is given, the need without it or with a value for it)."""
    found: list[tuple[str, bool, NeedProfile]] = []
    if need.problem:
        found.append((elements.PROBLEM, True, replace(need, problem="")))
    if findings.proposals:
        rows = [proposal.row() for proposal in findings.proposals]
        for adopted in dict.fromkeys((1, (len(rows) + 1) // 2, len(rows))):  # nobody knows how many he adopts
            more = snapshot.with_indicators(need, rows[:adopted]).indicators
            found.append((elements.INDICATORS, False, replace(need, indicators=(*need.indicators, *more))))
    elif need.indicators:
        found.append((elements.INDICATORS, True, replace(need, indicators=())))
    if need.due_months:
        found.append((elements.DEADLINE, True, replace(need, due_months=None)))
    else:
        found += [(elements.DEADLINE, False, replace(need, due_months=months)) for months in _MONTHS]
    if need.budget_band not in ("", "b0"):
        found.append((elements.FUNDS, True, replace(need, budget_band="")))
    else:
        bands = [code for code in vocabularies.codes("PRICE_BAND") if code != "b0"]
        found += [(elements.FUNDS, False, replace(need, budget_band=band)) for band in bands]
    if need.coop_modes or need.trl:
        found.append((elements.CONDITIONS, True, replace(need, coop_modes=(), trl=None)))
    else:
        found += [(elements.CONDITIONS, False, replace(need, trl=level)) for level in _LEVELS]
    return found
