"""Reading the wanted sheet of a workbook inside the bounded process, counting what is filled."""

import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from math import isfinite
from typing import Any, BinaryIO, TypeVar

from openpyxl.utils.exceptions import InvalidFileException

from matchmaking.common.spreadsheet.counting import Count
from matchmaking.common.spreadsheet.limits import Limits
from matchmaking.common.spreadsheet.merges import sort_merges
from matchmaking.common.spreadsheet.parser import RowParser, WorkbookReader
from matchmaking.common.spreadsheet.refusal import WorkbookRefused
from matchmaking.common.spreadsheet.table import Cell, PassedOn, Table

Kept = TypeVar("Kept", Table, PassedOn)

_DIGITS_OF_EXCEL = 15
_LONGEST_INT = 10**18
_HEADS = 10  # sheets whose first rows are looked at beside the one that is read
_HEAD_ROWS = 20
_HEAD_WITHIN = 200
_HEAD_TEXT = 200
# What openpyxl raises on parts that contradict each other; broken XML is a SyntaxError.
_DAMAGE = (zipfile.BadZipFile, InvalidFileException, LookupError, ValueError, TypeError, AttributeError, SyntaxError,
           ArithmeticError, EOFError, AssertionError)  # fmt: skip


def read_workbook(handle: BinaryIO, limits: Limits, prefer: Sequence[str], table: Kept) -> Kept:
    """Read the first visible sheet that has content, the preferred names before the others."""
    handle.seek(0)
    reader = WorkbookReader(handle)
    try:
        reader.read()
    except _DAMAGE as error:
        raise WorkbookRefused("damaged") from error
    sheets = reader.wb.worksheets
    visible = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
    if not visible:
        raise WorkbookRefused("no_sheet")
    wished = [name.strip().casefold() for name in prefer]
    visible.sort(key=lambda sheet: sheet.title.strip().casefold() not in wished)
    for sheet in visible:
        _read_sheet(reader, sheet, limits, table)
        if len(table):
            break
    table.other_sheets = [sheet.title for sheet in sheets if sheet.title != table.sheet]
    others = [sheet for sheet in visible if sheet.title != table.sheet][:_HEADS]
    table.other_heads = {sheet.title: head for sheet in others if (head := _head(reader, sheet, limits))}
    return table


def _read_sheet(reader: WorkbookReader, sheet: Any, limits: Limits, table: Table | PassedOn) -> None:
    """Read one sheet; one without content leaves its facts behind, which the next one replaces."""
    table.sheet = sheet.title
    count = Count(limits)
    uncomputed = 0
    try:
        with sheet._get_source() as source:  # noqa: SLF001  (see parser.py)
            parser = _parser(reader, source)
            parser.most_merges = limits.merges
            for number, cells in parser.rows():
                row = _as_row(number, cells, count)
                if row or len(parser.uncomputed) > uncomputed:
                    count.row()
                    table.keep(number, row)
                uncomputed = len(parser.uncomputed)
                table.rows_read = number
    except _DAMAGE as error:
        raise WorkbookRefused("damaged") from error
    table.hidden_rows, table.merged, table.uncomputed = parser.hidden_rows, parser.merged, parser.uncomputed
    table.spans, table.wide = sort_merges(parser.merges)


def _head(reader: WorkbookReader, sheet: Any, limits: Limits) -> list[list[Cell]]:
    """The first filled rows of a sheet that is not read. What is wrong with it is no reason to refuse the file."""
    head: list[list[Cell]] = []
    count = Count(limits)
    try:
        with sheet._get_source() as source:  # noqa: SLF001  (see parser.py)
            for number, cells in islice(_parser(reader, source).rows(), _HEAD_WITHIN):
                if row := _as_row(number, cells, count):
                    head.append([cell[:_HEAD_TEXT] if isinstance(cell, str) else cell for cell in row])
                if len(head) == _HEAD_ROWS:
                    break
    except (*_DAMAGE, WorkbookRefused):
        return []
    return head


def _parser(reader: WorkbookReader, source: Any) -> RowParser:
    return RowParser(
        source,
        reader.shared_strings,
        data_only=True,
        epoch=reader.wb.epoch,
        date_formats=reader.date_styles,
        timedelta_formats=reader.timedelta_styles,
    )


def _as_row(number: int, cells: list[tuple[int, Any]], count: Count) -> list[Cell]:
    row: list[Cell] = []
    for column, raw in sorted(cells, key=_column):
        value = as_cell(raw)
        if value is None:
            continue
        count.cell(number, column, value)
        if len(row) < column - 1:
            row.extend([None] * (column - 1 - len(row)))
        row.append(value)
    return row


def _column(cell: tuple[int, Any]) -> int:
    return cell[0]


def as_cell(value: Any) -> Cell:
    """A value as the person sees it: numbers with the fifteen digits Excel shows, midnight as a plain date."""
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < _LONGEST_INT else Decimal(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value
    if isinstance(value, date):
        return value
    return value.isoformat() if isinstance(value, time) else str(value)


def _number(value: float) -> Cell:
    if not isfinite(value):
        return str(value)
    if value.is_integer() and abs(value) < 10**_DIGITS_OF_EXCEL:
        return int(value)
    return Decimal(f"{value:.{_DIGITS_OF_EXCEL}g}")
