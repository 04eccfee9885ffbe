"""Reasons as an officer would read them."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from matchmaking.engine import text
from matchmaking.engine.carrying import carried
from matchmaking.engine.policy import Policy
from matchmaking.engine.types import ExpertProfile, NeedProfile, Quote

from .builders import ANTICORROSION, COATING_NEED, EXPERTS, OFFERS, index_of


def best(targets, need=COATING_NEED, policy=None):
    return index_of(targets, policy).rank([need])[0].candidates[0]


def reason(candidate, signal):
    return next(reason for reason in candidate.reasons if reason.signal == signal)


def test_both_texts_are_quoted_word_for_word_with_the_field_they_stand_in():
    words = reason(best(OFFERS), "text")
    assert 1 <= len(words.need_quotes) <= len(words.offer_quotes) <= 2
    for quote in words.need_quotes:
        assert quote.field == "indicators" or quote.text in getattr(COATING_NEED, quote.field)
    assert all(isinstance(quote, Quote) for quote in words.offer_quotes)
    assert any(word in words.offer_quotes[0].text for word in ("附着力", "涂层", "盐雾"))


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


def test_the_title_of_a_need_is_quoted_only_where_nothing_else_says_half_as_much():
    need = replace(
        COATING_NEED, title="防腐涂层附着力攻关", goal="", problem="海上盐雾里附着力一年降一半", indicators=()
    )
    offer = replace(ANTICORROSION, title="防腐涂层", keywords=("附着力",), indicators=(), key_points="", summary=(
        "盐雾试验4000小时后附着力不降"))  # fmt: skip
    words = reason(best([offer, *OFFERS[1:]], need), "text")
    assert words.need_quotes[0] == Quote("problem", "海上盐雾里附着力一年降一半")
    assert words.offer_quotes[0] == Quote("summary", "盐雾试验4000小时后附着力不降")
    alone = replace(need, problem="", background="", keywords=())
    assert reason(best([offer, *OFFERS[1:]], alone), "text").need_quotes[0].field == "title"


def test_the_sentence_of_an_offer_is_chosen_for_that_of_the_need():
    need = replace(COATING_NEED, goal="", indicators=(), problem="盐雾之下附着力下降很快。返工一次就要停产整整三天。")
    offer = replace(
        ANTICORROSION,
        indicators=(),
        summary="涂层附着力盐雾试验四千小时不降。",
        key_points="返工一次不用停产整整三天。",
    )
    words = reason(best([offer, *OFFERS[1:]], need), "text")
    told = {mine.text: other.text for mine, other in zip(words.need_quotes, words.offer_quotes, strict=True)}
    assert told["返工一次就要停产整整三天"] == "返工一次不用停产整整三天"
    assert told["盐雾之下附着力下降很快"] == "涂层附着力盐雾试验四千小时不降"


def test_what_the_first_sentences_have_said_brings_no_second_pair():
    need = replace(
        COATING_NEED, title="", keywords=(), goal="附着力下降", indicators=(), problem="附着力", background=""
    )
    offer = replace(
        ANTICORROSION, title="附着力", keywords=(), indicators=(), summary="附着力。附着力下降", key_points=""
    )
    assert len(reason(best([offer, *OFFERS[1:]], need), "text").offer_quotes) == 1


def test_a_short_wording_begins_and_ends_with_a_word_in_both_texts():
    need = replace(COATING_NEED, problem="系统换了一次，不裂了，附着力下降")
    offer = replace(ANTICORROSION, summary="系统换热器多，附着力好")
    named = dict(reason(best([offer, *OFFERS[1:]], need), "text").params["terms"])
    assert "附着力" in named
    assert not any("系统换" in wording for wording in named)


def test_wordings_that_are_left_out_are_counted():
    index = index_of(OFFERS, replace(Policy(), shown_terms=2))
    words = reason(index.rank([COATING_NEED])[0].candidates[0], "text")
    assert len(words.params["terms"]) == 2
    assert words.params["further"] > 0
    assert reason(best(OFFERS), "text").params["further"] < words.params["further"]


def test_nothing_is_missing_whose_characters_the_target_has():
    need = replace(COATING_NEED, goal="渗漏、激光", indicators=(), keywords=())
    offer = replace(ANTICORROSION, key_points="检漏与防渗")
    found = [one for one in best([offer, *OFFERS[1:]], need).reasons if one.signal == "missing_terms"]
    assert [one.params["terms"] for one in found] == [("激光",)]
    many = replace(need, keywords=("超导", "陶瓷", "棉籽", "飞轮"))
    assert len(reason(best([offer, *OFFERS[1:]], many), "missing_terms").params["terms"]) == 3


def test_a_target_that_shares_single_characters_only_is_not_proposed():
    free = replace(Policy(), floor=0.0, expert_floor=0.0, least_probability=0.0, calibration=(), expert_calibration=())
    need = NeedProfile("N-9", "虾的料", problem="粉的配比")
    targets = [ExpertProfile("X-9", ("料粉学", "粉与料")), *EXPERTS]
    for policy, proposed in ((free, False), (replace(free, least_wording=0.0), True)):
        index = index_of(targets, policy)
        [found] = [one for one in index.rank([need])[0].candidates if one.target == "X-9"]
        assert found.score > 0.0
        assert found.above_floor is proposed
        assert index.rank([need], explain=False)[0].candidates[0].above_floor is proposed
        assert reason(found, "text").params["terms"] == ()


def test_what_carries_a_pair_is_the_same_without_the_rows_of_the_words():
    index = index_of(EXPERTS)
    bare = index.terms.for_reading()
    for scored in index._scored([COATING_NEED]):
        for at in range(len(EXPERTS)):
            codes = scored.query.codes[:, index._rows(scored, at)]
            amounts = [carried(terms, scored.query, at, codes) for terms in (index.terms, bare)]
            assert amounts[0] == amounts[1]
            assert (amounts[0] > 0.0) == (EXPERTS[at].key == "X-001")
