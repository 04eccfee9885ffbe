"""Phrases, the words to mark, and the piece of a text that is shown."""

import pytest

from matchmaking.common.search import phrases, words
from matchmaking.common.snippets import LENGTH, marks, snippet


@pytest.mark.parametrize(
    ("query", "quoted"),
    [
        ("“电池热管理” 其他", ["电池热管理"]),
        ('"Lithium  Iron" “ＰＥＭ　电解槽”', ["lithium iron", "pem 电解槽"]),
        ('“” “。” "\'"', []),
        ("“一半", []),
        ("“甲乙” “甲乙”", ["甲乙"]),
        ("没有引号", []),
    ],
)
def test_phrases(query, quoted):
    assert phrases(query) == quoted


def test_words_are_marked_longest_first_and_a_phrase_as_a_whole():
    assert words("电池热管理")[0] == "电池热管理"
    assert words("“无损检测” 叶片") == ["无损检测", "叶片"]


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("电池热管理", "动力锂电池包的热管理系统", {"电池", "热管", "管理"}),
        ("LiFePO4", "新型lifepo4正极", {"lifepo4"}),
        ("ＰＥＭ", "PEM电解槽", {"pem"}),
        ("激光", "没有", set()),
        ("“热管理”", "热的管理", {"管理"}),
    ],
)
def test_marks(query, text, marked):
    assert set(marks(query, text)) == marked


def test_the_field_with_most_of_the_query_wins():
    fields = [
        ("简介", "激光加工。"),
        ("要点", "前言。" + "无关的话，" * 30 + "激光熔覆修复叶片，结合强度高。" + "后话。" * 40),
    ]
    found = snippet("激光熔覆", fields)
    assert found.label == "要点"
    assert "激光熔覆" in found.text
    assert found.text.startswith("…")
    assert found.text.endswith("…")
    assert len(found.text) <= LENGTH + 2


@pytest.mark.parametrize("fields", [[], [("a", "")], [("a", "无关")], [("a", "\u0130" * 5)]])
def test_nothing_to_show(fields):
    assert snippet("激光", fields) is None


def test_letters_that_change_their_length_do_no_harm():
    assert "激光" in snippet("激光", [("a", "İ" * 60 + "激光" + "ﬁ" * 60)]).text
