"""Weights to total: one formula, the same for one pair and for a matrix of pairs.

    score = text x (1 + sum of weight x fit) / (1 + sum of weights)

The words decide and the structure leans: codes can lift or lower what the words found, never make a match out
of nothing. Raising any fit, or the text score, never lowers the total; the parts of the sum are the
contributions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.policy import Policy
from matchmaking.engine.types import Reason

Value = TypeVar("Value", float, NDArray[np.float64])


def weights_of(policy: Policy) -> dict[str, float]:
    """The weight of every structural signal, in the one order in which they are added up."""
    return asdict(policy.signals)


def ceiling_of(policy: Policy) -> float:
    """What a full text score with every signal at its best would reach before division."""
    return 1.0 + sum(weights_of(policy).values())


def total(text: Value, lift: Value, ceiling: float) -> Value:
    """The score in [0, 1]; `lift` is the sum of weight x fit over the signals present, added in their
    order."""
    return text * (1.0 + lift) / ceiling


def signal_reasons(
    text: float, fits: Iterable[tuple[str, float, Mapping[str, object]]], policy: Policy
) -> list[Reason]:
    """One reason for every signal that moves the score: strongest support first, strongest objection last.

    The indicator signal is reported even when it moves nothing: "unknown" is worth saying.
    """
    weights, ceiling = weights_of(policy), ceiling_of(policy)
    reasons = [
        Reason(name, text * weights[name] * value / ceiling, params)
        for name, value, params in fits
        if value != 0.0 or name == "indicators"
    ]
    return sorted(reasons, key=lambda reason: (-reason.contribution, reason.signal))
