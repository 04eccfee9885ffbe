"""What would move a pair above or below a line: every single change of what the two records state, the smallest first.

A change is one thing stated otherwise by one side: a level of maturity, a price, a term, a way of cooperation, a place,
a field, one indicator. The texts stay as they are, except that an indicator is also a line of text. Every change that
is reported was scored with the changed record; nothing is estimated.

    pair = Pair.of(need, target, model, policy)
    found = pair.smallest(line, bands=("b1", ..., "b7"))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from matchmaking.engine.fields import offer_texts
from matchmaking.engine.indicators import MET, Span, comparable, spans, verdict
from matchmaking.engine.model import Model
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.structure import StructureIndex
from matchmaking.engine.types import Candidate, ExpertProfile, Indicator, NeedProfile, Operator, Target
from matchmaking.engine.weighing import Remembering

# What is changed most easily comes first among changes of the same size.
KINDS = ("price", "budget", "deadline", "modes", "maturity", "indicator", "region", "industry", "field")
HIGHEST_LEVEL = 9
MONTHS_A_STEP = 3
MOST_MONTHS = 36
_NEGOTIABLE = ("", "b0")
# A code that is like no other one: another field, another place.
_ELSEWHERE = "~"
_OPEN = "open"
# With the words scored too, an indicator costs as much as a pair.
_INDICATORS_TRIED = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One thing stated otherwise. `before` and `after` are codes, numbers or, for places and fields, how close they are
    (2 same, 1 near, 0 apart, None not stated); `need` and `target` are the records as changed."""

    kind: str
    side: str
    steps: int
    before: object
    after: object
    need: NeedProfile
    target: Target
    score: float = 0.0


Crossing = Callable[[Change, float], bool]


@dataclass(frozen=True, slots=True)
class Changes:
    """The smallest change of every kind that crosses the line, the smallest of all first; `tried` names the kinds that
    could be changed at all. `worded`: more than single characters carries the pair as it is; without it no score is
    above the line."""

    above: bool
    worded: bool
    found: tuple[Change, ...]
    tried: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """One need and one target under a model and a policy, ready to be scored again and again as their codes change."""

    need: NeedProfile
    target: Target
    model: Model
    policy: Policy
    index: Index
    weigher: Remembering
    _built: dict[Target, Index] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, need: NeedProfile, target: Target, model: Model, policy: Policy) -> Pair:
        """Weigh both. The score is that of any index that holds the target, bit for bit."""
        weigher = Remembering(model, policy)
        return cls(need, target, model, policy, Index.build([target], model, policy, weigher=weigher), weigher)

    def candidate(self, *, refused: bool = False) -> Candidate:
        """The pair with its reasons; `refused`: it was decided against before."""
        pairs = [(self.need.key, self.target.key)] if refused else []
        return self.index.score_pairs([(self.need, self.target.key)], exclude=pairs)[0]

    def score(self, need: NeedProfile, target: Target) -> float:
        """The score of the pair with its records changed. Only changed words are weighed again."""
        if target is self.target:
            index = self.index
        elif _texts(target) == _texts(self.target):
            return self._with_these_words(need, target)
        else:
            index = self._index_of(target)
        return index.score_pairs([(need, target.key)], explain=False)[0].score

    def _index_of(self, target: Target) -> Index:
        """An index of the target alone; built once, as its score and what carries it are asked one after the other."""
        if target not in self._built:
            self._built[target] = Index.build([target], self.model, self.policy, weigher=self.weigher)
        return self._built[target]

    def _with_these_words(self, need: NeedProfile, target: Target) -> float:
        """The score with the codes of another target and the words of this one."""
        structure = StructureIndex.build((target,), self.policy)
        index = replace(self.index, targets=(target,), structure=structure)
        return index.score_pairs([(need, target.key)], explain=False)[0].score

    def smallest(self, line: float, *, bands: Sequence[str], beyond: bool = False) -> Changes:
        """The changes that take the pair to the line from below, or below it from above.

        `bands` are the bands of money in their order; `beyond`: the line itself is taken, as by the last one of a list.
        """

        worded = self.index.carries(self.need, self.target.key)

        def passes(need: NeedProfile, target: Target, score: float) -> bool:
            far = score > line if beyond else score >= line and score > 0.0
            return far and (
                worded if _texts(target) == _texts(self.target) else self._index_of(target).carries(need, target.key)
            )

        above = passes(self.need, self.target, self.score(self.need, self.target))
        found, tried = [], []
        for kind in KINDS:
            steps = list(_LADDERS[kind](self.need, self.target, not above, tuple(bands)))
            if steps:
                tried.append(kind)
            crossing = self._first_crossing(
                kind, steps, lambda step, score: passes(step.need, step.target, score) != above, up=not above
            )
            if crossing is not None:
                found.append(crossing)
        found.sort(key=lambda change: (change.steps, KINDS.index(change.kind)))
        return Changes(above, worded, tuple(found), tuple(tried))

    def _first_crossing(self, kind: str, steps: list[Change], crosses: Crossing, *, up: bool) -> Change | None:
        if kind == "indicator":
            # One line is as small as another: those that move the codes most are scored first.
            codes = [self._with_these_words(step.need, step.target) for step in steps]
            order = sorted(range(len(steps)), key=codes.__getitem__, reverse=up)
            steps = [steps[at] for at in order[:_INDICATORS_TRIED]]
        elif not steps or not crosses(steps[-1], self.score(steps[-1].need, steps[-1].target)):
            return None  # more of a signal never lowers the score, so the last step is the one that moves most
        for step in steps:
            score = self.score(step.need, step.target)
            if crosses(step, score):
                return replace(step, score=score)
        return None


