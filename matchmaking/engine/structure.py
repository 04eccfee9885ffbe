"""The codes of an index: how far the structural signals lift or lower each target for a need."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.indicators import MET, MISSED, Span, comparable, spans, verdict
from matchmaking.engine.naming import Names
from matchmaking.engine.policy import Policy
from matchmaking.engine.scoring import NamedFit, Scorer
from matchmaking.engine.signals import SIGNALS, Fit, Signal
from matchmaking.engine.types import ExpertProfile, NeedProfile, OfferProfile, Target

Floats = NDArray[np.float64]
_WISH = 0.5
_OUTCOME: dict[int, str] = {MET: "met", MISSED: "missed", 0: "unknown"}
_NOTHING = -2


@dataclass(frozen=True, slots=True)
class NeedCodes:
    """What the signals read from a need: one key a signal, and the comparable indicator lines with their weight."""

    keys: tuple[Hashable, ...]
    wanted: tuple[Span, ...]
    weight: float

    @classmethod
    def of(cls, need: NeedProfile) -> NeedCodes:
        """Read a need."""
        wanted = tuple(spans(need.indicators))
        return cls(tuple(signal.need_key(need) for signal in SIGNALS), wanted, sum(map(_line_weight, wanted)))


@dataclass(frozen=True, slots=True)
class _Column:
    """One signal over all targets: the different keys, and for every target the number of its key (0: absent)."""

    signal: Signal
    keys: tuple[Hashable, ...]
    codes: NDArray[np.int32]
    fits: dict[Hashable, tuple[tuple[Fit | None, ...], Floats]] = field(default_factory=dict)

    @classmethod
    def of(cls, signal: Signal, targets: Sequence[Target]) -> _Column:
        numbers: dict[Hashable, int] = {None: 0}
        codes = [numbers.setdefault(signal.target_key(target), len(numbers)) for target in targets]
        return cls(signal, tuple(numbers), np.asarray(codes, dtype=np.int32))

    def compared(self, key: Hashable, policy: Policy) -> tuple[tuple[Fit | None, ...], Floats]:
        """The fit of a need's key with every different key of the targets; remembered, as keys repeat."""
        if key not in self.fits:
            found = tuple(self.signal.compare(key, other, policy) if other is not None else None for other in self.keys)
            self.fits[key] = found, np.asarray([fit.value if fit else 0.0 for fit in found])
        return self.fits[key]


@dataclass(frozen=True, slots=True)
class _Lines:
    """Comparable indicator lines: which target states them, and their intervals in base units."""

    targets: NDArray[np.int64]
    low: Floats
    high: Floats

    @classmethod
    def of(cls, found: Iterable[tuple[int, Span]]) -> _Lines:
        listed = sorted(found, key=lambda line: line[0])
        return cls(
            np.asarray([at for at, _ in listed], dtype=np.int64),
            np.asarray([span.low for _, span in listed]),
            np.asarray([span.high for _, span in listed]),
        )

    def at(self, positions: NDArray[np.int64]) -> _Lines:
        """The lines of some targets, numbered by their place among them."""
        left, right = (np.searchsorted(self.targets, positions, side=side) for side in ("left", "right"))
        counts = right - left
        lines = np.repeat(left - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        return _Lines(np.repeat(np.arange(len(positions)), counts), self.low[lines], self.high[lines])

    def verdicts(self, want: Span) -> NDArray[np.int64]:
        """`indicators.verdict` for all lines at once."""
        inside = (self.low >= want.low) & (self.high <= want.high)
        missed = (self.low > want.high) | (self.high < want.low)
        if np.isinf(want.high):
            missed |= np.isinf(self.high)
        if np.isinf(want.low):
            missed |= np.isinf(self.low)
        return np.select([inside, missed], [MET, MISSED], 0)


def _firsts(column: _Column) -> NDArray[np.int64]:
    found, first = np.unique(column.codes, return_index=True)
    return first[found > 0].astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Stated(Sequence[tuple[Span, ...]]):
    """The indicators of achievements, read when they are asked for."""

    targets: Sequence[Target]

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, at: Any) -> Any:
        target = self.targets[at]
        return tuple(spans(target.indicators)) if isinstance(target, OfferProfile) else ()


