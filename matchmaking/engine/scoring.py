"""From texts and codes to one score, by one formula for one pair and for a matrix of pairs.

    z        = the readings of the texts in standard deviations, see `references`, less the hub of the target
    evidence = (z + sqrt(z^2 + 4)) / 2            z, but never negative and never flat
    strength = evidence x (1 + sum of weight x fit)
    score    = strength / (strength + half)

A deviation is one among the targets of a frozen sample. A need of two words and one of two pages get comparable scores
by it, which a floor requires. The words decide and the structure leans: codes lift or lower what the texts found, and
never make a match out of nothing. Raising any fit, or the texts, never lowers the score. The parts of the strength
divided by (strength + half) are the contributions, and add up to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.policy import Policy
from matchmaking.engine.types import Reason

Floats = NDArray[np.float64]
NamedFit = tuple[str, float, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Scorer:
    """The weights of a policy, laid out once; signals keep its order, in which they are always added up."""

    weights: Mapping[str, float]
    half: float

    @classmethod
    def of(cls, policy: Policy, *, experts: bool) -> Scorer:
        """The scorer of a policy for achievements or for experts."""
        if experts:
            return cls(asdict(policy.expert_signals), policy.expert_half_evidence)
        return cls(asdict(policy.signals), policy.half_evidence)

    def evidence(self, deviations: Floats, shared: NDArray[np.bool_]) -> Floats:
        """The evidence of the texts for one need; 0 where no word is shared."""
        return np.where(shared, evidence_of(np.where(shared, deviations, 0.0)), 0.0)

    def score(self, evidence: Floats, lift: Floats) -> Floats:
        """The score in [0, 1); `lift` is the sum of weight x fit over the signals present, added in their order."""
        strength = evidence * (1.0 + lift)
        return strength / (strength + self.half)

    def unit(self, evidence: float, fits: Sequence[NamedFit]) -> float:
        """What the words contribute to the score of a pair; a signal contributes this times weight x fit."""
        lift = sum(self.weights[name] * value for name, value, _ in fits)
        return evidence / (evidence * (1.0 + lift) + self.half)

    def reasons(self, unit: float, fits: Sequence[NamedFit]) -> list[Reason]:
        """One reason for every signal that moves the score: strongest support first, strongest objection last.

        The indicator signal is reported even when it moves nothing: "unknown" is worth saying.
        """
        reasons = [
            Reason(name, unit * self.weights[name] * value, params)
            for name, value, params in fits
            if value != 0.0 or name == "indicators"
        ]
        return sorted(reasons, key=lambda reason: (-reason.contribution, reason.signal))


def evidence_of(deviations: Floats) -> Floats:
    """The evidence of readings in standard deviations; it grows with them everywhere."""
    result: Floats = (deviations + np.sqrt(deviations * deviations + 4.0)) * 0.5
    return result
