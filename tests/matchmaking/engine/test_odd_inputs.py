"""Whatever stands in a file or a form: no crash, scores that are numbers, lines that add up."""

from __future__ import annotations

import json
import math

import pytest

from matchmaking.engine.trial import Trial
from matchmaking.engine.types import ExpertProfile, NeedProfile, OfferProfile

LONG = "防腐涂层附着力盐雾试验。" * 1_700
COATING = "户外防腐涂层掉漆"


def need(title, **values):
    return NeedProfile("N1", title, **values)


def offers(*titles):
    return [OfferProfile(f"A{at:04d}", title) for at, title in enumerate(titles)]


def expert(*documents):
    return ExpertProfile("X1", documents)


CASES = {
    "one of each": ([need(COATING)], offers("石墨烯防腐涂层"), 1),
    "one expert": ([need(COATING)], [expert("石墨烯防腐涂层")], 1),
    "a need without text": ([need("")], offers("石墨烯防腐涂层"), 0),
    "an offer without text": ([need(COATING)], offers(""), 0),
    "no text at all": ([need("")], offers("", ""), 0),
    "nothing offered": ([need(COATING)], [], 0),
    "nothing needed": ([], offers("石墨烯防腐涂层"), 0),
    "punctuation only": ([need("。，！？…—***")], offers("！！", "***"), 0),
    "an expert without documents": ([need(COATING)], [expert("", "。", "防腐涂层")], 1),
    "an expert who has nothing": ([need(COATING)], [expert()], 0),
    "twenty thousand characters": ([need(LONG[:20_000], problem=LONG)], offers(LONG[:20_000], "轴承"), 1),
    "one expert's long document": ([need(LONG[:20_000])], [expert(LONG[:20_000], "轴承")], 1),
    "traditional and simplified": ([need("防腐蝕塗層與鋼結構")], offers("防腐蚀涂层与钢结构", "轴承裂纹"), 1),
    "all the same": ([need(COATING)], offers(*["防腐涂层附着力"] * 60), 20),
    "control characters and signs": ([need("防腐\x00涂层\u202e😀")], offers("涂层😀\ufffd\u200b"), 1),
    "one letter": ([need("a")], offers("a", "b"), 1),
}


@pytest.mark.parametrize(("needs", "targets", "found"), CASES.values(), ids=CASES)
def test_odd_records_are_ranked_all_the_same(needs, targets, found):
    rankings = list(Trial(needs, targets).rank(top=20, reasons=True))
    assert sum(len(ranking.candidates) for ranking in rankings) == found
    for candidate in (one for ranking in rankings for one in ranking.candidates):
        assert math.isfinite(candidate.score)
        assert 0.0 < candidate.score < 1.0
        assert candidate.probability is None or 0.0 <= candidate.probability <= 1.0
        assert sum(reason.contribution for reason in candidate.reasons) == pytest.approx(candidate.score, abs=1e-9)
        json.dumps([dict(reason.params) for reason in candidate.reasons])


def test_texts_to_fit_on_may_be_many_more_than_the_offers():
    texts = [OfferProfile(f"T{at}", f"轴承裂纹检测{at}") for at in range(400)]
    (ranking,) = Trial([need(COATING)], offers("石墨烯防腐涂层"), texts).rank(top=5, reasons=True)
    assert [candidate.target for candidate in ranking.candidates] == ["A0000"]
    (ranking,) = Trial([need(COATING)], [expert("石墨烯防腐涂层")], texts).rank(top=5, reasons=True)
    assert [candidate.target for candidate in ranking.candidates] == ["X1"]
