"""Weights to total: one formula, the same for one pair and for a matrix of pairs.

    score = text x (1 + sum of weight x fit) / (1 + sum of weights)

The words decide and the structure leans: codes can lift or lower what the words found, never make a match out of
nothing. Raising any fit, or the text score, never lowers the total; the parts of the sum are the contributions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.policy import Policy
from matchmaking.engine.types import Reason

Value = TypeVar("Value", float, NDArray[np.float64])
NamedFit = tuple[str, float, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Scorer:
    """The weights of a policy, laid out once. `ceiling` is what a full text score with every fit at its best gets."""

    weights: Mapping[str, float]
    ceiling: float

    @classmethod
    def of(cls, policy: Policy) -> Scorer:
        """The scorer of a policy; signals keep the order of the policy, in which they are always added up."""
        weights = asdict(policy.signals)
        return cls(weights, 1.0 + sum(weights.values()))

    def total(self, text: Value, lift: Value) -> Value:
        """The score in [0, 1]; `lift` is the sum of weight x fit over the signals present, added in their order."""
        return text * (1.0 + lift) / self.ceiling

    def reasons(self, text: float, fits: Iterable[NamedFit]) -> list[Reason]:
        """One reason for every signal that moves the score: strongest support first, strongest objection last.

        The indicator signal is reported even when it moves nothing: "unknown" is worth saying.
        """
        unit = text / self.ceiling
        reasons = [
            Reason(name, unit * self.weights[name] * value, params)
            for name, value, params in fits
            if value != 0.0 or name == "indicators"
        ]
        return sorted(reasons, key=lambda reason: (-reason.contribution, reason.signal))