def _texts(target: Target) -> object:
    return target.documents if isinstance(target, ExpertProfile) else offer_texts(target)


# --- The ladders: one kind of change, step by step from the smallest -------------------------------------------------

Ladder = Callable[[NeedProfile, Target, bool, tuple[str, ...]], Iterator[Change]]


def _maturity(need: NeedProfile, target: Target, up: bool, bands: tuple[str, ...]) -> Iterator[Change]:
    if isinstance(target, ExpertProfile) or not need.trl:
        return
    level = target.trl
    if level is None:
        levels: Iterable[int] = range(1, HIGHEST_LEVEL + 1) if up else ()
    else:
        levels = range(level + 1, min(HIGHEST_LEVEL, need.trl) + 1) if up else range(level - 1, 0, -1)
    for one in levels:
        yield Change("maturity", "target", abs(one - level) if level else 1, level, one, need, replace(target, trl=one))


def _price(need: NeedProfile, target: Target, up: bool, bands: tuple[str, ...]) -> Iterator[Change]:
    if isinstance(target, ExpertProfile) or need.budget_band not in bands:
        return
    for steps, band in _bands(target.price_band, need.budget_band, bands, higher=not up, stating=up):
        changed = replace(target, price_band=band)
        yield Change("price", "target", steps, target.price_band, band, need, changed)


def _budget(need: NeedProfile, target: Target, up: bool, bands: tuple[str, ...]) -> Iterator[Change]:
    if isinstance(target, ExpertProfile) or target.price_band not in bands:
        return
    for steps, band in _bands(need.budget_band, target.price_band, bands, higher=up, stating=up):
        yield Change("budget", "need", steps, need.budget_band, band, replace(need, budget_band=band), target)


def _bands(now: str, other: str, bands: tuple[str, ...], *, higher: bool, stating: bool) -> Iterator[tuple[int, str]]:
    """Step by step from the band now stated; nothing stated yet: the one that suits the other side."""
    if now in _NEGOTIABLE or now not in bands:
        if stating and other not in _NEGOTIABLE:
            yield 1, other
        return
    at = bands.index(now)
    chosen = bands[at + 1 :] if higher else bands[:at][::-1]
    yield from enumerate((band for band in chosen if band not in _NEGOTIABLE), start=1)


