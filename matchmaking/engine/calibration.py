"""From a score to the probability of a strong fit, learned from graded pairs and frozen as a staircase of knots.

Isotonic regression (Barlow, Bartholomew, Bremner, Brunk 1972; pool adjacent violators as in scipy) on the graded pairs
gives the share of strong ones at every score. A step states its share from its lowest score to its highest one, and is
joined to the next one by a straight line, so that close scores get close probabilities; lines between the middles of
wide steps would state too much for most of what is weak. Every step must hold `LEAST_PAIRS` pairs and is drawn towards
the share of all pairs by `PRIOR_PAIRS` imagined ones: a probability of 0 or 1 is never stated. One half and more is
stated only from `CAUTIOUS` of the pairs of its step on: a need without an answer is nearly always found at the lower
edge of such a step.

The band of a probability is the Wilson interval of its step (Wilson 1927), 90 %.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.beginning import Steps

LEAST_PAIRS = 10
PRIOR_PAIRS = 2.0
CAUTIOUS = 0.2
_CERTAIN = 0.5
LEAST_GRADED = 200
_Z = 1.6448536269514722  # 90 %, both sides


@dataclass(frozen=True, slots=True)
class Knot:
    """An end of a step of the staircase: a score, the share of strong ones of the step, and how many pairs it has."""

    score: float
    probability: float
    pairs: int


@dataclass(frozen=True, slots=True)
class Stated:
    """A probability with its band."""

    probability: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The staircase, ascending in score and probability."""

    knots: tuple[Knot, ...]

    def state(self, score: float) -> Stated:
        """The probability of a strong fit at a score, with its band."""
        probability, pairs = self._at(score)
        return Stated(probability, *_band(probability, pairs))

    def probability(self, score: float) -> float:
        """The probability of a strong fit at a score."""
        return self._at(score)[0]

    def _at(self, score: float) -> tuple[float, int]:
        """The probability at a score, and of how many pairs it is known."""
        right = bisect_right(self.knots, score, key=attrgetter("score"))
        if right == 0 or right == len(self.knots):
            knot = self.knots[min(right, len(self.knots) - 1)]
            return knot.probability, knot.pairs
        below, above = self.knots[right - 1], self.knots[right]
        share = (score - below.score) / (above.score - below.score)
        probability = below.probability + share * (above.probability - below.probability)
        return probability, min(below.pairs, above.pairs)

    def least_score(self, probability: float) -> float:
        """The lowest score that states the probability or more; infinite where none does."""
        above = next((at for at, knot in enumerate(self.knots) if knot.probability >= probability), None)
        if above is None:
            return math.inf
        if above == 0:
            return 0.0
        low, high = self.knots[above - 1], self.knots[above]
        share = (probability - low.probability) / (high.probability - low.probability)
        score = low.score + share * (high.score - low.score)
        while self.probability(score) < probability:  # the last bit
            score = math.nextafter(score, math.inf)
        return score

    def as_steps(self) -> Steps:
        """The knots as plain values of a policy."""
        return tuple((knot.score, knot.probability, knot.pairs) for knot in self.knots)

    @classmethod
    def from_steps(cls, steps: Steps) -> Calibration:
        """The reverse of `as_steps`. Raises ValueError when the knots do not ascend."""
        return cls.from_json(json.dumps(steps))

    def to_json(self) -> str:
        """A canonical form."""
        return json.dumps([[knot.score, knot.probability, knot.pairs] for knot in self.knots])

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """The reverse of `to_json`. Raises ValueError when the knots do not ascend."""
        knots = tuple(Knot(float(score), float(share), int(pairs)) for score, share, pairs in json.loads(text))
        scores = [knot.score for knot in knots]
        shares = [knot.probability for knot in knots]
        if not knots or scores != sorted(set(scores)) or shares != sorted(shares):
            raise ValueError("the knots of a calibration must ascend")
        return cls(knots)


def calibrate(scores: Sequence[float], strong: Sequence[bool]) -> Calibration | None:
    """Fit the staircase on graded pairs; None while there are fewer than `LEAST_GRADED` of them, or all alike.

    Raises ValueError when the two sequences differ in length. The order of the pairs does not matter.
    """
    if len(scores) != len(strong):
        raise ValueError("every score needs its outcome")
    if len(scores) < LEAST_GRADED or len(set(strong)) < 2:
        return None
    levels, places, counts = np.unique(np.asarray(scores, dtype=np.float64), return_inverse=True, return_counts=True)
    hits = np.bincount(places, weights=np.asarray(strong, dtype=np.float64))
    overall = float(hits.sum() / counts.sum())
    steps: list[_Step] = []
    for start, end in pairwise(_bounds(hits / counts, counts)):
        found = _Step(start, end, float(hits[start:end].sum()), int(counts[start:end].sum()))
        while steps and steps[-1].share(overall) >= found.share(overall):  # drawing can lift one above the next
            below = steps.pop()
            found = _Step(below.start, end, below.hits + found.hits, below.pairs + found.pairs)
        steps.append(found)
    before = np.concatenate(([0], np.cumsum(counts)))
    return Calibration(tuple(knot for step in steps for knot in _ends(step, step.share(overall), levels, before)))


@dataclass(frozen=True, slots=True)
class _Step:
    """The scores from `start` to before `end`, ascending, their strong pairs and all their pairs."""

    start: int
    end: int
    hits: float
    pairs: int

    def share(self, overall: float) -> float:
        """The share of strong pairs, drawn towards that of all pairs."""
        return (self.hits + PRIOR_PAIRS * overall) / (self.pairs + PRIOR_PAIRS)


def _ends(step: _Step, share: float, levels: NDArray[np.float64], before: NDArray[np.int64]) -> list[Knot]:
    """Where a step begins and ends to state its share; `before` counts the pairs below each score."""
    first, last = step.start, step.end - 1
    if share >= _CERTAIN:
        wanted = before[first] + CAUTIOUS * (step.pairs - 1)
        first = int(np.searchsorted(before, wanted, side="right")) - 1
    return [Knot(float(levels[at]), share, step.pairs) for at in dict.fromkeys((first, last))]


def _bounds(shares: NDArray[np.float64], counts: NDArray[np.int64]) -> list[int]:
    """Where the steps of the isotonic regression over different scores begin, and the end; small ones joined to the
    one above, the last to the one below."""
    from scipy.optimize import isotonic_regression  # two thirds of what the engine loads, for who fits alone

    fitted = isotonic_regression(shares, weights=counts).x
    bounds = [0]
    for edge in [*(np.flatnonzero(fitted[1:] > fitted[:-1]) + 1).tolist(), len(counts)]:
        if counts[bounds[-1] : edge].sum() >= LEAST_PAIRS:
            bounds.append(edge)
    bounds[-1] = len(counts)
    return bounds if len(bounds) > 1 else [0, len(counts)]


def _band(probability: float, pairs: int) -> tuple[float, float]:
    """The Wilson interval of a share of that many pairs."""
    centre = probability + _Z * _Z / (2 * pairs)
    spread = _Z * math.sqrt(probability * (1 - probability) / pairs + _Z * _Z / (4 * pairs * pairs))
    scale = 1 + _Z * _Z / pairs
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
