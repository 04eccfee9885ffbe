"""Sparse rows on the engine's grid, and the exact answer by scipy alone."""

import numpy as np
from scipy import sparse

from matchmaking.engine.kernel.topk import NOBODY, Best


def rows(count: int, width: int, seed: int, *, grid: int = 24, density: float = 0.3) -> sparse.csr_array:
    """Random weights, few different values so that ties are common; some columns in nearly every row."""
    draw = np.random.default_rng(seed)
    shares = np.clip(density * 3.0 / (1.0 + np.arange(width) / 3.0), 0.02, 0.95)
    values = draw.choice([0.125, 0.25, 0.5, 1.0 - 2.0**-grid, 3 * 2.0**-grid], size=(count, width))
    return sparse.csr_array(np.where(draw.random((count, width)) < shares, values, 0.0))


def by_scipy(documents: sparse.csr_array, needs: sparse.csr_array, k: int) -> Best:
    """All products, sorted."""
    products = (needs @ documents.T).toarray()
    best = Best(np.full((len(products), k), NOBODY, np.int64), np.zeros((len(products), k)))
    for need, scores in enumerate(products):
        order = np.lexsort((np.arange(len(scores)), -scores))[:k]
        order = order[scores[order] > 0.0]
        best.positions[need, : len(order)], best.scores[need, : len(order)] = order, scores[order]
    return best


def same(one: Best, other: Best) -> bool:
    """Whether two answers are the same bits."""
    return one.positions.tobytes() == other.positions.tobytes() and one.scores.tobytes() == other.scores.tobytes()
