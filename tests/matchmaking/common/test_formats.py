"""How amounts, dates and marked text read."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import translation

from matchmaking.common import formats, labels, tones

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (None, "—"),
        (0, "0 yuan"),
        (1, "0.01 yuan"),
        (98_050, "980.5 yuan"),
        (320_000, "3,200 yuan"),
        (999_999, "9,999.99 yuan"),
        (1_000_000, "10,000 yuan"),
        (12_500_000, "125,000 yuan"),
        (1_250_000_000, "12,500,000 yuan"),
        (-12_500_000, "-125,000 yuan"),
    ],
)
def test_yuan(fen, words):
    with translation.override("en"):
        assert formats.yuan(fen) == words


@pytest.mark.parametrize(
    ("fen", "amount"),
    [(320_000, "3,200"), (999_999, "9,999.99"), (1_000_000, "1"), (12_500_000, "12.5"), (-2_000_000, "-2")],
)
def test_chinese_counts_in_ten_thousands(fen, amount):
    with translation.override("zh-hans"):
        assert formats.yuan(fen).split(" ")[0] == amount


@time_machine.travel(dt.datetime(2026, 3, 1, 23, 30, tzinfo=SHANGHAI), tick=False)
@pytest.mark.parametrize(
    ("moment", "days"),
    [
        (None, None),
        (dt.date(2026, 3, 1), 0),
        (dt.date(2026, 3, 4), 3),
        (dt.date(2026, 2, 27), -2),
        (dt.datetime(2026, 3, 1, 16, 30, tzinfo=dt.UTC), 1),  # half past midnight of the next day in Shanghai
    ],
)
def test_days_are_counted_in_shanghai(moment, days):
    assert formats.days_left(moment) == days


@pytest.mark.parametrize(
    ("days", "words", "tone"),
    [
        (-1, "1 day overdue", "red"),
        (-2, "2 days overdue", "red"),
        (0, "due today", "orange"),
        (3, "3 days left", "orange"),
        (4, "4 days left", "blue"),
        (11, "11 days left", "grey"),
    ],
)
def test_a_deadline_says_how_far_away_it_is(days, words, tone):
    with translation.override("en"):
        assert formats.deadline_words(days) == (words, tone)


@pytest.mark.parametrize(
    ("text", "terms", "marked"),
    [
        ("循环 20 次", ["循环"], "<mark>循环</mark> 20 次"),
        ("a<b> & c", ["<b>"], "a<mark>&lt;b&gt;</mark> &amp; c"),
        ("<i>x<u>", ["x"], "&lt;i&gt;<mark>x</mark>&lt;u&gt;"),
        ("ABC abc", ["bc"], "A<mark>BC</mark> a<mark>bc</mark>"),
        ("热膨胀系数", ["热膨胀", "膨胀系数"], "<mark>热膨胀系数</mark>"),
        ("热膨胀系数", [(0, 2), (4, 99)], "<mark>热膨</mark>胀系<mark>数</mark>"),
        ("正文", [], "正文"),
        ("正文", ["", "  "], "正文"),
        ("正文", None, "正文"),
        ("", ["x"], ""),
        ("İstanbul x", ["x"], "İstanbul <mark>x</mark>"),
    ],
)
def test_marked_text_is_escaped_and_marked(text, terms, marked):
    assert formats.marked(text, terms) == marked


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "—"),
        ("", "—"),
        ([], "—"),
        (0, "0"),
        (12345, "12,345"),
        (False, "no"),
        (["a", "<b>"], "a, &lt;b&gt;"),
        (dt.date(2026, 3, 1), "2026-03-01"),
        (dt.datetime(2026, 3, 1, 16, 30, tzinfo=dt.UTC), "2026-03-02 00:30"),
    ],
)
def test_any_value_reads_well(value, shown):
    with translation.override("en"):
        assert formats.plain(value) == shown


def test_lists_are_joined_as_the_language_joins_them():
    with translation.override("zh-hans"):
        assert formats.plain(["甲", "乙"]) == "甲、乙"


def test_labels_come_from_whoever_registered(monkeypatch):
    monkeypatch.setattr(labels, "_label", None)
    monkeypatch.setattr(labels, "_labels", None)
    assert labels.label("HNTE_FIELD", "4") == "4"
    labels.register(lambda table, code: f"{table}/{code}")
    assert labels.label("HNTE_FIELD", "4") == "HNTE_FIELD/4"
    assert labels.labels("HNTE_FIELD", ["4", "8"]) == ["HNTE_FIELD/4", "HNTE_FIELD/8"]
    labels.register(lambda table, code: code, lambda table, codes: [f"{table}:{code}" for code in codes])
    assert labels.labels("T", ["1"]) == ["T:1"]
    assert labels.label("T", "") == ""


def every_state():
    from importlib import import_module

    for name in ("catalog", "needs", "experts", "matchmaking.intake", "matchmaking.matching"):
        for workflow in vars(import_module(f"{name}.workflow")).values():
            if type(workflow).__name__ == "Workflow":
                yield from ((workflow.noun, str(state)) for state in workflow.moves)


def test_every_state_of_every_workflow_has_a_tone():
    assert [pair for pair in every_state() if not tones.is_grouped(pair[1])] == []
    assert tones.state_tone("never-heard-of") == "grey"
