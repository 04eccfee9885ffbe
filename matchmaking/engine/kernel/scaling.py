"""Readings brought to standard deviations and the best of a sample, in one walk instead of one for every step.

Every number goes through the same operations in the same order as in `references`, so the bits are the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from matchmaking.engine.kernel.compiled import compiled

Array = Any  # numba infers the types; numpy's own are checked at the callers


@compiled
def add(found: Array, means: Array, spreads: Array, share: float, sums: Array) -> None:
    """Add one reading (needs, rows) in standard deviations, times its share; `means` and `spreads` by need."""
    for need in range(found.shape[0]):
        mean, spread, line, total = means[need], spreads[need], found[need], sums[need]
        for row in range(len(line)):
            total[row] += share * ((line[row] - mean) / spread)


@compiled
def best_sums(scores: Array, kept: int, sums: Array) -> None:
    """For every column the sum of its `kept` largest values, the smallest first; what is infinite counts as nothing.

    There are more than `kept` rows.
    """
    asking, targets = scores.shape
    best = np.full((targets, kept), -np.inf)
    bars = np.full(targets, -np.inf)
    for number in range(asking):
        line = scores[number]
        for target in range(targets):
            value = 0.0 if np.isinf(line[target]) else line[target]
            if value > bars[target]:
                held, at = best[target], 0
                while at + 1 < kept and held[at + 1] < value:
                    held[at] = held[at + 1]
                    at += 1
                held[at] = value
                bars[target] = held[0]
    for target in range(targets):
        total = best[target, 0]
        for at in range(1, kept):
            total += best[target, at]
        sums[target] = total
