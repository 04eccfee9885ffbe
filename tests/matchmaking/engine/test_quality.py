"""The ranking on the planted pairs of the sample data, and on the development sets where they are present."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from matchmaking.engine import metrics

BENCH = Path(__file__).resolve().parents[3] / "bench" / "match.py"


def load_bench():
    spec = importlib.util.spec_from_file_location("bench_match", BENCH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("kind", "least", "kept", "noise"), [("achievement", 0.95, 0.95, 0.5), ("expert", 0.88, 0.75, 0.6)]
)
def test_planted_pairs_are_found_and_stand_above_the_floor(kind, least, kept, noise):
    bench = load_bench()
    rankings, planted = bench.sample(kind)
    assert metrics.ndcg(bench.run_of(rankings), planted) >= least
    above = {
        (ranking.need, candidate.target)
        for ranking in rankings
        for candidate in ranking.candidates
        if candidate.above_floor
    }
    pairs = {(need, target) for need, grades in planted.items() for target in grades}
    assert len(above & pairs) / len(pairs) >= kept
    assert len(above - pairs) / len(rankings) <= noise


@pytest.mark.parametrize(("name", "least"), [("project_result", 0.535), ("project_expert", 0.2)])
def test_plain_lexical_ranking_is_as_good_as_measured(name, least):
    bench = load_bench()
    if not bench.EVALDATA.is_dir():
        pytest.skip("the development sets are not on this machine")
    run, judgements = bench.evaluate(name)
    assert metrics.ndcg(run, judgements) >= least
