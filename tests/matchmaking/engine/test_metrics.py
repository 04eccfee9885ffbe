"""Measures by hand-computed examples."""

from __future__ import annotations

import math

import pytest

from matchmaking.engine import metrics

RUN = {"q1": ["a", "b", "c"], "q2": ["x", "y"]}
JUDGEMENTS = {"q1": {"b": 3, "c": 1, "z": 0}, "q2": {"w": 1}, "q3": {}}


def test_ndcg_counts_grade_and_place():
    first = (3 / math.log2(3) + 1 / math.log2(4)) / (3 + 1 / math.log2(3))
    assert metrics.ndcg(RUN, JUDGEMENTS) == pytest.approx(first / 2)
    assert metrics.ndcg({"q1": ["b", "c"], "q2": ["w"]}, JUDGEMENTS) == 1.0
    assert metrics.ndcg(RUN, JUDGEMENTS, k=1) == 0.0


def test_mrr_recall_precision_coverage():
    assert metrics.mrr(RUN, JUDGEMENTS) == 0.25
    assert metrics.recall(RUN, JUDGEMENTS, k=2) == 0.25
    assert metrics.precision(RUN, JUDGEMENTS, k=2) == 0.25
    assert metrics.coverage(RUN, ["a", "b", "x", "unseen"], k=1) == 0.5
    assert metrics.ndcg({}, {}) == metrics.coverage({}, []) == 0.0


def test_calibration():
    assert metrics.expected_calibration_error([0.0, 0.0, 1.0, 1.0], [False, False, True, True]) == 0.0
    assert metrics.expected_calibration_error([0.5] * 4, [True, False, True, False]) == 0.0
    assert metrics.expected_calibration_error([0.9] * 4, [False] * 4) == pytest.approx(0.9)
    assert metrics.expected_calibration_error([], []) == 0.0
    with pytest.raises(ValueError, match="outcome"):
        metrics.expected_calibration_error([0.5], [])
