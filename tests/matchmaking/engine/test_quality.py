"""The ranking on the development sets, where they are present."""

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


@pytest.mark.parametrize(("name", "least"), [("project_result", 0.535), ("project_expert", 0.2)])
def test_plain_lexical_ranking_is_as_good_as_measured(name, least):
    bench = load_bench()
    if not bench.EVALDATA.is_dir():
        pytest.skip("the development sets are not on this machine")
    run, judgements, _ = bench.evaluate(name)
    assert metrics.ndcg(run, judgements) >= least
