"""From strings to tokens and sentences."""

from __future__ import annotations

import pytest

from matchmaking.engine import text
from matchmaking.engine.text import is_own_story, naming_words, normalise, sentences, tokenise, words, words_of


def test_a_chinese_run_gives_its_characters_and_its_pairs():
    assert tokenise("防腐涂层") == ["防", "腐", "涂", "层", "防腐", "腐涂", "涂层"]


def test_words_numbers_and_formulae_are_tokens_of_their_own():
    assert tokenise("LiFePO4正极，5G 3.5") == ["lifepo4", "正", "极", "正极", "5g", "3.5"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＬｉＦｅＰＯ４", "lifepo4"),
        ("厚度5μm", "厚度5 um"),
        ("厚度5µm", "厚度5 um"),
        ("100MPa", "100 mpa"),
        ("产量10,000吨", "产量10000吨"),
        ("面积3㎡", "面积3m2"),
    ],
)
def test_what_reads_the_same_is_spelled_the_same(one, other):
    assert normalise(one) == normalise(other)


def test_a_model_number_is_not_torn_apart():
    assert tokenise("6061铝 5G al2o3") == ["6061", "铝", "5g", "al2o3"]


def test_sentences_are_quoted_word_for_word():
    assert sentences(" 涂层起泡。返工要停产；\n怎么办？Fine. v2.0 ok") == [
        "涂层起泡",
        "返工要停产",
        "怎么办",
        "Fine",
        "v2.0 ok",
    ]


def test_a_long_sentence_is_cut_at_its_commas():
    clause = "在海洋大气环境下长期服役的钢结构表面"
    parts = sentences("，".join([clause] * 12))
    assert len(parts) > 1
    assert all(len(part) <= text.LONGEST_SENTENCE for part in parts)
    assert "，".join(parts) == "，".join([clause] * 12)


def test_the_story_of_the_enterprise_is_told_from_its_trouble():
    assert is_own_story("本公司成立于2003年，现有员工三百人")
    assert not is_own_story("公司的钢结构涂层两年就掉漆")
    assert not is_own_story("涂层成立条件未知")


def test_words_are_cut_for_showing():
    pytest.importorskip("rjieba")
    assert words("电驱减速器啸叫") == ["电驱", "减速器", "啸叫"]


def test_without_the_segmenter_a_run_is_cut_at_its_function_characters(monkeypatch):
    monkeypatch.setattr(text, "_segmenter", lambda: None)
    assert words("涂层的附着力") == ["涂层", "的", "附着力"]


RUNS = ["钢结构防腐涂层", "的", "石墨烯改性环氧", "々龥ぁ가힣", "涂层涂层", "端子弹片变软"]


@pytest.mark.parametrize("segmented", [True, False])
@pytest.mark.parametrize("runs", [RUNS, RUNS[:1], [], RUNS * 3])
def test_runs_are_cut_at_once_as_one_by_one(monkeypatch, runs, segmented):
    if not segmented:
        monkeypatch.setattr(text, "_segmenter", lambda: None)
    assert words_of(runs) == [words(run) for run in runs]
    assert naming_words(runs) == [found for run in runs for found in naming_words([run])]
