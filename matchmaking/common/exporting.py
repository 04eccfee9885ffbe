"""Writing a list as a workbook, row by row into a file on disk, so that 20,000 rows cost no memory.

The package is written by hand: ten times faster than openpyxl for what a list needs (measured: 0.5 s against 5 s for
20,000 rows of 30 cells), and the web process loads no spreadsheet library. Texts are typed as texts, and one that a
spreadsheet program could take for a formula gets an apostrophe in front (reliability rule 29), which
`strip_export_prefix` takes away again on import.
"""

import re
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import IO, Any

from django.conf import settings
from django.http import FileResponse
from django.utils import timezone
from django.utils.translation import gettext as _

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DEFAULT_WIDTH = 18
LONGEST_TEXT = 32_767
_DIGITS_OF_EXCEL = 15
_DAY_ZERO = date(1899, 12, 30)
_FIRST_SAFE_DAY = date(1900, 3, 1)  # before it, Excel counts a day that never was
_TRIGGER = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_PLAIN, _HEAD, _TEXT, _DATE, _TIME = range(5)  # the formats of `_STYLES`, in their order

Column = str | tuple[str, int]


class ExportTooLarge(Exception):
    """The list has more rows than a workbook may get."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return _("The list has more than %(limit)s rows. Narrow it with the filters and export again.") % {
            "limit": f"{self.limit:,}"
        }


def workbook_response(
    filename: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, sheet: str = "", mark: str = ""
) -> FileResponse:
    """A download of one sheet. Raises ExportTooLarge before anything is sent.

    `mark` stands at the foot of every printed page: who took it away and when.

    `columns` are headings, or headings with their width in characters; a row holds one value for each: text, number,
    date, time, truth or None.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
    try:
        write_workbook(file, columns, rows, sheet=sheet, mark=mark)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=filename, content_type=CONTENT_TYPE)


def write_workbook(
    file: IO[bytes], columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, sheet: str = "", mark: str = ""
) -> int:
    """Write one sheet with a heading row into an open file and return the number of rows. Raises ExportTooLarge."""
    heads = [column if isinstance(column, tuple) else (column, DEFAULT_WIDTH) for column in columns]
    letters = [_letter(index) for index in range(1, len(heads) + 1)]
    name = _NO_SHEET_NAME.sub(" ", sheet)[:31].strip("' ") or "Sheet1"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for path, content in _PARTS.items():
            archive.writestr(path, content.replace("{sheet}", _escaped(name).replace('"', "&quot;")))
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(_beginning(heads).encode())
            part.write(_row(1, letters, [head for head, _width in heads], head=True))
            count = 0
            for count, row in enumerate(rows, start=1):
                if count > settings.EXPORT_MAX_ROWS:
                    raise ExportTooLarge(settings.EXPORT_MAX_ROWS)
                part.write(_row(count + 1, letters, row))
            last = f"{letters[-1]}{count + 1}"
            part.write(f'</sheetData><autoFilter ref="A1:{last}"/>{_foot(mark)}</worksheet>'.encode())
    return count


def guard_text(text: str) -> str:
    """A text that no spreadsheet program takes for a formula; `strip_export_prefix` gives back the text itself."""
    return f"'{text}" if _TRIGGER.match(text) else text


def strip_export_prefix(text: str) -> str:
    """Take away the one apostrophe that `guard_text` put before a formula sign; every other text stays as it is."""
    return text[1:] if text.startswith("'") and _TRIGGER.match(text) else text


def _row(number: int, letters: Sequence[str], values: Sequence[Any], *, head: bool = False) -> bytes:
    cells = "".join(
        _cell(f"{letter}{number}", value, _HEAD if head else _TEXT)
        for letter, value in zip(letters, values, strict=True)
        if value is not None and value != ""
    )
    return f'<row r="{number}">{cells}</row>'.encode()


def _cell(name: str, value: Any, style: int) -> str:
    if isinstance(value, bool):
        value = "是" if value else "否"
    elif isinstance(value, datetime):
        local = timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
        if local.date() >= _FIRST_SAFE_DAY:
            seconds = local.hour * 3600 + local.minute * 60 + local.second
            return _number(name, f"{(local.date() - _DAY_ZERO).days + seconds / 86400:.10f}", _TIME)
        value = local.isoformat(" ", "seconds")
    elif isinstance(value, date):
        if value >= _FIRST_SAFE_DAY:
            return _number(name, str((value - _DAY_ZERO).days), _DATE)
        value = value.isoformat()
    elif isinstance(value, int | float | Decimal) and isfinite(value):
        digits = f"{Decimal(str(value)).normalize():f}"
        if len(digits.strip("-").replace(".", "").strip("0")) <= _DIGITS_OF_EXCEL and len(digits) < 40:
            return _number(name, digits, _PLAIN)
        value = digits  # Excel would round a number of more digits, such as an identifier
    text = _escaped(guard_text(str(value))[:LONGEST_TEXT])
    return f'<c r="{name}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _number(name: str, digits: str, style: int) -> str:
    return f'<c r="{name}" s="{style}"><v>{digits}</v></c>'


def _escaped(text: str) -> str:
    """Text for XML: what cannot stand in it is left out, a carriage return and Excel's own escapes survive it."""
    text = _LOOKS_ESCAPED.sub("_x005F_", _NO_XML.sub("", text))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _letter(index: int) -> str:
    letters = ""
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _foot(mark: str) -> str:
    """The foot of the printed pages; an ampersand would begin a code there, so it stands twice. At most 255 signs."""
    text = _escaped("&L" + mark.replace("&", "&&")[:250])
    return f"<headerFooter><oddFooter>{text}</oddFooter></headerFooter>" if mark else ""


def _beginning(heads: Sequence[tuple[str, int]]) -> str:
    widths = "".join(
        f'<col min="{index}" max="{index}" width="{width}" customWidth="1"/>'
        for index, (_head, width) in enumerate(heads, start=1)
    )
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>"
    )


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFE7EEF7"/></patternFill></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1">'
    '<alignment vertical="top" wrapText="1"/></xf>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_PARTS = {
    "[Content_Types].xml": (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        '<sheets><sheet name="{sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/styles.xml": _STYLES,
}
