"""Deviations and the best of a sample, compiled: the same bits as step by step."""

from __future__ import annotations

import numpy as np
import pytest

from matchmaking.engine import references
from matchmaking.engine.kernel import scaling
from matchmaking.engine.references import Scale, fused
from matchmaking.engine.terms import Readings

DRAW = np.random.default_rng(5)


def test_compiled_deviations_have_the_same_bits(monkeypatch):
    words, cosine = DRAW.random((2, 40, 300))
    readings = Readings(words, cosine, DRAW.random((40, 300), dtype=np.float32), None)
    scale, mix = Scale(DRAW.random((40, 10)) + 0.1), (0.41, 0.23, 0.36, 0.0)
    compiled = fused(readings, scale, mix)
    monkeypatch.setattr(references, "COMPILED_FROM", 99)
    assert np.array_equal(fused(readings, scale, mix), compiled)


@pytest.mark.parametrize("kept", [1, 20])
def test_the_best_are_added_up_from_the_smallest(kept):
    scores = DRAW.standard_normal((90, 70))
    scores[:, 3] = -1.0  # all alike
    scores[DRAW.random(scores.shape) < 0.1] = -np.inf
    scores[:, 4] = -np.inf
    sums = np.zeros(70)
    scaling.best_sums(scores, kept, sums)
    best = np.sort(np.where(np.isinf(scores), 0.0, scores), axis=0)[-kept:]
    assert np.array_equal(sums, np.cumsum(best, axis=0)[-1])
