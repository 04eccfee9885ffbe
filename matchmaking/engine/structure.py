"""The codes of an index: how far the structural signals lift or lower each target for a need."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.indicators import (
    MET,
    MISSED,
    Span,
    comparable_names,
    spans,
    value_line,
    verdict,
)
from matchmaking.engine.policy import Policy
from matchmaking.engine.scoring import weights_of
from matchmaking.engine.signals import SIGNALS, Signal
from matchmaking.engine.types import ExpertProfile, NeedProfile, Target

Floats = NDArray[np.float64]
NamedFit = tuple[str, float, Mapping[str, object]]
_WISH = 0.5
_OUTCOME: dict[int, str] = {MET: "met", MISSED: "missed", 0: "unknown"}


@dataclass(frozen=True, slots=True)
class _Column:
    """One signal over all targets: the different keys, and for every target the number of its key (0:
    absent)."""

    signal: Signal
    keys: tuple[Hashable, ...]
    codes: NDArray[np.int32]
    known: dict[Hashable, Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, signal: Signal, targets: Sequence[Target]) -> _Column:
        numbers: dict[Hashable, int] = {None: 0}
        codes = [numbers.setdefault(signal.target_key(target), len(numbers)) for target in targets]
        return cls(signal, tuple(numbers), np.asarray(codes, dtype=np.int32))

    def fits(self, key: Hashable, policy: Policy) -> Floats:
        """The fit of a need's key with every target."""
        if key not in self.known:
            found = [self.signal.compare(key, other, policy) if other is not None else None for other in self.keys]
            self.known[key] = np.asarray([fit.value if fit else 0.0 for fit in found])
        return self.known[key][self.codes]


@dataclass(frozen=True, slots=True)
class _Lines:
    """All comparable indicator lines of one name and measure: which target states them, and the interval."""

    targets: NDArray[np.int32]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class StructureIndex:
    """The structural signals of all targets, ready to be looked up."""

    targets: Sequence[Target]
    policy: Policy
    columns: tuple[_Column, ...]
    lines: Mapping[str, Mapping[str, _Lines]]

    @classmethod
    def build(cls, targets: Sequence[Target], policy: Policy) -> StructureIndex:
        """Collect the keys and the indicator lines of the targets."""
        grouped: dict[str, dict[str, list[tuple[int, Span]]]] = {}
        for at, target in enumerate(targets):
            if not isinstance(target, ExpertProfile):
                for span in spans(target.indicators):
                    grouped.setdefault(span.measure, {}).setdefault(span.name, []).append((at, span))
        lines = {
            measure: {
                name: _Lines(np.asarray([at for at, _ in found], dtype=np.int32), tuple(span for _, span in found))
                for name, found in names.items()
            }
            for measure, names in grouped.items()
        }
        return cls(targets, policy, tuple(_Column.of(signal, targets) for signal in SIGNALS), lines)

    def lift(self, need: NeedProfile) -> Floats:
        """Sum of weight x fit for every target, the signals added in the order of the policy."""
        weights = weights_of(self.policy)
        lift = np.zeros(len(self.targets))
        for column in self.columns:
            key = column.signal.need_key(need)
            if key is not None:
                lift += weights[column.signal.name] * column.fits(key, self.policy)
        wanted = tuple(spans(need.indicators))
        if wanted and self.lines:
            lift += weights["indicators"] * self._indicator_fits(wanted)
        return lift

    def fits(self, need: NeedProfile, at: int) -> list[NamedFit]:
        """The same fits for one target, with the codes that explain them, in the same order."""
        target = self.targets[at]
        found: list[NamedFit] = []
        for column in self.columns:
            key, other = column.signal.need_key(need), column.signal.target_key(target)
            if key is not None and other is not None:
                fit = column.signal.compare(key, other, self.policy)
                if fit is not None:
                    found.append((column.signal.name, fit.value, fit.params))
        wanted = tuple(spans(need.indicators))
        if wanted and not isinstance(target, ExpertProfile):
            found.append(("indicators", *compare_indicators(wanted, tuple(spans(target.indicators)))))
        return found

    def _indicator_fits(self, wanted: tuple[Span, ...]) -> Floats:
        """Share of the wanted lines that is met minus the share that is missed, for every target."""
        summed = np.zeros(len(self.targets))
        for want in wanted:
            best = np.full(len(self.targets), -2, dtype=np.int8)
            for name, lines in self.lines.get(want.measure, {}).items():
                if comparable_names(want.name, name):
                    verdicts = [verdict((want.low, want.high), (span.low, span.high)) for span in lines.spans]
                    np.maximum.at(best, lines.targets, np.asarray(verdicts, dtype=np.int8))
            summed += np.where(best > -2, best, 0) * _line_weight(want)
        return summed / sum(_line_weight(want) for want in wanted)


def compare_indicators(wanted: tuple[Span, ...], offered: tuple[Span, ...]) -> tuple[float, Mapping[str, object]]:
    """Share of the wanted lines met minus the share missed (a wish counts half), and every line with its
    outcome.

    Of several comparable lines of the offer the most favourable one counts. Each line of `lines` is
    (name, outcome, value wanted, value offered or ""), must or wish last.
    """
    summed = 0.0
    lines = []
    for want in wanted:
        best: tuple[int, str] = (-2, "")
        for span in offered:
            if span.measure == want.measure and comparable_names(want.name, span.name):
                found = verdict((want.low, want.high), (span.low, span.high))
                if found > best[0]:
                    best = (found, value_line(span.source))
        outcome = best[0] if best[0] > -2 else 0
        summed += outcome * _line_weight(want)
        lines.append((want.source.name, _OUTCOME[outcome], value_line(want.source), best[1], want.must))
    counts = {name: sum(line[1] == name for line in lines) for name in ("met", "missed", "unknown")}
    value = summed / sum(_line_weight(want) for want in wanted)
    return value, {**counts, "lines": tuple(lines)}


def _line_weight(span: Span) -> float:
    return 1.0 if span.must else _WISH
