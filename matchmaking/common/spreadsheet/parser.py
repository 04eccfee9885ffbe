"""openpyxl's reader without what we do not need, and with what it passes over in silence.

It refuses a whole workbook for a fill it does not know, and takes the dates of a Chinese Excel (whose format 31 is
2026年1月5日) for numbers; so of the styles only the question which of them are dates is answered, here.

Its read-only sheet pads every row to its last column, fills gaps between rows, drops a row whose number does not rise,
and reads a formula without a stored result as a blank. So its parser is asked for the cells one by one, and each of
these is counted or refused. Texts, nine cells in ten, are taken directly: its own way costs three times as long.

The base classes come from modules that openpyxl does not document; the tests hold their names in place.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet import _reader as tags
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.xml.constants import ARC_STYLE, SHARED_STRINGS, SHEET_MAIN_NS

from matchmaking.common.spreadsheet.counting import LAST_COLUMN, LAST_ROW, cell_name
from matchmaking.common.spreadsheet.refusal import WorkbookRefused

_FORMAT = f"{{{SHEET_MAIN_NS}}}numFmt"
_CELL_STYLES = f"{{{SHEET_MAIN_NS}}}cellXfs"
_CHINESE_DATES = {str(number) for number in (*range(27, 37), *range(50, 59))}
_ITEM = f"{{{SHEET_MAIN_NS}}}si"
_TEXT = f"{{{SHEET_MAIN_NS}}}t"
_MERGED = f"{{{SHEET_MAIN_NS}}}mergeCell"
_RUN = f"{{{SHEET_MAIN_NS}}}r"
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_IN_CELL = {tags.CELL_TAG, tags.VALUE_TAG, tags.FORMULA_TAG}
_CLEARED = {value for name, value in vars(tags).items() if name.endswith("_TAG")} - _IN_CELL


class WorkbookReader(ExcelReader):
    """The package with its texts, dates and sheets; no properties, no theme, no chart sheets, no links."""

    def __init__(self, handle: Any) -> None:
        super().__init__(handle, read_only=True, data_only=True, keep_links=False)

    def read_strings(self) -> None:
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            with self.archive.open(part.PartName[1:]) as source:
                self.shared_strings = list(_items(source))

    def read(self) -> None:
        self.read_manifest()
        self.read_strings()
        self.read_workbook()
        self.date_styles, self.timedelta_styles = self._read_date_styles()
        self.read_worksheets()

    def _read_date_styles(self) -> tuple[set[int], set[int]]:
        if ARC_STYLE not in self.valid_files:
            return set(), set()
        formats: dict[str, str] = {}
        used: list[str] = []
        with self.archive.open(ARC_STYLE) as source:
            for _event, element in ET.iterparse(source):  # noqa: S314  (as above)
                if element.tag == _FORMAT:
                    formats[element.get("numFmtId", "")] = element.get("formatCode", "")
                elif element.tag == _CELL_STYLES:
                    used = [style.get("numFmtId", "0") for style in element]
        dates, spans = set(), set()
        for index, number in enumerate(used):
            words = formats.get(number) or BUILTIN_FORMATS.get(int(number) if number.isdecimal() else -1)
            if number in _CHINESE_DATES and number not in formats:
                dates.add(index)
            elif is_date_format(words):
                dates.add(index)
                if is_timedelta_format(words):
                    spans.add(index)
        return dates, spans

    def read_worksheets(self) -> None:
        for sheet, relation in self.parser.find_sheets():
            if relation.target not in self.valid_files:
                raise WorkbookRefused("damaged")
            if "chartsheet" not in relation.Type:
                found = SheetPart(self.wb, sheet.name, relation.target, self.shared_strings)
                found.sheet_state = sheet.state or "visible"
                self.wb._sheets.append(found)  # type: ignore[attr-defined]  # noqa: SLF001


class SheetPart(ReadOnlyWorksheet):
    """A sheet whose size is found by reading it; the library would parse the whole part to look for a stated one."""

    def _get_size(self) -> None:
        self.reset_dimensions()


class RowParser(tags.WorkSheetParser):
    """The cells of a sheet, row by row."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.uncomputed: list[str] = []
        self.hidden_rows = 0
        self.merged = False
        self.merges: list[str] = []
        self.most_merges = 0

    def rows(self) -> Iterator[tuple[int, list[tuple[int, Any]]]]:
        """(row number, [(column, value)]) of every row element, blank cells left out, without padding."""
        for _event, element in ET.iterparse(self.source):  # noqa: S314  (as above)
            if element.tag == tags.ROW_TAG:
                yield self._row(element)
                element.clear()
            elif element.tag == tags.MERGE_TAG:
                self.merged = True
                element.clear()
            elif element.tag in _CLEARED:
                element.clear()
            elif element.tag == _MERGED:
                self.merges.append(element.get("ref", ""))
                if len(self.merges) > self.most_merges:
                    raise WorkbookRefused("too_many_merges", limit=self.most_merges)

    def parse_cell(self, element: Any) -> dict[str, Any]:
        """A cell as {"row", "column", "value"}; texts are read here, everything else by the library."""
        kind = element.get("t")
        if kind not in {"s", "inlineStr"} or not (reference := element.get("r")):
            return super().parse_cell(element)
        row, column = coordinate_to_tuple(reference)
        self.col_counter = column
        value: str | None = None
        if kind == "s":
            index = element.findtext(tags.VALUE_TAG)
            value = self.shared_strings[_index(index)] if index else None
        elif (inline := element.find(tags.INLINE_STRING)) is not None:
            value = _text(inline)
        return {"row": row, "column": column, "value": value}

    def _row(self, element: Any) -> tuple[int, list[tuple[int, Any]]]:
        previous = self.row_counter
        try:
            number = int(element.get("r", previous + 1))
        except ValueError as error:
            raise WorkbookRefused("bad_row", row=str(element.get("r"))[:20]) from error
        if not previous < number <= LAST_ROW:
            raise WorkbookRefused("bad_row", row=number)
        self.row_counter, self.col_counter = number, 0
        if element.get("hidden") in {"1", "true"}:
            self.hidden_rows += 1
        cells = [self._cell(child, number) for child in element if child.tag == tags.CELL_TAG]
        if len(dict(cells)) != len(cells):
            raise WorkbookRefused("bad_row", row=number)
        return number, [cell for cell in cells if cell[1] is not None]

    def _cell(self, element: Any, number: int) -> tuple[int, Any]:
        try:
            cell = self.parse_cell(element)
        except (ValueError, TypeError, LookupError, ArithmeticError, UnboundLocalError) as error:
            raise WorkbookRefused("bad_cell", cell=self._name(element, number)) from error
        column, value = cell["column"], cell["value"]
        if cell["row"] != number or not 1 <= column <= LAST_COLUMN:
            raise WorkbookRefused("bad_cell", cell=self._name(element, number))
        if value is None and element.find(tags.FORMULA_TAG) is not None:
            self.uncomputed.append(cell_name(column, number))
        return column, value

    def _name(self, element: Any, number: int) -> str:
        return str(element.get("r") or cell_name(min(self.col_counter + 1, LAST_COLUMN), number))[:20]


def _items(source: Any) -> Iterator[str]:
    for _event, element in ET.iterparse(source):  # noqa: S314  (as above)
        if element.tag == _ITEM:
            yield _text(element)
            element.clear()


def _index(text: str) -> int:
    index = int(text)
    if index < 0:
        raise IndexError(index)  # Python would count from the end
    return index


def _text(element: Any) -> str:
    """The text of a string item: plain, or in formatted runs; not the reading aids some languages add."""
    if len(element) == 1 and element[0].tag == _TEXT:
        text = element[0].text or ""
    else:
        parts = (child if child.tag == _TEXT else child.find(_TEXT) for child in element if child.tag in {_TEXT, _RUN})
        text = "".join(part.text or "" for part in parts if part is not None)
    return _ESCAPE.sub(_unescaped, text) if "_x" in text else text


def _unescaped(match: re.Match[str]) -> str:
    """Excel's own way to write what XML cannot hold. Control characters that mean nothing in a cell are dropped."""
    sign = chr(int(match[1], 16))
    if sign in "_\t\n\r":
        return sign
    return "" if sign < " " else match[0]
