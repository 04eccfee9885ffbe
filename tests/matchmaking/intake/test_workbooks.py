"""Workbooks that the portal hands out: they come back as they are, whatever kind of list they are."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from matchmaking.intake import workbooks
from matchmaking.intake.headings import NOTES_SHEET, OPTIONS_SHEET, read_heading
from matchmaking.intake.importing import find_kind, kinds
from matchmaking.intake.models import RowGroup
from matchmaking.intake.selectors import rows_of
from matchmaking.intake.services import mending
from tests.workbooks import HEADINGS, achievements, build, good_rows

pytestmark = pytest.mark.django_db


def names() -> list[str]:
    return sorted(kind.kind for kind in kinds())


@pytest.mark.parametrize("name", names())
def test_the_template_of_a_kind_is_recognised_as_it_is(name):
    kind, file = find_kind(name), BytesIO()
    workbooks.write_template(file, kind)
    book = load_workbook(file)
    sheet = book[kind.sheet]
    first = [cell.value for cell in sheet[1]]
    heading = read_heading(kind, [first, ["甲"] * len(first)], [1, 2])
    assert set(heading.places) == {column.name for column in kind.columns}
    assert heading.unknown == ()
    assert book.sheetnames == [kind.sheet, NOTES_SHEET, OPTIONS_SHEET]
    assert book[NOTES_SHEET].max_row > len(kind.columns)
    coded = [column for column in kind.columns if column.table and not column.many]
    assert len(sheet.data_validations.dataValidation) >= len(coded)


@pytest.mark.parametrize("coloured", [2_000, 0], ids=["with colours", "very many"])
def test_rows_to_mend_come_back_with_what_was_mended(upload, university_officer, monkeypatch, coloured):
    monkeypatch.setattr(workbooks, "COLOURED_ROWS", coloured)
    batch = upload(achievements(40, bad=4)[0])
    row = rows_of(batch, RowGroup.INVALID).first()
    name = row.errors[0]["name"]
    mending.mend_cells(by=university_officer, batch=batch, row=row, row_version=1, cells={name: "还是不对" * 30})
    file = BytesIO()
    workbooks.write_rows_to_mend(file, find_kind("achievement"), rows_of(batch, RowGroup.INVALID).iterator())
    content = file.getvalue()
    lines = [[cell.value for cell in line] for line in load_workbook(BytesIO(content)).worksheets[0].iter_rows()]
    assert len(lines) == 5
    assert any("还是不对" in str(cell) for cell in lines[1])
    assert all(line[-1] for line in lines[1:])  # each says what is wrong
    again = upload(content, name="待修改行.xlsx")
    assert (again.counts["invalid"], again.counts["new"], again.remarks) == (4, 0, [])


@pytest.mark.parametrize("coloured", [2_000, 0], ids=["with colours", "very many"])
def test_a_price_in_yuan_does_not_come_back_as_ten_thousands(upload, monkeypatch, coloured):
    monkeypatch.setattr(workbooks, "COLOURED_ROWS", coloured)
    rows = good_rows(2)
    for row, price in zip(rows, (450_000, 120), strict=True):
        row["意向价格（元）"], row["学科*"] = price, "炼金术"
    heads = [head.replace("（万元）", "（元）") for head in HEADINGS]
    batch = upload(build(rows, headings=heads))
    file = BytesIO()
    invalid = rows_of(batch, RowGroup.INVALID)
    workbooks.write_rows_to_mend(file, batch_kind(), invalid.iterator(), units=batch.heading["units"])
    table = [
        [cell.value for cell in line] for line in load_workbook(BytesIO(file.getvalue())).worksheets[0].iter_rows()
    ]
    place = table[0].index("意向价格（元）")
    assert [line[place] for line in table[1:]] == ["450000", "120"]


def batch_kind():
    return find_kind("achievement")