@dataclass(frozen=True, slots=True)
class StructureIndex:
    """The structural signals of all targets, ready to be looked up. `lines` is by measure, then by name,
    `names` finds the names of a measure that are like another one."""

    policy: Policy
    scorer: Scorer
    columns: tuple[_Column, ...]
    offered: Sequence[tuple[Span, ...] | None]
    lines: Mapping[str, Mapping[str, list[tuple[int, Span]]]]
    names: Mapping[str, Names]
    _comparable: dict[tuple[str, str, int], _Lines] = field(default_factory=dict)

    @classmethod
    def build(cls, targets: Sequence[Target], policy: Policy) -> StructureIndex:
        """Collect the keys and the indicator lines of the targets."""
        offered = tuple(
            None if isinstance(target, ExpertProfile) else tuple(spans(target.indicators)) for target in targets
        )
        columns = tuple(_Column.of(signal, targets) for signal in SIGNALS)
        return cls._of(policy, columns, offered, enumerate(offered), experts=None in offered)

    @classmethod
    def mapped(cls, targets: Sequence[Target], policy: Policy, arrays: Mapping[str, NDArray[Any]]) -> StructureIndex:
        """The same of very many achievements, from what `arrays` gave; only who states an indicator is read."""
        columns, firsts = [], np.split(arrays["firsts"], arrays["ends"][:-1])
        for signal, codes, first in zip(SIGNALS, arrays["codes"], firsts, strict=True):
            columns.append(_Column(signal, (None, *(signal.target_key(targets[at]) for at in first)), codes))
        offered = _Stated(targets)
        stating = ((at, offered[at]) for at in arrays["stating"].tolist())
        return cls._of(policy, tuple(columns), offered, stating, experts=False)

    @classmethod
    def _of(
        cls,
        policy: Policy,
        columns: tuple[_Column, ...],
        offered: Sequence[tuple[Span, ...] | None],
        stating: Iterable[tuple[int, tuple[Span, ...] | None]],
        *,
        experts: bool,
    ) -> StructureIndex:
        lines: dict[str, dict[str, list[tuple[int, Span]]]] = {}
        for at, found in stating:
            for span in found or ():
                lines.setdefault(span.measure, {}).setdefault(span.name, []).append((at, span))
        names = {measure: Names.of(named) for measure, named in lines.items()}
        return cls(policy, Scorer.of(policy, experts=experts), columns, offered, lines, names)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The numbers of the keys (signals, targets), for every key the first target that has it, one signal after the
        other with their ends, and who states an indicator that can be compared."""
        firsts = [_firsts(column) for column in self.columns]
        return {
            "codes": np.stack([column.codes for column in self.columns]),
            "firsts": np.concatenate(firsts),
            "ends": np.cumsum([len(one) for one in firsts]),
            "stating": np.flatnonzero([bool(found) for found in self.offered]),
        }

    def lift(self, codes: NeedCodes, positions: NDArray[np.int64] | None = None) -> Floats:
        """Sum of weight x fit for every target or for some, the signals added in one order."""
        lift = np.zeros(len(self.offered) if positions is None else len(positions))
        for column, key in zip(self.columns, codes.keys, strict=True):
            if key is not None:
                _, values = column.compared(key, self.policy)
                lift += (
                    self.scorer.weights[column.signal.name]
                    * values[column.codes if positions is None else column.codes[positions]]
                )
        if codes.wanted and self.lines:
            lift += self.scorer.weights["indicators"] * self._indicator_fits(codes, positions)
        return lift

    def fits(self, codes: NeedCodes, positions: Sequence[int]) -> list[list[NamedFit]]:
        """The same fits for each of some targets, with the codes that explain them."""
        found: list[list[NamedFit]] = [[] for _ in positions]
        for column, key in zip(self.columns, codes.keys, strict=True):
            if key is not None:
                name, compared = column.signal.name, column.compared(key, self.policy)[0]
                for listed, code in zip(found, column.codes[positions].tolist(), strict=True):
                    fit = compared[code]
                    if fit is not None:
                        listed.append((name, fit.value, fit.params))
        if codes.wanted:
            for listed, at in zip(found, positions, strict=True):
                offered = self.offered[at]
                if offered is not None:
                    listed.append(("indicators", *compare_indicators(codes, offered)))
        return found

    def _indicator_fits(self, codes: NeedCodes, positions: NDArray[np.int64] | None) -> Floats:
        """Share of the wanted lines that is met minus the share that is missed, for every target or for some."""
        count = len(self.offered) if positions is None else len(positions)
        summed = np.zeros(count)
        for want in codes.wanted:
            lines = self._lines(want) if positions is None else self._lines(want).at(positions)
            best = np.full(count, _NOTHING)
            np.maximum.at(best, lines.targets, lines.verdicts(want))
            summed += np.where(best > _NOTHING, best, 0) * _line_weight(want)
        return summed / codes.weight

    def _lines(self, want: Span) -> _Lines:
        """The lines of all targets that speak of what is wanted; remembered, as names repeat."""
        key = want.measure, want.name, want.side
        if key not in self._comparable:
            named = self.lines.get(want.measure, {})
            names = self.names[want.measure].like(want.name) if named else []
            self._comparable[key] = _Lines.of(
                line for name in names for line in named[name] if comparable(want, line[1])
            )
        return self._comparable[key]


def compare_indicators(codes: NeedCodes, offered: tuple[Span, ...]) -> tuple[float, Mapping[str, object]]:
    """Share of the wanted lines met minus the share missed (a wish counts half), and every line with its outcome.

    Of several comparable lines of the offer the most favourable one counts. `lines` holds for every wanted line
    (name, "met" | "missed" | "unknown", value wanted, value offered or "", whether it is a must).
    """
    summed = 0.0
    lines = []
    counts = {"met": 0, "missed": 0, "unknown": 0}
    for want in codes.wanted:
        best, stated = _NOTHING, ""
        for span in offered:
            if comparable(want, span):
                found = verdict((want.low, want.high), (span.low, span.high))
                if found > best:
                    best, stated = found, span.line
        outcome = best if best > _NOTHING else 0
        summed += outcome * _line_weight(want)
        counts[_OUTCOME[outcome]] += 1
        lines.append((want.label, _OUTCOME[outcome], want.line, stated, want.must))
    return summed / codes.weight, {**counts, "lines": tuple(lines)}


def _line_weight(span: Span) -> float:
    return 1.0 if span.must else _WISH
