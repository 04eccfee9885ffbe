"""Merged cells in the data area: filled down where that is right, refused or named where it is not."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from matchmaking.common.spreadsheet import Table, WorkbookRefused, merges
from matchmaking.common.spreadsheet.limits import Limits
from matchmaking.common.spreadsheet.parser import RowParser
from matchmaking.intake import merging
from matchmaking.intake.models import BatchState, RowGroup
from matchmaking.intake.refusals import errors_of, remarks_of
from tests.workbooks import HEADINGS, build, good_rows

pytestmark = pytest.mark.django_db


def letter(heading: str) -> str:
    return merging.column_letter(HEADINGS.index(heading))


def merged(rows, *ranges, values=None) -> bytes:
    """A workbook in which these ranges are merged, as a spreadsheet program does it: only the first cell stays."""
    book = load_workbook(BytesIO(build(rows)))
    for cell, value in (values or {}).items():
        book.active[cell] = value
    for one in ranges:
        book.active.merge_cells(one)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture(autouse=True)
def english():
    from django.utils.translation import override

    with override("en"):
        yield


def test_a_value_stands_for_every_row_and_that_is_said(upload, commit):
    place = letter("联系人")
    batch = upload(merged(good_rows(4), f"{place}2:{place}4", values={f"{place}2": "李老师"}))
    rows = list(batch.rows.order_by("row_no"))
    from matchmaking.intake.importing import find_kind
    from matchmaking.intake.presenting import text_of

    kind = find_kind("achievement")
    assert [text_of(row, kind.column("contact_name")) for row in rows] == ["李老师"] * 3 + ["王老师"]
    [remark] = remarks_of(batch.remarks)
    assert f"{place}2:{place}4" in remark
    assert "taken for every row" in remark
    assert commit(batch).state == BatchState.COMMITTED  # the commit reads the same


def test_names_of_records_are_never_filled(upload):
    batch = upload(merged(good_rows(4), "B2:B4"))
    rows = list(batch.rows.select_related("batch").order_by("row_no"))
    assert [row.group for row in rows] == ["new", "invalid", "invalid", "new"]
    [error] = errors_of(rows[1])
    assert (error["cell"], error["code"]) == ("B3", "merged")
    assert "merged with B2" in error["message"]
    assert any("B2:B4" in remark and "not taken" in remark for remark in remarks_of(batch.remarks))


def test_numbers_of_records_are_never_filled(upload, commit):
    commit(upload(build(good_rows(1))))
    from catalog.models import Achievement

    rows = good_rows(3)
    rows[0]["成果编号"] = Achievement.objects.get().public_no
    batch = upload(merged(rows, "A2:A4"))
    assert [row.group for row in batch.rows.in_file().order_by("row_no")] == ["unchanged", "new", "new"]
    assert [one["code"] for one in batch.remarks] == ["merged_names"]


def test_cells_merged_over_columns_are_read_as_they_stand_and_named(upload):
    first, second = letter("联系人"), letter("联系电话")
    batch = upload(merged(good_rows(3), f"{first}3:{second}3"))
    assert batch.rows.get(row_no=3).values.get("contact_phone", "") == ""
    [remark] = remarks_of(batch.remarks)
    assert f"{first}3:{second}3" in remark
    assert "only the first cell" in remark


def test_merged_titles_above_the_headings_are_no_remark(upload):
    book = load_workbook(BytesIO(build(good_rows(2), above=[["某大学科技成果清单"]])))
    book.active.merge_cells("A1:H1")
    file = BytesIO()
    book.save(file)
    batch = upload(file.getvalue())
    assert (batch.counts["new"], batch.remarks) == (2, [])


def test_a_formula_without_result_is_missing_in_every_row(upload):
    place = letter("国家科技计划项目编号")
    batch = upload(merged(good_rows(3), f"{place}2:{place}4", values={f"{place}2": "=CONCATENATE(1,2)"}))
    assert batch.counts["invalid"] == 3


def test_a_mended_cell_counts_before_the_merged_one(upload, university_officer):
    from matchmaking.intake.services import mending

    place = letter("成熟度*")
    batch = upload(merged(good_rows(3), f"{place}2:{place}4", values={f"{place}2": "十二级"}))
    assert batch.counts["invalid"] == 3
    row = batch.rows.get(row_no=3)
    row = mending.mend_cells(by=university_officer, batch=batch, row=row, row_version=row.version, cells={"trl": "5"})
    assert row.group == RowGroup.NEW


def test_blank_rows_stay_blank(upload):
    rows = good_rows(3)
    rows[1] = dict.fromkeys(HEADINGS)
    place = letter("联系人")
    batch = upload(merged(rows, f"{place}2:{place}4"))
    assert (batch.counts["new"], batch.counts["blank"]) == (2, 1)


# --- Hostile -----------------------------------------------------------------------------------------------------


def test_ranges_that_overlap_are_not_filled():
    spans, wide = merges.sort_merges(
        ["C2:C100", "C3:C4", "C5:C6", "D2:D3", "A1:B2", "C200:C201", "X", "C9:C8", "E1:E1"]
    )
    assert spans == [[3, 200, 201], [4, 2, 3]]
    assert wide == [["A1:B2", 1, 2], ["E1:E1", 1, 1]]


def test_a_long_text_merged_over_a_column_is_refused_before_anything_is_stored(upload, monkeypatch):
    monkeypatch.setattr(merging, "MOST_TEXT", 200)
    place = letter("应用场景")
    book = load_workbook(BytesIO(merged(good_rows(6), values={f"{place}2": "很长的文字" * 10})))
    for row in range(3, 8):
        book.active[f"{place}{row}"] = None
    # Not `merge_cells`: it would make a million cells of a format.
    book.active.merged_cells.add(f"{place}2:{place}1048576")
    file = BytesIO()
    book.save(file)
    batch = upload(file.getvalue())
    assert (batch.state, batch.refusal["code"]) == (BatchState.REFUSED, "too_much_text")
    assert not batch.rows.exists()


def test_very_many_ranges_are_refused():
    xml = "".join(f'<mergeCell ref="C{n}:C{n + 1}"/>' for n in range(2, 20, 2))
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{main}"><sheetData/><mergeCells>{xml}</mergeCells></worksheet>'
    parser = RowParser(BytesIO(sheet.encode()), [])
    parser.most_merges = 5
    with pytest.raises(WorkbookRefused) as caught:
        list(parser.rows())
    assert caught.value.code == "too_many_merges"
    assert Limits().merges >= 10_000
    assert Table("xlsx").spans == []
