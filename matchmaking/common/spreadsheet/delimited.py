"""Reading a CSV file as Chinese offices write it: UTF-8 with or without a mark, or GB 18030."""

import csv
import io
from typing import BinaryIO, TypeVar

from matchmaking.common.spreadsheet.counting import Count
from matchmaking.common.spreadsheet.limits import Limits
from matchmaking.common.spreadsheet.refusal import WorkbookRefused
from matchmaking.common.spreadsheet.table import Cell, PassedOn, Table

Kept = TypeVar("Kept", Table, PassedOn)
_SEPARATORS = ",\t;"
_FIRST_LINES = 20
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_csv(handle: BinaryIO, limits: Limits, table: Kept) -> Kept:
    """Read all records; every cell is text. A record is a row, as in the program that wrote the file."""
    handle.seek(0)
    data = handle.read(limits.file_bytes + 1)
    text, encoding = _decode(data)
    del data
    table.encoding = encoding
    count = Count(limits)
    csv.field_size_limit(limits.cell_characters + 1)
    records = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
    number = 0
    while True:
        try:
            record = next(records)
        except StopIteration:
            break
        except csv.Error as error:
            if "field larger" in str(error):
                raise WorkbookRefused("bad_row", row=number + 1) from error
            raise WorkbookRefused("damaged") from error
        number += 1
        row = _as_row(number, record, count)
        if row:
            count.row()
            table.keep(number, row)
    table.rows_read = number
    return table


def _decode(data: bytes) -> tuple[str, str]:
    if data.startswith(_WIDE_MARKS):
        raise WorkbookRefused("csv_encoding")
    if b"\x00" in data:
        raise WorkbookRefused("csv_binary")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(ord(sign) < 32 and sign not in "\t\r\n" for sign in text[:4096]):
            raise WorkbookRefused("csv_binary")
        return text, encoding.removesuffix("-sig")
    raise WorkbookRefused("csv_encoding")


def _separator(text: str) -> str:
    """The sign that divides the headings: the line with the most of it, among the first; titles above have none."""
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:_FIRST_LINES]
    return max(_SEPARATORS, key=lambda sign: max((line.count(sign) for line in lines), default=0))


def _as_row(number: int, record: list[str], count: Count) -> list[Cell]:
    row: list[Cell] = []
    for column, value in enumerate(record, start=1):
        if value.strip():
            count.cell(number, column, value)
            row.extend([None] * (column - 1 - len(row)))
            row.append(value)
    return row
