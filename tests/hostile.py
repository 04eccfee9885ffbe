"""Hostile tables, made on the spot: every class of reliability.md, appendix B, and some found since.

`CORPUS` maps a name to a `Case`: the file name under which somebody would upload it, a function that makes its bytes,
and the refusals that are right; no refusal means that it must be read. Nothing here is larger on disk than 21 MB.
"""

import base64
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SHEET = "xl/worksheets/sheet1.xml"
LAST_ROW = 1_048_576
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
NASTY = [
    "", " ", "\u3000", "\u200b", "\ufeff", "𠮷", "﷽" * 100, "\u202e反", "e\u0301" * 100, "'\";--", "%_\\", "..%2f",
    "a\r\nSet-Cookie: x=1", "{{7*7}}", "{0.__class__}", "=cmd|' /C calc'!A0", "＝1+1", "\t=1", "<img src=x onerror=1>",
    "null", "NaN", "1e309", "x" * 32_767, "_x0000__x005F_x000D_",
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A file, and the codes one of which its refusal must have; without codes it must be read, with "" it may be."""

    file: str
    make: Callable[[], bytes]
    refused: frozenset[str]

    @property
    def may_be_read(self) -> bool:
        return not self.refused or "" in self.refused


# --- Building workbooks ---------------------------------------------------------------------------------------------


def escape(text: str) -> str:
    legal = "".join(sign for sign in text if sign in "\t\n\r" or sign >= " ")
    return legal.replace("&", "&amp;").replace("<", "&lt;").replace("\r", "&#13;")


def text_cell(name: str, text: str) -> str:
    return f'<c r="{name}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def sheet_xml(rows: str, *, before: str = "", after: str = "") -> str:
    return f'{HEAD}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def parts(
    sheet: str | bytes = "", *, sheets: int = 1, more: Iterable[tuple[str, str]] = (), types: str = ""
) -> dict[str, bytes]:
    """The parts of a workbook; `sheet` is the first sheet, `more` further parts, `types` further content types."""
    names = [f"xl/worksheets/sheet{number}.xml" for number in range(1, sheets + 1)]
    overrides = "".join(f'<Override PartName="/{name}" ContentType="{TYPES}.worksheet+xml"/>' for name in names)
    listed = "".join(
        f'<sheet name="S{number}" sheetId="{number}" r:id="rId{number}"/>' for number in range(1, sheets + 1)
    )
    related = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/worksheet" Target="/{name}"/>'
        for number, name in enumerate(names, start=1)
    )
    found = {
        "[Content_Types].xml": (
            f'{HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>{overrides}'
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPES}.sharedStrings+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{TYPES}.styles+xml"/>{types}</Types>'
        ),
        "_rels/.rels": (
            f'{HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": (
            f'{HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f"{related}</Relationships>"
        ),
        "xl/sharedStrings.xml": f'{HEAD}<sst xmlns="{MAIN}"><si><t>共用</t></si></sst>',
        "xl/styles.xml": (
            f'{HEAD}<styleSheet xmlns="{MAIN}"><fonts><font/></fonts>'
            "<fills><fill><patternFill/></fill></fills><borders><border/></borders>"
            '<cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
        ),
        **{name: sheet_xml(f'<row r="1">{text_cell("A1", "标题")}</row>') for name in names},
        **dict(more),
    }
    if sheet:
        found[SHEET] = sheet
    return {name: content if isinstance(content, bytes) else content.encode() for name, content in found.items()}


def pack(content: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return file.getvalue()


def workbook(sheet: str | bytes = "", **kwargs) -> bytes:
    return pack(parts(sheet, **kwargs))


def rows(*cells: str) -> str:
    """One row for each argument: its cells as XML."""
    return "".join(f'<row r="{number}">{row}</row>' for number, row in enumerate(cells, start=1))


@dataclass
class Packed:
    """An archive entry written by hand: what it holds and what the directory says about it."""

    data: bytes
    size: int
    checksum: int
    flags: int = 0


def stored(data: bytes) -> Packed:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return Packed(packer.compress(data) + packer.flush(), len(data), zlib.crc32(data))


def repeated(start: bytes, block: bytes, times: int, end: bytes) -> Packed:
    """A huge entry that costs no time to make: one compressed block, over and over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = zlib.compressobj(9, zlib.DEFLATED, -15)
    middle = piece.compress(block) + piece.flush(zlib.Z_FULL_FLUSH)
    last = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = first + middle * times + last.compress(end) + last.flush()
    checksum = zlib.crc32(start)
    for _ in range(times):
        checksum = zlib.crc32(block, checksum)
    return Packed(data, len(start) + len(block) * times + len(end), zlib.crc32(end, checksum))


def raw_zip(entries: Iterable[tuple[str, Packed]]) -> bytes:
    body, directory, count = io.BytesIO(), io.BytesIO(), 0
    for name, entry in entries:
        encoded = name.encode()
        common = struct.pack(
            "<HHHHHLLLHH",
            20,
            entry.flags | 0x800,
            8,
            0,
            33,
            entry.checksum,
            len(entry.data),
            entry.size,
            len(encoded),
            0,
        )
        at = body.tell()
        body.write(b"PK\x03\x04" + common + encoded + entry.data)
        directory.write(
            b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHLL", 0, 0, 0, 0, at) + encoded
        )
        count += 1
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, directory.tell(), body.tell(), 0)
    return body.getvalue() + directory.getvalue() + end


