"""Text, numbers and days: what is understood, what is refused and in which words, and that every form asks this way."""

import unicodedata
from datetime import date
from decimal import Decimal
from importlib import import_module

import pytest
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from matchmaking.common import fields
from matchmaking.common.reading import read_day, read_number, ungrouped, visible_text

VISIBLE_FORMATS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"


def sentence(field, value):
    with pytest.raises(ValidationError) as caught:
        field.clean(value)
    assert len(caught.value.messages) == 1
    return caught.value.messages[0]


# --- Text -------------------------------------------------------------------------------------------------------------


def test_every_format_character_goes():
    for code in range(0x110000):
        sign = chr(code)
        if unicodedata.category(sign) in ("Cf", "Cc", "Cs") and sign not in VISIBLE_FORMATS + "\t\n\r\u180e":
            assert visible_text(f"甲{sign}乙") == "甲乙", hex(code)


@pytest.mark.parametrize("text", [
    "\u200b\u3000", "\u200b", "\u202e", "\u3164", "\u2800 \u2800", "\ufe0f", "\u3000\u00a0\u2003", "\u034f",
    "\u180e", "\x00",
])  # fmt: skip
def test_what_nobody_sees_is_empty(text):
    assert fields.TextField(required=False).clean(text) == ""
    assert sentence(fields.TextField(), text)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\u202eb测试", "ab测试"), ("涡轮\u200b叶片", "涡轮叶片"), (" 甲\ufeff ", "甲"), ("a\u2066b\u2069", "ab"),
        ("阿卜杜拉·买买提", "阿卜杜拉·买买提"), ("𠮷𪚥𰻝", "𠮷𪚥𰻝"), ("葛\U000e0100", "葛\U000e0100"),
        ("第一行\n第二行\t列", "第一行\n第二行\t列"), ("10² ㎡ ℃ ①", "10² ㎡ ℃ ①"), ("Ａ１，。", "Ａ１，。"),
        ("ᠮᠣᠩᠭᠣᠯ\u180eᠠ", "ᠮᠣᠩᠭᠣᠯ\u180eᠠ"), ("བོད", "བོད"),
    ],
)  # fmt: skip
def test_what_one_sees_stays(typed, kept):
    assert fields.TextField().clean(typed) == kept


def test_an_address_typed_full_width():
    assert fields.MailField().clean("ｚｈａｎｇ＠example.test\u200b") == "zhang@example.test"


# --- Numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12.5", "12.5"), ("１２．５", "12.5"), ("1,000", "1000"), ("１，２３４，５６７．８", "1234567.8"),
        ("1 000", "1000"),
        ("\u22123", "-3"), (" 7 ", "7"), ("12\u200b.5", "12.5"), (".5", "0.5"), ("1e3", "1000"), (12, "12"),
        ("+4", "4"),
        (Decimal("1.50"), "1.5"), (2.5, "2.5"),
    ],
)  # fmt: skip
def test_a_number_is_read(typed, number):
    assert fields.NumberField().clean(typed) == Decimal(number)


@pytest.mark.parametrize("typed", ["≥98", "12,5", "1,2345", "1,00,000", "10²", "①", "十二", "1-2", "nan", "inf",
                                   "1_000", "12万元", "1e9999", "9" * 61, "--1", "."])  # fmt: skip
def test_a_number_is_not_guessed(typed):
    assert fields.shortened(typed) in sentence(fields.NumberField(), typed)


def test_a_number_without_visible_digits_is_no_number_given():
    assert fields.NumberField(required=False).clean("\u200b　") is None
    assert fields.WholeNumberField(required=False).clean("\u200b") is None


@pytest.mark.parametrize("typed", ["1e309", "9" * 30])
def test_a_large_number_gets_one_sentence(typed):
    assert "99999999" in sentence(fields.NumberField(max_value=99_999_999, max_digits=14, decimal_places=6), typed)


def test_the_sentences_about_digits_are_ours():
    field = fields.NumberField(max_digits=5, decimal_places=2)
    for typed in ("123456", "1.234", "1234.5"):
        told = sentence(field, typed)
        assert "Ensure" not in told
        assert "确认" not in told
        assert any(str(n) in told for n in (5, 2, 3))


