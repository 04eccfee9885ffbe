"""Worked examples: a coating need against three achievements and two experts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matchmaking.engine.choosing import top_positions
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.types import ExpertProfile, NeedProfile, OfferProfile

from .builders import (
    ANTICORROSION,
    COATING_EXPERT,
    COATING_NEED,
    EXPERTS,
    OFFERS,
    PAINT_MAKER,
    SOIL_MICROBES,
    THERMAL_BARRIER,
    index_of,
    model_of,
)


def ranked(index, need=COATING_NEED, **options):
    (ranking,) = index.rank([need], **options)
    return ranking


def test_the_coating_that_solves_the_problem_comes_first_and_alone_above_the_floor():
    ranking = ranked(index_of(OFFERS))
    assert [candidate.target for candidate in ranking.candidates][:2] == ["A-001", "A-002"]
    assert [candidate.above_floor for candidate in ranking.candidates][:2] == [True, False]
    assert ranking.empty_reason == ""


def test_the_expert_who_wrote_about_it_comes_first():
    ranking = ranked(index_of(EXPERTS, replace(Policy(), expert_floor=0.4)))  # few texts, nothing is rare
    assert ranking.candidates[0].target == "X-001"
    assert ranking.candidates[0].above_floor


def test_an_expert_counts_by_his_best_documents_and_off_topic_ones_cost_nothing():
    plain = replace(COATING_EXPERT, key="X-003", documents=COATING_EXPERT.documents[:3])
    index = Index.build([COATING_EXPERT, plain], model_of(COATING_NEED, *EXPERTS), Policy())
    busy, focused = ranked(index).candidates
    assert busy.score == focused.score


def test_one_chance_hit_does_not_outrank_three():
    one = ExpertProfile("X-001", COATING_EXPERT.documents[1:2])
    three = ExpertProfile("X-002", COATING_EXPERT.documents[1:2] * 3)
    index = Index.build([one, three], model_of(COATING_NEED, *EXPERTS), Policy())
    assert [candidate.target for candidate in ranked(index).candidates] == ["X-002", "X-001"]


def test_what_the_enterprise_tells_of_itself_counts_little():
    story = OfferProfile("A-1", "钢结构制造员工培训占地规划")
    need = NeedProfile("N", "涂层", background="本公司成立于2003年，占地八十亩，现有员工三百人。")
    trouble = replace(need, background="占地八十亩，现有员工三百人。")
    index = index_of([story])
    assert ranked(index, need).candidates[0].score < ranked(index, trouble).candidates[0].score


def test_a_long_background_does_not_drown_the_title():
    background = "秸秆还田腐解菌剂规模化发酵黑土。" * 40
    ranking = ranked(index_of(OFFERS), NeedProfile("N", "石墨烯防腐涂料附着力", background=background))
    assert ranking.candidates[0].target == "A-001"


def test_equal_scores_are_ordered_by_key():
    twins = [replace(ANTICORROSION, key=key) for key in ("A-9", "A-1", "A-5")]
    ranking = ranked(index_of(twins), top=2)
    assert [candidate.target for candidate in ranking.candidates] == ["A-1", "A-5"]


def test_nobody_is_proposed_his_own_achievement():
    own = replace(ANTICORROSION, units=("U", PAINT_MAKER))
    ranking = ranked(index_of([own, THERMAL_BARRIER]))
    assert [candidate.target for candidate in ranking.candidates] == ["A-002"]
    assert ranking.excluded == {"same_owner": 1}


def test_declared_conflicts_and_earlier_refusals_are_kept_out():
    torn = replace(COATING_EXPERT, conflicts=(PAINT_MAKER,))
    assert ranked(index_of([torn])).excluded == {"declared_conflict": 1}
    employed = replace(COATING_EXPERT, units=(PAINT_MAKER,))
    assert ranked(index_of([employed])).excluded == {"same_owner": 1}
    refused = ranked(index_of(OFFERS), exclude={("N-001", "A-001"), ("N-777", "A-002")})
    assert [candidate.target for candidate in refused.candidates if candidate.above_floor] == []
    assert refused.excluded == {"earlier_refusal": 1}
    assert "A-001" not in {candidate.target for candidate in refused.candidates}


def test_an_empty_answer_says_why():
    assert ranked(index_of([])).empty_reason == "no_candidates"
    assert ranked(index_of(OFFERS), NeedProfile("N", "——")).empty_reason == "no_text"
    assert ranked(index_of([SOIL_MICROBES]), NeedProfile("N", "XYZ")).empty_reason == "no_shared_terms"
    assert ranked(index_of([ANTICORROSION]), exclude={("N-001", "A-001")}).empty_reason == "all_excluded"
    assert ranked(index_of([SOIL_MICROBES, THERMAL_BARRIER])).empty_reason == "below_floor"


def test_records_without_text_are_no_trouble():
    index = index_of([OfferProfile("A-0", ""), ANTICORROSION])
    assert [candidate.target for candidate in ranked(index).candidates] == ["A-001"]
    hollow = index_of([ExpertProfile("X-0"), ExpertProfile("X-1", ("", "。")), COATING_EXPERT])
    assert [candidate.target for candidate in ranked(hollow).candidates] == ["X-001"]


def test_a_short_need_and_a_long_one_are_judged_by_one_floor():
    short = NeedProfile("N", "防腐涂层附着力")
    subjects = ["轴承", "电池", "叶片", "催化剂", "管道", "芯片", "秸秆", "光缆", "模具", "雷达"]
    others = [OfferProfile(f"F-{at:02}", f"{subjects[at % 10]}的{subjects[at // 10]}检测方法") for at in range(100)]
    scores = [ranked(index_of([*OFFERS, *others]), need).candidates[0].score for need in (short, COATING_NEED)]
    assert all(score > Policy().floor for score in scores)


def test_named_pairs_are_scored_whatever_their_rank():
    index = index_of(OFFERS)
    best = ranked(index).candidates[0]
    named = index.score_pairs([(COATING_NEED, "A-003"), (COATING_NEED, "A-001")], exclude={("N-001", "A-003")})
    assert [candidate.target for candidate in named] == ["A-003", "A-001"]
    assert named[1] == replace(best, rank=0)
    assert named[0].excluded == "earlier_refusal"
    assert not named[0].above_floor
    with pytest.raises(KeyError):
        index.score_pairs([(COATING_NEED, "A-404")])


def test_no_more_than_asked_for_and_without_reasons_if_so_asked():
    ranking = ranked(index_of(OFFERS), top=1, explain=False)
    assert len(ranking.candidates) == 1
    assert ranking.candidates[0].reasons == ()
    assert ranked(index_of(OFFERS), top=0).candidates == ()


def test_top_positions_breaks_ties_by_position():
    import numpy as np

    assert top_positions(np.asarray([0.5, 0.9, 0.5, 0.5, 0.0]), 3) == [1, 0, 2]
    assert top_positions(np.asarray([0.0, 0.2]), 5) == [1]
    assert top_positions(np.asarray([]), 5) == []
