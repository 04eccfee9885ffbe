"""The rail of a long form: what counts as filled, and what each step shows."""

import pytest
from django import forms

from matchmaking.common.rails import Part, is_filled, rail


class Form(forms.Form):
    title = forms.CharField(max_length=10)
    summary = forms.CharField(required=False)
    modes = forms.MultipleChoiceField(choices=[("a", "甲"), ("b", "乙")], required=False)
    agreed = forms.BooleanField(required=False)
    level = forms.IntegerField(required=False)


class Row(forms.Form):
    name = forms.CharField(required=False)
    kind = forms.ChoiceField(choices=[("x", "X")], initial="x", required=False)


Rows = forms.formset_factory(Row, extra=1, can_delete=True)
MANAGEMENT = {"rows-TOTAL_FORMS": 1, "rows-INITIAL_FORMS": 0}


def filled(token, data, rows=None):
    return is_filled(token, Form(data), {"rows": Rows(MANAGEMENT | (rows or {}), prefix="rows")})


@pytest.mark.parametrize(("token", "data", "expected"), [
    ("title", {}, False),
    ("title", {"title": "  "}, False),
    ("title", {"title": "甲"}, True),
    ("summary:5", {"summary": "四个字呢"}, False),
    ("summary:5", {"summary": "五个字对吧"}, True),
    ("summary:3w", {"summary": "甲，乙"}, False),
    ("summary:3w", {"summary": "甲，乙；丙"}, True),
    ("modes", {}, False),
    ("modes", {"modes": ["a"]}, True),
    ("modes:2", {"modes": ["a"]}, False),
    ("agreed", {}, False),
    ("agreed", {"agreed": "on"}, True),
    ("level", {"level": "0"}, True),
    ("elsewhere", {}, True),
])  # fmt: skip
def test_a_token_says_when_a_field_is_filled(token, data, expected):
    assert filled(token, data) is expected


@pytest.mark.parametrize(("rows", "expected"), [
    ({}, False),
    ({"rows-0-kind": "x"}, False),
    ({"rows-0-name": "甲"}, True),
    ({"rows-0-name": "甲", "rows-0-DELETE": "on"}, False),
])  # fmt: skip
def test_rows_are_filled_when_something_is_written_in_one(rows, expected):
    assert filled("rows", {}, rows) is expected


def test_each_step_shows_what_is_left():
    form = Form({"title": "甲" * 11, "summary": "摘要"})
    parts = [Part("a", "A", fields=("title",)), Part("b", "B", fields=("summary",)),
             Part("c", "C", rows=("rows",)), Part("d", "D", fields=("level",))]  # fmt: skip
    sets = {"rows": Rows(MANAGEMENT, prefix="rows")}
    shown = rail(parts, form=form, sets=sets, needed=("title", "summary", "rows"))
    assert [stop.state for stop in shown.stops] == ["wrong", "done", "open", "free"]
    assert (shown.filled, shown.total, shown.wrong) == (2, 3, 1)


def test_a_field_with_a_note_is_to_be_corrected():
    sets = {"rows": Rows(MANAGEMENT, prefix="rows")}
    parts = [Part("a", "A", fields=("title", "summary")), Part("b", "B", rows=("rows",))]
    form = Form({"title": "甲", "summary": "乙"})
    shown = rail(parts, form=form, sets=sets, needed=("title",), noted={"summary": "…", "rows": "…"})
    assert [stop.wrong for stop in shown.stops] == [1, 1]
