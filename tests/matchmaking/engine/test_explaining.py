"""Reasons as an officer would read them."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from matchmaking.engine import text
from matchmaking.engine.policy import Policy
from matchmaking.engine.types import Quote

from .builders import ANTICORROSION, COATING_NEED, EXPERTS, OFFERS, index_of


def best(targets, need=COATING_NEED, policy=None):
    return index_of(targets, policy).rank([need])[0].candidates[0]


def reason(candidate, signal):
    return next(reason for reason in candidate.reasons if reason.signal == signal)


def test_both_texts_are_quoted_word_for_word_with_the_field_they_stand_in():
    words = reason(best(OFFERS), "text")
    (need_quote,), (offer_quote,) = words.need_quotes, words.offer_quotes
    assert need_quote.text in getattr(COATING_NEED, need_quote.field)
    assert isinstance(offer_quote, Quote)
    assert any(word in offer_quote.text for word in ("附着力", "涂层", "盐雾"))


def test_the_shared_wordings_are_words_and_add_up_with_the_rest():
    words = reason(best(OFFERS), "text")
    shared = dict(words.params["terms"])
    assert {"附着力"} <= set(shared)
    assert all(len(wording) > 1 and value > 0 for wording, value in shared.items())
    assert math.fsum(shared.values()) + words.params["rest"] == pytest.approx(words.contribution, abs=1e-12)
    assert list(shared.values()) == sorted(shared.values(), reverse=True)


def test_wordings_stand_in_both_texts_even_without_the_segmenter(monkeypatch):
    monkeypatch.setattr(text, "_segmenter", lambda: None)
    words = reason(best(OFFERS), "text")
    both = "".join((ANTICORROSION.summary, ANTICORROSION.title, ANTICORROSION.problem_solved, *ANTICORROSION.keywords))
    lines = "".join(indicator.name + indicator.unit.lower() for indicator in ANTICORROSION.indicators)
    assert words.params["terms"]
    assert all(wording in both + lines for wording, _ in words.params["terms"])


def test_what_the_need_asks_for_and_the_achievement_lacks_is_named():
    missing = reason(best(OFFERS, replace(COATING_NEED, keywords=("防腐涂层", "超疏水"))), "missing_terms")
    assert missing.contribution == 0.0
    assert any("疏水" in wording for wording in missing.params["terms"])
    assert "附着力" not in missing.params["terms"]


def test_the_limits_an_offer_states_are_quoted_and_move_nothing():
    offer = replace(
        ANTICORROSION,
        key_points="附着力高。涂层不适用于浸没在海水中的钢板，仍在改进。耐温试验尚未完成。不建议低温施工。",
    )
    with_limits, without = best([offer]), best([replace(offer, key_points="附着力高。")])
    found = reason(with_limits, "limits")
    assert [quote.text for quote in found.offer_quotes] == [
        "涂层不适用于浸没在海水中的钢板，仍在改进",
        "耐温试验尚未完成",
    ]
    assert found.contribution == 0.0
    assert not found.need_quotes
    assert "limits" not in {one.signal for one in without.reasons}


def test_indicators_are_accounted_for_line_by_line():
    found = reason(best(OFFERS), "indicators")
    assert (found.params["met"], found.params["missed"], found.params["unknown"]) == (2, 0, 1)
    assert found.contribution > 0


def test_an_unknown_indicator_is_said_though_it_moves_nothing():
    found = reason(best([replace(ANTICORROSION, indicators=())]), "indicators")
    assert found.params["unknown"] == 3
    assert found.contribution == 0.0


def test_support_comes_before_objection():
    candidate = best([replace(ANTICORROSION, trl=3, price_band="b7")])
    told = ("text", "missing_terms", "limits", "chance")
    signals = [reason for reason in candidate.reasons if reason.signal not in told]
    assert [line.contribution for line in signals] == sorted((line.contribution for line in signals), reverse=True)
    assert {line.signal for line in signals if line.contribution < 0} == {"maturity", "deadline", "budget"}


def test_an_expert_is_quoted_from_the_documents_that_count():
    quotes = reason(best(EXPERTS), "text").offer_quotes
    assert 1 < len(quotes) <= Policy().best_documents
    assert all(quote.field == "documents" for quote in quotes)
    assert not any("安全管理" in quote.text for quote in quotes)


def test_reasons_are_language_free_json():
    for targets in (OFFERS, EXPERTS):
        for candidate in index_of(targets).rank([COATING_NEED])[0].candidates:
            for line in candidate.reasons:
                json.dumps(line.params, allow_nan=False)
                assert isinstance(line.contribution, float)


def test_what_chance_would_give_and_what_answers_everybody_are_lines_of_their_own():
    crowd = [replace(OFFERS[at % 3], key=f"C-{at:03}", title=f"{OFFERS[at % 3].title}{at}") for at in range(200)]
    index = index_of([*OFFERS, *crowd])
    for candidate in index.rank([COATING_NEED])[0].candidates:
        hub, chance = reason(candidate, "hub"), candidate.reasons[-1]
        assert (hub.contribution < 0) == (hub.params["deviations"] > 0)
        assert chance.signal == "chance"
        assert reason(candidate, "text").contribution > 0


def test_quotes_can_be_kept_to_the_first_ranks():
    candidates = index_of(OFFERS, replace(Policy(), quoted_ranks=1)).rank([COATING_NEED])[0].candidates
    quoted = [bool(reason(candidate, "text").need_quotes) for candidate in candidates]
    assert quoted == [True] + [False] * (len(candidates) - 1)
    assert all(reason(candidate, "text").params["terms"] for candidate in candidates[:1])