def _deadline(need: NeedProfile, target: Target, up: bool, bands: tuple[str, ...]) -> Iterator[Change]:
    if isinstance(target, ExpertProfile) or not (need.trl and need.due_months and target.trl):
        return
    for steps in range(1, MOST_MONTHS // MONTHS_A_STEP + 1):
        months = need.due_months + (steps if up else -steps) * MONTHS_A_STEP
        if months < 1:
            return
        yield Change("deadline", "need", steps, need.due_months, months, replace(need, due_months=months), target)


def _modes(need: NeedProfile, target: Target, up: bool, bands: tuple[str, ...]) -> Iterator[Change]:
    wanted = tuple(mode for mode in need.coop_modes if mode != _OPEN)
    if isinstance(target, ExpertProfile) or not wanted:
        return
    common = tuple(mode for mode in target.coop_modes if mode in wanted)
    if up and not common:
        mode = wanted[0]
        yield Change("modes", "target", 1, (), (mode,), need, replace(target, coop_modes=(*target.coop_modes, mode)))
    if not up and common:
        left = tuple(mode for mode in target.coop_modes if mode not in wanted)
        yield Change("modes", "target", 1, common, (), need, replace(target, coop_modes=left))


def _closer(kind: str) -> Ladder:
    """Closer to the need's code in a hierarchical table, or farther from it, level by level."""

    def ladder(need: NeedProfile, target: Target, up: bool, bands: tuple[str, ...]) -> Iterator[Change]:
        code = {"region": need.region, "industry": need.industry, "field": need.tech_field}[kind]
        if not code:
            return
        broad = 1 if kind == "industry" and code[0].isalpha() else 2
        codes = _codes(kind, target)
        now = max((2 if one == code else 1 if one[:broad] == code[:broad] else 0 for one in codes), default=None)
        apart = tuple(one for one in codes if one[:broad] != code[:broad])
        levels = range((now or 0) + 1, 3) if up else range((now or 0) - 1, -1, -1)
        for level in levels:
            if level == 1 and len(code) <= broad:
                continue  # nothing is near a code of the first level without being it
            placed = (_ELSEWHERE, code[:broad] + _ELSEWHERE, code)[level]
            changed = _restated(kind, target, (*(codes if up else apart), placed))
            yield Change(kind, "target", abs(level - (now or 0)), now, level, need, changed)

    return ladder


def _codes(kind: str, target: Target) -> tuple[str, ...]:
    if isinstance(target, ExpertProfile):
        return {"region": target.regions, "industry": target.industries, "field": target.fields}[kind]
    if kind == "industry":
        return target.applications
    code = target.region if kind == "region" else target.tech_field
    return (code,) if code else ()


def _restated(kind: str, target: Target, codes: tuple[str, ...]) -> Target:
    """The target with these codes; where it states one only, the last of them."""
    if isinstance(target, ExpertProfile):
        changes: dict[str, Any] = {{"region": "regions", "industry": "industries", "field": "fields"}[kind]: codes}
    elif kind == "industry":
        changes = {"applications": codes}
    else:
        changes = {"region" if kind == "region" else "tech_field": codes[-1]}
    return replace(target, **changes)


def _indicator(need: NeedProfile, target: Target, up: bool, bands: tuple[str, ...]) -> Iterator[Change]:
    """The offer states one wanted line as wanted, or states it so that it is missed."""
    if isinstance(target, ExpertProfile):
        return
    for line in need.indicators:
        want = next(spans([line]), None)
        if want is None:
            continue
        own = [one for one in target.indicators if _speaks_of(want, one)]
        met = any(_verdict(want, one) == MET for one in own)
        if up and not met:
            changed = replace(target, indicators=(*target.indicators, replace(line, must=True)))
            yield Change("indicator", "target", 1, _said(own), (want.label, want.line), need, changed)
        if not up and met:
            missed = [_missed(one, line) if one in own else one for one in target.indicators]
            changed = replace(target, indicators=tuple(missed))
            yield Change("indicator", "target", 1, _said(own), (want.label, want.line), need, changed)


def _speaks_of(want: Span, line: Indicator) -> bool:
    span = next(spans([line]), None)
    return span is not None and comparable(want, span)


def _verdict(want: Span, line: Indicator) -> int:
    span = next(spans([line]))
    return verdict((want.low, want.high), (span.low, span.high))


def _said(lines: Sequence[Indicator]) -> str:
    return next((span.line for span in spans(lines)), "")


def _missed(line: Indicator, wanted: Indicator) -> Indicator:
    """The line on the far side of the value wanted."""
    operator: Operator = "gt" if wanted.operator in ("le", "lt") else "lt"
    return replace(line, operator=operator, value=wanted.value, value_high=None, unit=wanted.unit)


_LADDERS: dict[str, Ladder] = {
    "price": _price,
    "budget": _budget,
    "deadline": _deadline,
    "modes": _modes,
    "maturity": _maturity,
    "indicator": _indicator,
    "region": _closer("region"),
    "industry": _closer("industry"),
    "field": _closer("field"),
}