def test_whole_numbers():
    field = fields.WholeNumberField(min_value=1, max_value=3000)
    assert [field.clean(typed) for typed in ("１２", "1,200", "6.0", 7)] == [12, 1200, 6, 7]
    assert "6.5" in sentence(field, "6.5")
    assert "3000" in sentence(field, "9" * 40)


def test_thousands_in_a_sentence():
    assert ungrouped("1,234,567.5元和12,5") == "1234567.5元和12,5"
    assert read_number("12,000") == 12000


# --- Days -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["2026-03-01", "2026/3/1", "2026.3.1", "2026年3月1日", "２０２６-０３-０１",
                                   "20260301", "2026 年 3 月 1 日", "２０２６年３月１日", "2026年3月1",
                                   date(2026, 3, 1)])  # fmt: skip
def test_a_day_is_read(typed):
    assert fields.DayField().clean(typed) == date(2026, 3, 1)


@pytest.mark.parametrize("typed", ["2026-02-30", "2026年3月", "2026", "三月一日", "03/01/2026", "26-3-1", "0000-01-01"])
def test_a_day_is_not_guessed(typed):
    told = sentence(fields.DayField(), typed)
    assert typed in told
    assert "2026-03-05" in told  # what would be right


def test_a_day_typed_in_words_stays_in_the_picker_when_the_page_comes_back():
    class Form(forms.Form):
        day = fields.DayField()
        title = fields.TextField()

    form = Form({"day": "2026年3月1日", "title": ""})
    assert not form.is_valid()
    assert 'value="2026-03-01"' in str(form["day"])


def test_read_day_names_what_is_wrong():
    codes = []
    for typed in ("2026-02-30", "2026年3月", "明天"):
        with pytest.raises(ValidationError) as caught:
            read_day(typed)
        codes.append(caught.value.code)
    assert codes == ["no_day", "incomplete", "invalid"]


# --- Rows -------------------------------------------------------------------------------------------------------------


class Row(forms.Form):
    name = fields.TextField(required=False)


@pytest.mark.parametrize(
    "data",
    [{}, {"form-TOTAL_FORMS": "x"}, {"form-TOTAL_FORMS": "4", "form-INITIAL_FORMS": "0"},
     {"form-TOTAL_FORMS": "99", "form-INITIAL_FORMS": "0"}],
)  # fmt: skip
def test_the_sentences_about_rows_are_ours(data):
    rows = forms.formset_factory(Row, formset=fields.RowSet, max_num=3, validate_max=True, absolute_max=9)
    bound = rows(data)
    assert not bound.is_valid()
    told = " ".join(bound.non_form_errors())
    assert told
    assert not any(word in told for word in ("ManagementForm", "submit at most", "表单。", "bug"))


# --- Every form of the project ----------------------------------------------------------------------------------------


def own_forms():
    for package in ("matchmaking", "catalog", "needs", "experts"):
        for path in (settings.BASE_DIR / package).rglob("*.py"):
            if path.name.startswith(("forms", "filters")) and path.parent.name != "common":
                import_module(".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts))
    waiting, found = [forms.BaseForm], []
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if kind.__module__.split(".")[0] in ("matchmaking", "catalog", "needs", "experts"):
                found.append(kind)
    return found


def test_every_form_reads_with_the_fields_of_the_house():
    """Hidden versions aside: a plain field of Django takes invisible titles and refuses １２．５."""
    plain = {
        forms.CharField,
        forms.EmailField,
        forms.DecimalField,
        forms.FloatField,
        forms.IntegerField,
        forms.DateField,
    }
    kinds = [kind for kind in own_forms() if not kind.__module__.endswith("common.gallery")]
    assert len(kinds) > 20
    left = [
        f"{kind.__name__}.{name}"
        for kind in kinds
        for name, field in getattr(kind, "base_fields", {}).items()
        if type(field) in plain and not field.widget.is_hidden and name != "version"
    ]
    assert left == []


def test_every_set_of_rows_speaks_our_words():
    sets, waiting = [], [forms.BaseFormSet]
    list(own_forms())
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if getattr(getattr(kind, "form", None), "__module__", "").split(".")[0] in ("catalog", "needs", "experts"):
                sets.append(kind)
    assert len(sets) >= 8
    assert all(issubclass(kind, fields.RowSet) for kind in sets)
