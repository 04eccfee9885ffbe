"""Measures of a ranking against judgements. Standard library only.

A run maps a query to its targets, best first; judgements map a query to the grade of every relevant target. A
query without any relevant target is left out of a mean.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise

Run = Mapping[str, Sequence[str]]
Judgements = Mapping[str, Mapping[str, float]]


def gain(grade: int) -> float:
    """What a grade is worth: 2^grade - 1 (Burges and others 2005); 1 for what is simply relevant."""
    return 2.0**grade - 1.0


def ndcg(run: Run, judgements: Judgements, k: int = 10) -> float:
    """Mean normalised discounted cumulative gain at k, gain = grade (Järvelin and Kekäläinen 2002)."""

    def one(ranked: Sequence[str], grades: Mapping[str, float]) -> float:
        ideal = _dcg(sorted(grades.values(), reverse=True)[:k])
        return _dcg(grades.get(target, 0.0) for target in ranked[:k]) / ideal

    return _mean(one(run.get(query, ()), grades) for query, grades in _judged(judgements))


def mrr(run: Run, judgements: Judgements) -> float:
    """Mean reciprocal rank of the first relevant target; 0 where none is listed."""

    def one(ranked: Sequence[str], grades: Mapping[str, float]) -> float:
        return next((1.0 / rank for rank, target in enumerate(ranked, 1) if grades.get(target, 0.0) > 0), 0.0)

    return _mean(one(run.get(query, ()), grades) for query, grades in _judged(judgements))


def recall(run: Run, judgements: Judgements, k: int = 10) -> float:
    """Mean share of the relevant targets that stand among the first k."""
    return _mean(
        len(_relevant(grades).intersection(run.get(query, ())[:k])) / len(_relevant(grades))
        for query, grades in _judged(judgements)
    )


def precision(run: Run, judgements: Judgements, k: int = 10) -> float:
    """Mean share of the first k places that hold a relevant target; a missing place counts as a miss."""
    return _mean(
        len(_relevant(grades).intersection(run.get(query, ())[:k])) / k for query, grades in _judged(judgements)
    )


def coverage(run: Run, targets: Collection[str], k: int = 10) -> float:
    """Share of the targets that stand among the first k of some query."""
    listed = {target for ranked in run.values() for target in ranked[:k]}
    return len(listed.intersection(targets)) / len(targets) if targets else 0.0


def expected_calibration_error(probabilities: Sequence[float], outcomes: Sequence[bool], bins: int = 10) -> float:
    """Mean gap between stated probability and observed share over bins of equal mass, equal probabilities
    together.

    Raises ValueError when the two sequences differ in length.
    """
    if len(probabilities) != len(outcomes):
        raise ValueError("every probability needs its outcome")
    pairs = sorted(zip(probabilities, outcomes, strict=True), key=lambda pair: pair[0])
    if not pairs:
        return 0.0
    edges = [0]
    for number in range(1, bins + 1):
        edge = max(edges[-1], len(pairs) * number // bins)
        while 0 < edge < len(pairs) and pairs[edge][0] == pairs[edge - 1][0]:
            edge += 1
        edges.append(edge)
    gap = 0.0
    for start, end in pairwise(edges):
        if end > start:
            stated = math.fsum(probability for probability, _ in pairs[start:end])
            gap += abs(stated - sum(outcome for _, outcome in pairs[start:end]))
    return gap / len(pairs)


def _judged(judgements: Judgements) -> Iterable[tuple[str, Mapping[str, float]]]:
    return ((query, grades) for query, grades in judgements.items() if _relevant(grades))


def _relevant(grades: Mapping[str, float]) -> set[str]:
    return {target for target, grade in grades.items() if grade > 0}


def _dcg(gains: Iterable[float]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return math.fsum(listed) / len(listed) if listed else 0.0