def with_entry(name: str, entry: Packed, *, flags: int = 0, sheet: str = "") -> bytes:
    """A good workbook in which one part is replaced by a hand-made entry, or to which it is added."""
    entries = {part: stored(data) for part, data in parts(sheet).items()}
    entries[name] = entry
    for each in entries.values():
        each.flags = flags
    return raw_zip(entries.items())


# --- Not a workbook -------------------------------------------------------------------------------------------------


def ole(*, encrypted: bool) -> bytes:
    body = "EncryptedPackage".encode("utf-16-le") if encrypted else "Workbook".encode("utf-16-le")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024) + body + bytes(512)


def ods() -> bytes:
    return pack({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"})


def retyped(new: str) -> bytes:
    """A workbook whose main part says it is something else."""
    return replacing(f"{TYPES}.sheet.main+xml", f"application/vnd.{new}")


# --- Bombs ----------------------------------------------------------------------------------------------------------


def huge_sheet(*, lie: bool = False) -> bytes:
    block = b'<row><c t="n"><v>1</v></c></row>' * 32_768  # 1 MB
    start, end = sheet_xml("").split("</sheetData>")
    entry = repeated(start.encode(), block, 200, b"</sheetData>" + end.encode())
    if lie:
        entry.size = 1_000
    return with_entry(SHEET, entry)


def huge_strings() -> bytes:
    start, end = f'{HEAD}<sst xmlns="{MAIN}">', "</sst>"
    return with_entry(
        "xl/sharedStrings.xml", repeated(start.encode(), b"<si><t>aaaaaaa</t></si>" * 45_000, 300, end.encode())
    )


def three_pictures() -> bytes:
    """Three parts of 40 MB, each of them allowed."""
    blocks = (random.Random(number).randbytes(2**16) + bytes(31 * 2**16) for number in range(3))
    return with_raw(*((f"xl/media/{number}.png", repeated(b"", block, 20, b"")) for number, block in enumerate(blocks)))


def many_entries() -> bytes:
    empty = stored(b"")
    return with_raw(*((f"xl/media/{number}.png", empty) for number in range(60_000)))


def empty_rows(count: int = LAST_ROW - 2) -> str:
    return "".join(f'<row r="{number}"/>' for number in range(3, count + 3))


def table_of(row_count: int, column_count: int) -> str:
    letters = [column_name(index) for index in range(1, column_count + 1)]
    return "".join(
        f'<row r="{row}">' + "".join(f'<c r="{letter}{row}"><v>{row}</v></c>' for letter in letters) + "</row>"
        for row in range(1, row_count + 1)
    )


def column_name(index: int) -> str:
    name = ""
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def deep_xml(depth: int = 200_000) -> str:
    return sheet_xml(f'<row r="1"><c r="A1" t="inlineStr"><is>{"<a>" * depth}{"</a>" * depth}</is></c></row>')


def blank_cells(row_count: int, column_count: int) -> str:
    """Cells that hold a format and nothing else, irregular enough not to look like a bomb."""
    numbers = random.Random(1)
    lines = ["".join(f'<c s="{numbers.randrange(9999)}"/>' for _ in range(column_count)) for _ in range(300)]
    return "".join(f'<row r="{row}">{numbers.choice(lines)}</row>' for row in range(1, row_count + 1))


def many_strings() -> bytes:
    numbers = random.Random(1)
    block = "".join(f"<si><t>{numbers.randrange(10**6)}</t></si>" for _ in range(30_000))
    return workbook(more=[("xl/sharedStrings.xml", f'{HEAD}<sst xmlns="{MAIN}">{block * 100}</sst>')])


def shared_text_copied() -> bytes:
    """A text of 32,000 characters, used by two million cells: 4 MB on disk, 64 GB of text."""
    letters = [column_name(index) for index in range(1, 101)]
    line = "".join(f'<c r="{letter}%d" t="s"><v>0</v></c>' for letter in letters)
    body = "".join(f'<row r="{row}">{line.replace("%d", str(row))}</row>' for row in range(1, 12_001))
    strings = f'{HEAD}<sst xmlns="{MAIN}"><si><t>{"长" * 32_000}</t></si></sst>'
    return workbook(sheet_xml(body), more=[("xl/sharedStrings.xml", strings)])


# --- XML ------------------------------------------------------------------------------------------------------------

LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
OUTSIDE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]>'


def with_document_type(document_type: str, entity: str) -> bytes:
    good = sheet_xml(rows(f'<c r="A1" t="inlineStr"><is><t>{entity}</t></is></c>'))
    return workbook(good.replace(HEAD, HEAD + document_type))


def in_encoding(codec: str, declared: str) -> bytes:
    good = sheet_xml(rows(text_cell("A1", "x"))).replace('encoding="UTF-8"', f'encoding="{declared}"')
    return workbook(good.encode(codec))


def declared_then_switched() -> bytes:
    """A declaration readable as ASCII that switches the parser to EBCDIC, in which a document type looks different."""
    head = b'<?xml version="1.0" encoding="cp037"?>'
    return workbook(head + (XXE + "<worksheet/>").encode("cp037"))


# --- Cells ----------------------------------------------------------------------------------------------------------


def csv_of(text: str, codec: str) -> bytes:
    return text.encode(codec)


def good() -> bytes:
    return titled('<c r="A2"><v>1</v></c>')


def replacing(old: str, new: str, *, where: Callable[[str], bool] = lambda name: True) -> bytes:
    """A workbook in which something is replaced in all parts, or in those whose names answer."""
    changed = {
        name: data.replace(old.encode(), new.encode()) if where(name) else data for name, data in parts().items()
    }
    return pack(changed)


def with_raw(*more: tuple[str, Packed]) -> bytes:
    """A workbook with further entries that the library would not write."""
    return raw_zip([(name, stored(data)) for name, data in parts().items()] + list(more))


def titled(*cells: str, before: str = "", after: str = "") -> bytes:
    """A workbook of a title in the first row and these rows below it."""
    return workbook(sheet_xml(rows(text_cell("A1", "标题"), *cells), before=before, after=after))


def bare(sheet_data: str) -> bytes:
    return workbook(sheet_xml(sheet_data))


def case(file: str, make: Callable[[], bytes], *refused: str) -> Case:
    return Case(file, make, frozenset(refused))


X = "a.xlsx"
MERGES = "".join(f'<mergeCell ref="A{row}:A{row + 1}"/>' for row in range(2, 120_002, 2))
CORPUS: dict[str, Case] = {
    # Not a workbook
    "empty": case(X, lambda: b"", "empty"),
    "text renamed": case(X, "成果名称,简介".encode, "not_workbook"),
    "png renamed": case(X, lambda: PNG, "not_workbook"),
    "html renamed": case(X, lambda: b"<html><table></table></html>", "not_workbook"),
    "random bytes": case(X, lambda: random.Random(1).randbytes(5_000), "not_workbook"),
    "truncated": case(X, lambda: good()[:-200], "damaged"),
    "truncated in the middle": case(X, lambda: good()[:900], "damaged"),
    "zip without a workbook": case(X, lambda: pack({"a.txt": b"x"}), "not_excel"),
    "password": case(X, lambda: ole(encrypted=True), "encrypted"),
    "xls": case("a.xls", lambda: ole(encrypted=False), "legacy_xls"),
    "xlsb": case("a.xlsb", lambda: retyped("ms-excel.sheet.binary.macroEnabled.main"), "xlsb"),
    "ods": case("a.ods", ods, "ods"),
    "docx": case(
        "a.docx", lambda: retyped("openxmlformats-officedocument.wordprocessingml.document.main+xml"), "other_office"
    ),
    "template": case(
        "a.xltx", lambda: retyped("openxmlformats-officedocument.spreadsheetml.template.main+xml"), "template"
    ),
    "pdf before the archive": case(X, lambda: b"%PDF-1.7\n" + good(), "not_workbook"),
    "html before the archive": case(X, lambda: b"<html></html>" + good(), "not_workbook"),
    "archive before the archive": case(X, lambda: b"PK\x03\x04" + bytes(40) + good(), "unsafe", "damaged"),
    "too large": case(X, lambda: good() + bytes(21 * 1024 * 1024), "too_large"),
    # Bombs
    "200 MB sheet": case(X, huge_sheet, "too_big_inside"),
    "300 MB of strings": case(X, huge_strings, "too_big_inside"),
    "1 GB picture": case(
        X, lambda: with_entry("xl/media/a.png", repeated(b"", bytes(2**20), 1024, b"")), "too_big_inside"
    ),
    "40 MB of nothing": case(
        X, lambda: with_entry("xl/media/a.png", repeated(b"", bytes(2**20), 40, b"")), "too_compressible"
    ),
    "three parts of 40 MB": case(X, three_pictures, "too_big_inside"),
    "60,000 entries": case(X, many_entries, "too_many_parts"),
    "1,048,574 empty rows": case(X, lambda: bare(rows(text_cell("A1", "标题"), text_cell("A2", "x")) + empty_rows())),
    "dimension too large": case(X, lambda: titled(before='<dimension ref="A1:XFD1048576"/>')),
    "dimension too small": case(X, lambda: titled(text_cell("B2", "x"), before='<dimension ref="A1"/>')),
    "one cell at the end": case(
        X, lambda: bare('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "too_many_columns"
    ),
    "one cell in the last row": case(X, lambda: bare('<row r="1048576"><c r="A1048576"><v>1</v></c></row>')),
    "16,384 columns": case(X, lambda: bare(table_of(3, 16_384)), "too_many_columns"),
    "1,000,000 distinct cells": case(X, lambda: bare(table_of(100_000, 10)), "too_many_rows"),
    "500 sheets": case(X, lambda: workbook(sheets=500), "too_many_sheets"),
    "everything merged": case(
        X, lambda: titled(after='<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>')
    ),
    "very many merges": case(X, lambda: titled(after=f"<mergeCells>{MERGES}</mergeCells>"), "too_many_merges"),
    "one column merged twice": case(
        X, lambda: titled(after='<mergeCells><mergeCell ref="A2:A1048576"/><mergeCell ref="A3:A9"/></mergeCells>')
    ),
    "200,000 deep": case(
        X, lambda: workbook(deep_xml()), "unsafe", "damaged", "too_much_memory", "unreadable", "too_compressible"
    ),
    "60,000 deep": case(
        X, lambda: workbook(deep_xml(60_000)), "", "unsafe", "damaged", "too_much_memory", "unreadable"
    ),
    "3 million blank cells": case(X, lambda: bare(blank_cells(30_000, 100)), "", "too_slow", "too_much_memory"),
    "3 million texts": case(X, many_strings, "", "too_slow", "too_much_memory"),
    "directory lies about the size": case(X, lambda: huge_sheet(lie=True), "damaged"),
    "one long text for many cells": case(X, shared_text_copied, "too_much_text"),
    # XML
    "billion laughs": case(X, lambda: with_document_type(LAUGHS, "&j;"), "unsafe"),
    "entity from a file": case(X, lambda: with_document_type(XXE, "&e;"), "unsafe"),
    "document type from outside": case(
        X, lambda: replacing(HEAD, HEAD + OUTSIDE, where="xl/workbook.xml".__eq__), "unsafe"
    ),
    "quadratic entity": case(X, lambda: with_document_type(QUADRATIC, "&a;" * 10_000), "unsafe"),
    "document type in a relation": case(
        X, lambda: replacing(HEAD, HEAD + OUTSIDE, where=lambda name: name.endswith(".rels")), "unsafe"
    ),
    "broken xml": case(X, lambda: workbook(sheet_xml("<row><c>")), "damaged"),
    "utf-16": case(X, lambda: in_encoding("utf-16", "UTF-16"), "unsafe"),
    "utf-16 without a mark": case(X, lambda: in_encoding("utf-16-be", "UTF-16"), "unsafe"),
    "another encoding declared": case(X, declared_then_switched, "unsafe"),
    "sheet missing": case(X, lambda: pack({name: data for name, data in parts().items() if name != SHEET}), "damaged"),
    # Zip tricks
    "path upwards": case(X, lambda: workbook(more=[("../../../../x", "x")]), "unsafe"),
    "absolute path": case(X, lambda: workbook(more=[("/etc/x", "x")]), "unsafe"),
    "windows path": case(X, lambda: with_raw(("C:\\x", stored(b"x"))), "unsafe"),
    "a name twice": case(X, lambda: with_raw((SHEET, stored(b"<x/>"))), "unsafe"),
    "a name twice in other letters": case(X, lambda: with_raw((SHEET.upper(), stored(b"<x/>"))), "unsafe"),
    "zip password": case(X, lambda: with_entry("xl/x.xml", stored(b"x"), flags=1), "encrypted"),
    # Cells
    "nasty texts": case(
        X, lambda: titled(*(text_cell(f"A{number}", text) for number, text in enumerate(NASTY, start=2)))
    ),
    "formulas without a result": case(
        X, lambda: titled('<c r="A2"><f>1+1</f></c><c r="B2"><f>1</f><v>2</v></c><c r="C2" t="str"><f>x</f><v></v></c>')
    ),
    "shared formula over all rows": case(
        X, lambda: titled('<c r="A2"><f t="shared" ref="A2:A1048576" si="0">B2</f><v>7</v></c>')
    ),
    "string index out of range": case(X, lambda: titled('<c r="A2" t="s"><v>99</v></c>'), "bad_cell"),
    "string index below zero": case(X, lambda: titled('<c r="A2" t="s"><v>-1</v></c>'), "bad_cell"),
    "styles no library knows": case(X, lambda: replacing("<fill><patternFill/></fill>", "<fill/>")),
    "style out of range": case(X, lambda: titled('<c r="A2" s="9999"><v>5</v></c>')),
    "reference A0": case(X, lambda: titled('<c r="A0"><v>5</v></c>'), "bad_cell"),
    "reference ZZZZ9": case(X, lambda: titled('<c r="ZZZZ9"><v>5</v></c>'), "bad_cell"),
    "reference empty": case(X, lambda: titled('<c r=""><v>5</v></c>')),
    "reference of another row": case(X, lambda: titled('<c r="A7"><v>5</v></c>'), "bad_cell"),
    "a cell twice": case(X, lambda: titled('<c r="A2"><v>5</v></c><c r="A2"><v>6</v></c>'), "bad_row"),
    "a row twice": case(
        X, lambda: bare('<row r="5"><c r="A5"><v>1</v></c></row><row r="5"><c r="A5"><v>2</v></c></row>'), "bad_row"
    ),
    "rows backwards": case(
        X, lambda: bare('<row r="5"><c r="A5"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>'), "bad_row"
    ),
    "row number out of range": case(X, lambda: bare('<row r="99999999999"><c><v>1</v></c></row>'), "bad_row"),
    "row number no number": case(X, lambda: bare('<row r="x"><c><v>1</v></c></row>'), "bad_row"),
    "bad number": case(X, lambda: titled('<c r="A2"><v>12abc</v></c>'), "bad_cell"),
    "bad date": case(X, lambda: titled('<c r="A2" t="d"><v>2026-02-30</v></c>'), "bad_cell"),
    "bad type": case(X, lambda: titled('<c r="A2" t="zzz"><v>5</v></c>')),
    "1e300 as a date": case(X, lambda: titled('<c r="A2" s="1"><v>1e300</v></c>')),
    "infinite number": case(X, lambda: titled('<c r="A2"><v>1e999</v></c>')),
    "20,000 digits": case(X, lambda: titled(f'<c r="A2"><v>{"9" * 20_000}</v></c>'), "bad_cell"),
    "text too long": case(X, lambda: titled(text_cell("A2", "x" * 32_768)), "cell_too_long"),
    "hidden row": case(
        X,
        lambda: workbook(
            sheet_xml(f'<row r="1">{text_cell("A1", "标题")}</row><row r="2" hidden="1">{text_cell("A2", "藏")}</row>')
        ),
    ),
    "macro renamed": case(X, lambda: retyped("ms-excel.sheet.macroEnabled.main+xml"), "macro"),
    "macro part": case(X, lambda: workbook(more=[("xl/vbaProject.bin", "x")]), "macro"),
    "macro under another name": case(
        X,
        lambda: workbook(
            more=[
                ("xl/x.bin", "x"),
                (
                    "xl/worksheets/_rels/sheet1.xml.rels",
                    f'{HEAD}<Relationships><Relationship Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject"/></Relationships>',
                ),
            ]
        ),
        "macro",
    ),
    "link to another file": case(
        X, lambda: workbook(more=[("xl/externalLinks/externalLink1.xml", "<x/>")]), "external_link"
    ),
    "embedded file": case(X, lambda: workbook(more=[("xl/embeddings/a.xlsx", "x")]), "embedded_object"),
    "control": case(X, lambda: workbook(more=[("xl/activeX/activeX1.xml", "<x/>")]), "embedded_object"),
    "all sheets hidden": case(X, lambda: replacing('sheetId="1"', 'sheetId="1" state="hidden"'), "no_sheet"),
    # CSV
    "gbk csv": case("a.csv", lambda: csv_of("成果名称,简介\n锂电池,隔膜\n", "gbk")),
    "csv with a mark": case("a.csv", lambda: csv_of("\ufeff成果名称;简介\n锂电池;隔膜\n", "utf-8")),
    "utf-16 csv": case("a.csv", lambda: csv_of("成果名称\t简介\n", "utf-16"), "csv_encoding"),
    "csv with zeros": case("a.csv", lambda: b"a,b\n" * 2_000 + b"c,d\x00\n", "csv_binary"),
    "csv of control characters": case("a.csv", lambda: b"a,\x07b\n", "csv_binary"),
    "csv in no encoding": case("a.csv", lambda: b"a,\xff\xff\xff\n", "csv_encoding"),
    "19 MB field": case("a.csv", lambda: b'a,b\n"' + b"x" * (19 * 2**20) + b'",1\n', "bad_row"),
    "50 MB field": case("a.csv", lambda: b'a,b\n"' + b"x" * (50 * 2**20) + b'",1\n', "too_large"),
    "open quotation mark": case("a.csv", lambda: 'a,b\n"开'.encode() + b"1,2\n" * 100_000, "bad_row"),
    "csv of 30,000 rows": case("a.csv", lambda: b"a,b\n" * 30_000, "too_many_rows"),
    "csv of 200 columns": case("a.csv", lambda: b"a" + b",b" * 200, "too_many_columns"),
    "csv of blank lines": case("a.csv", lambda: b"a,b\n" + b"\n" * 1_000_000 + b"c,d\n"),
    "nasty csv": case(
        "a.csv", lambda: csv_of("\n".join('"' + text.replace('"', '""') + '"' for text in NASTY), "utf-8")
    ),
}
