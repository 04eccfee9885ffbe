"""Lists as workbooks: whole, typed, and without a formula somebody planted."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from django.utils.translation import gettext_lazy, override
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.common.exporting import (
    ExportTooLarge,
    guard_text,
    strip_export_prefix,
    workbook_response,
    write_workbook,
)
from tests.hostile import NASTY
from tests.matchmaking.common.test_spreadsheet import HALF_PAST_EIGHT, read_here

TRIGGERS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x", "'=1", "''=1", "-20℃"]


def written(rows, columns=("列",), sheet="") -> bytes:
    file = io.BytesIO()
    write_workbook(file, columns, rows, sheet=sheet)
    return file.getvalue()


@pytest.mark.parametrize("text", TRIGGERS + NASTY)
def test_no_text_becomes_a_formula_and_every_text_comes_back(text):
    data = written([[text]])
    cell = openpyxl.load_workbook(io.BytesIO(data)).active["A2"]
    assert cell.data_type in {"s", "n"}
    assert cell.data_type == "s" or cell.value is None
    legal = "".join(sign for sign in text if sign >= " " or sign in "\t\r\n")
    back = read_here(data).rows[1:]
    assert [strip_export_prefix(row[0]) for row in back] == ([legal] if legal.strip() else [])


@pytest.mark.parametrize("text", TRIGGERS)
def test_a_trigger_gets_one_apostrophe(text):
    assert guard_text(text) == f"'{text}"
    assert strip_export_prefix(guard_text(text)) == text


@pytest.mark.parametrize("text", ["", "'", "'a'", "电池", "a=b", "—", "−5", "'90年代", " =1"])
def test_other_texts_stay_as_they_are(text):
    assert guard_text(text) == text
    assert strip_export_prefix(text) == text


@given(st.text(max_size=50))
def test_the_prefix_goes_as_it_came(text):
    assert strip_export_prefix(guard_text(text)) == text


@pytest.mark.parametrize("sign", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_what_a_workbook_cannot_hold_is_left_out(sign):
    assert read_here(written([[f"锂{sign}电池"]])).rows[1] == ["锂电池"]


def test_values_are_typed():
    row = [5, Decimal("1.50"), True, date(2026, 1, 5), datetime(2026, 1, 5, 0, 30, tzinfo=UTC), None, "",
           91110108551385082, gettext_lazy("public"), date(1899, 5, 1), float("inf"), -3, 0.0]  # fmt: skip
    with override("en"):
        data = written([row], [f"列{number}" for number in range(len(row))])
    assert read_here(data).rows[1] == [
        5, Decimal("1.5"), "是", date(2026, 1, 5), HALF_PAST_EIGHT, None, None, "91110108551385082", "public",
        "1899-05-01", "inf", -3, 0,
    ]  # fmt: skip


def test_the_workbook_is_a_proper_one():
    data = written([["锂电池"]], [("成果名称", 40), "简介"][:1], sheet="成果/清单:[2026]")
    page = openpyxl.load_workbook(io.BytesIO(data)).active
    assert page.title == "成果 清单  2026"
    assert page["A1"].font.bold
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == "A1:A2"
    assert page.column_dimensions["A"].width == 40
    assert written([], ["列"]) is not None


def test_a_row_of_another_length_is_a_fault_of_the_program():
    with pytest.raises(ValueError, match="zip"):
        written([["a", "b"]])


def test_more_rows_than_allowed_are_refused_before_anything_is_sent(settings):
    settings.EXPORT_MAX_ROWS = 3
    assert len(read_here(written([[number] for number in range(3)])).rows) == 4
    with pytest.raises(ExportTooLarge) as refused:
        workbook_response("a.xlsx", ["列"], ([number] for number in range(4)))
    assert "3" in str(refused.value)


@pytest.mark.django_db
def test_the_download():
    response = workbook_response("成果转化清单.xlsx", ["列"], [["值"]])
    assert "attachment" in response["Content-Disposition"]
    assert "%E6%88%90" in response["Content-Disposition"]
    assert response["Content-Type"].endswith("spreadsheetml.sheet")
    assert read_here(b"".join(response.streaming_content)).rows == [["列"], ["值"]]
    response.close()
