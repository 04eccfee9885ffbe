"""Workbooks that the portal hands out for an upload: the empty template, and the rows that must be mended.

Both have the same shape, so that what was downloaded can be uploaded again as it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from matchmaking.common.exporting import guard_text, write_workbook
from matchmaking.intake.cells import YesNoCell
from matchmaking.intake.code_cells import leaves, option
from matchmaking.intake.headings import ERROR_HEADING, NOTES_SHEET, OPTIONS_SHEET
from matchmaking.intake.importing import Column, RowKind
from matchmaking.intake.models import ImportRow
from matchmaking.intake.said import spoken
from matchmaking.intake.services.import_results import texts_of

FREE_ROWS = 2_000  # rows with drop-downs in an empty template
COLOURED_ROWS = 2_000
ERROR_WIDTH = 60
UNITS_OF_MONEY = ("元", "千元", "万元", "亿元")
_HEAD = PatternFill("solid", fgColor="1F5FAD")
_HEAD_OPTIONAL = PatternFill("solid", fgColor="5B7A9D")
_WRONG = PatternFill("solid", fgColor="FBD9D5")
_TOP = Alignment(vertical="top", wrap_text=True)


def write_template(file: IO[bytes], kind: RowKind) -> None:
    """Write the empty workbook: headings, drop-downs for codes, a sheet that explains every column."""
    _write(file, kind, [])


def write_rows_to_mend(
    file: IO[bytes], kind: RowKind, rows: Iterable[ImportRow], *, units: Mapping[str, str] | None = None
) -> None:
    """Write rows with errors as they stand now; wrong cells are red and the last column says why.

    `units` are the units of money that stood in the headings of the file: the numbers below are as they were written
    there. Very many rows are written without colours and drop-downs: a sheet with both is built in memory.
    """
    if units is not None:
        kind = replace(kind, columns=tuple(_with_unit(column, units) for column in kind.columns))
    lines = iter(rows)
    first = list(islice(lines, COLOURED_ROWS + 1))
    if len(first) <= COLOURED_ROWS:
        _write(file, kind, first, errors=True)
        return
    heads = [*((column.title, column.width) for column in kind.columns), (ERROR_HEADING, ERROR_WIDTH)]
    write_workbook(file, heads, (_texts(kind, row) for row in chain(first, lines)), sheet=kind.sheet)


def _with_unit(column: Column, units: Mapping[str, str]) -> Column:
    """A plain number under a heading without a unit must not get one on its way back."""
    return replace(column, unit=units.get(column.name, "")) if column.unit in UNITS_OF_MONEY else column


def _texts(kind: RowKind, row: ImportRow) -> list[str]:
    texts = texts_of({**row.values, **row.mended}, kind)
    return [*(texts.get(column.name, "") for column in kind.columns), _said(row)]


def _said(row: ImportRow) -> str:
    """What is wrong with a row, a line for each cell."""
    lines = (f"{one['column']}：{spoken(one['message'])} {spoken(one['hint'])}".strip() for one in row.errors)
    return "\n".join(lines)


def _write(file: IO[bytes], kind: RowKind, rows: Sequence[ImportRow], *, errors: bool = False) -> None:
    book = Workbook()
    sheet: Worksheet = book.active  # type: ignore[assignment]
    sheet.title = kind.sheet
    _write_heading(sheet, kind, errors=errors)
    for number, row in enumerate(rows, start=2):
        _write_row(sheet, number, kind, row)
    _offer_choices(book, sheet, kind, last=len(rows) + FREE_ROWS)
    _explain(book.create_sheet(NOTES_SHEET, 1), kind)
    book.save(file)


def _write_heading(sheet: Worksheet, kind: RowKind, *, errors: bool) -> None:
    heads = [(column.title, column.width, column.required) for column in kind.columns]
    if errors:
        heads.append((ERROR_HEADING, ERROR_WIDTH, True))
    for index, (title, width, required) in enumerate(heads, start=1):
        cell = sheet.cell(1, index, title)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = _HEAD if required else _HEAD_OPTIONAL
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(index)].width = width
    sheet.row_dimensions[1].height = 32
    sheet.freeze_panes = "C2"


def _write_row(sheet: Worksheet, number: int, kind: RowKind, row: ImportRow) -> None:
    wrong = {error["name"] for error in row.errors}
    texts = _texts(kind, row)
    for index, (column, text) in enumerate(zip(kind.columns, texts, strict=False), start=1):
        cell = _put(sheet, number, index, text)
        if column.name in wrong:
            cell.fill = _WRONG
    _put(sheet, number, len(texts), texts[-1])


def _put(sheet: Worksheet, row: int, column: int, text: str) -> Any:
    """Write text as text, never as a formula (reliability rule 29); the import takes the guard away again."""
    cell = sheet.cell(row, column)
    if text:
        cell.value = guard_text(text)
        cell.data_type = "s"
        cell.number_format = "@"
    cell.alignment = _TOP
    return cell


def _options_of(kind: RowKind, column: Column) -> list[str]:
    if column.table:
        return [option(code, name) for code, name in leaves(column.table)]
    return ["是", "否"] if isinstance(kind.form.base_fields[column.name], YesNoCell) else []


def _offer_choices(book: Workbook, sheet: Worksheet, kind: RowKind, *, last: int) -> None:
    """Put the allowed words of every code column on a hidden sheet and offer them as drop-downs.

    A cell with several codes offers none: a drop-down holds one.
    """
    hidden = book.create_sheet(OPTIONS_SHEET)
    hidden.sheet_state = "hidden"
    place = 0
    for index, column in enumerate(kind.columns, start=1):
        options = _options_of(kind, column)
        if not options or column.many:
            continue
        place += 1
        letter = get_column_letter(place)
        for number, words in enumerate([column.heading, *options], start=1):
            hidden.cell(number, place, words)
        choice = DataValidation(
            type="list", formula1=f"'{OPTIONS_SHEET}'!${letter}$2:${letter}${len(options) + 1}", allow_blank=True
        )
        choice.showErrorMessage = False  # names and codes written by hand are understood as well
        choice.promptTitle, choice.prompt = column.heading, str(column.note)[:250]
        choice.showInputMessage = True
        sheet.add_data_validation(choice)
        at = get_column_letter(index)
        choice.add(f"{at}2:{at}{last}")


def _explain(sheet: Worksheet, kind: RowKind) -> None:
    """One line a column: needed or not, how to fill it, an example, and what can be written."""
    heads = [(_("Column"), 18), (_("Needed"), 16), (_("How to fill it"), 60), (_("Example"), 42),
             (_("What can be written"), 90)]  # fmt: skip
    for index, (head, width) in enumerate(heads, start=1):
        cell = sheet.cell(1, index, str(head))
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), _HEAD
        sheet.column_dimensions[get_column_letter(index)].width = width
    for number, column in enumerate(kind.columns, start=2):
        needed = (
            _("to be recognised") if column.name == kind.key else _("to submit") if column.required else _("optional")
        )
        options = "；".join(_options_of(kind, column))
        texts = (column.title, needed, str(column.note), column.example, options)
        for index, text in enumerate(texts, start=1):
            _put(sheet, number, index, str(text))
    rules = (
        _("Rows become drafts; nothing is submitted by the upload."),
        _("An empty cell leaves an existing value as it is."),
        _("Headings may stand in any order; columns with other headings are left out and named in the preview."),
    )
    for number, rule in enumerate(rules, start=len(kind.columns) + 3):
        _put(sheet, number, 1, str(rule))
        sheet.cell(number, 1).alignment = Alignment(wrap_text=False)
    sheet.freeze_panes = "B2"
