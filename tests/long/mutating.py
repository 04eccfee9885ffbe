"""Workbooks broken at random, and workbooks of which it is known what must come of every row.

Everything follows from a seed: `mutant(seed)` is always the same file, `book(seed)` the same table with the same truth.
"""

import io
import random
import re
import zipfile
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font

from tests.workbooks import HEADINGS, MISTAKES, achievements, build, good_rows

SHEET = "xl/worksheets/sheet1.xml"
NASTY = (b"\x00", b"\xff\xfe", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"]]>", b"<", b">", b"\"", b"1e309", b"-1",
         b"99999999999999999999", b"A1:XFD1048576", b"XFD1048576", b"ZZZZ9", b"A0", b"NaN", b"\xf0\x90\x28\xbc",
         "＝1+1".encode(), b"../../x", b"t=\"s\"", b"r=\"\"", b"<f>SUM(A:A)</f>", b"<mergeCell ref=\"A1:XFD1048576\"/>",
         b"<!--", b"<![CDATA[", b"xml:space=\"preserve\"", b"\r\n", "\u202e".encode(), b" " * 5_000)  # fmt: skip
FIRST, LAST = datetime(1900, 1, 1), datetime(9999, 12, 31)  # noqa: DTZ001  (a workbook knows no zone)
VALUES = (
    "", " ", "\u3000", "\u200b", "𠮷", "\u202e反", "'\";--", "%_\\", "..%2f", "{{7*7}}", "{0.__class__}", "＝1+1", "@x",
    "null", "NaN", "1e309", "x" * 32_000, -1, 0, 2**31, 2**63, 10**20, "٣", "１２", "1,000", "1_000", "0x10", ".5",
    "1e5", "TRL-6", "2026-02-30", "0000-00-00", "9999-12-31", "明天", True, 1.5, FIRST, LAST, time(12), 60,
)  # fmt: skip


def mutant(seed: int) -> tuple[str, bytes]:
    """A file name and the bytes of a good table that was broken in one to six places."""
    chance = random.Random(seed)
    data, _planted = achievements(chance.choice((3, 12, 40)), bad=chance.choice((0, 2)), seed=seed % 7)
    way = chance.choices((_bytes, _parts, _text, _cells), weights=(2, 4, 2, 3))[0]
    return way(chance, data)


def _cells(chance: random.Random, data: bytes) -> tuple[str, bytes]:
    """A whole workbook with values in it that nobody expects there."""
    rows = good_rows(chance.choice((3, 12, 40)), seed=chance.randrange(1_000))
    for _time in range(chance.randint(1, 12)):
        chance.choice(rows)[chance.choice(HEADINGS)] = chance.choice(VALUES)
    headings = list(HEADINGS)
    if chance.random() < 0.3:
        headings[chance.randrange(1, len(headings))] = chance.choice(("", "备注", "成果名称", "x" * 300))
    return "成果.xlsx", build([{new: row[old] for old, new in zip(HEADINGS, headings, strict=True)} for row in rows],
                            headings=headings)  # fmt: skip


def _bytes(chance: random.Random, data: bytes) -> tuple[str, bytes]:
    """The archive itself: bits turned over, cut, doubled, filled up."""
    broken = bytearray(data)
    for _time in range(chance.randint(1, 6)):
        at = chance.randrange(len(broken))
        _break(chance, broken, at)
    return "成果.xlsx", bytes(broken)


def _parts(chance: random.Random, data: bytes) -> tuple[str, bytes]:
    """One or two parts of the package, packed again so that the archive is whole."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    for _time in range(chance.choice((1, 1, 2))):
        name = SHEET if chance.random() < 0.6 else chance.choice(sorted(content))
        if chance.random() < 0.05 and len(content) > 1:
            content.pop(name, None)
            continue
        broken = bytearray(content.get(name, b" ") or b" ")
        for _place in range(chance.choice((1, 1, 2, 4))):
            _break(chance, broken, chance.randrange(len(broken)) if broken else 0)
        content[name] = bytes(broken)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    return "成果.xlsx", file.getvalue()


def _text(chance: random.Random, data: bytes) -> tuple[str, bytes]:
    """The same rows as a CSV file, in some encoding, with separators and quotes where none belong."""
    lines = [",".join(HEADINGS)]
    for row in good_rows(chance.choice((3, 12))):
        cells = [str(row[head] or "").replace('"', '""') for head in HEADINGS]
        lines.append(",".join(f'"{cell}"' for cell in cells))
    text = "\r\n".join(lines)
    broken = bytearray(text.encode(chance.choice(("utf-8", "utf-8-sig", "gb18030", "utf-16"))))
    for _time in range(chance.randint(1, 6)):
        _break(chance, broken, chance.randrange(len(broken)))
    return "成果.csv", bytes(broken)


def _break(chance: random.Random, data: bytearray, at: int) -> None:
    way = chance.randrange(6)
    length = chance.choice((1, 1, 4, 40, 400))
    if way == 0 and at < len(data):
        data[at] ^= 1 << chance.randrange(8)
    elif way == 1:
        del data[at : at + length]
    elif way == 2:
        data[at:at] = data[at : at + length]
    elif way == 3:
        data[at:at] = chance.choice(NASTY)
    elif way == 4:
        data[at : at + length] = chance.choice(NASTY)
    else:
        data[at:at] = chance.randbytes(length)
    if not data:
        data += b" "


@dataclass(frozen=True)
class Book:
    """A table with its truth: how many rows of data it holds, and the last row of the sheet that is not empty."""

    data: bytes
    rows: int


def book(seed: int) -> Book:
    """A workbook as an office might send it: titles, merged cells, blank, hidden and phantom rows, notes, a second
    sheet, formulas without a result, a dimension that lies, mistakes, the same row twice."""
    chance = random.Random(seed)
    file = Workbook()
    sheet = file.active
    sheet.title = chance.choice(("成果清单", "Sheet1", "2026年汇总"))
    if chance.random() < 0.6:
        sheet.append(["某高校2026年科技成果汇总表"])
        sheet.merge_cells("A1:F1")
    if chance.random() < 0.4:
        sheet.append([])
    sheet.append(list(HEADINGS))
    count = _fill(chance, sheet, seed)
    if chance.random() < 0.5:
        sheet.append([])
    if chance.random() < 0.6:
        sheet.append([chance.choice(("注：带*为必填项", "填表说明：请勿修改表头", "填表人：王老师"))])
    if chance.random() < 0.3:
        for row in range(sheet.max_row + 1, sheet.max_row + chance.choice((3, 300))):
            sheet.cell(row, 2).font = Font(bold=True)  # styled, without a value
    if chance.random() < 0.4:
        more = file.create_sheet(chance.choice(("说明", "代码表")))
        more.append(["填写说明"])
        more.sheet_state = chance.choice(("visible", "hidden"))
    return Book(_saved(chance, file), count)


def _fill(chance: random.Random, sheet: Any, seed: int) -> int:
    """Write the rows of data, with gaps between them; return how many."""
    rows = good_rows(chance.randint(1, 30), seed=seed)
    for row in rows:
        if chance.random() < 0.2:
            mistake = chance.choice(MISTAKES)
            row[mistake.heading] = mistake.value
        if row["成果名称*"] and chance.random() < 0.1:
            row["成熟度证据"] = "=A1&B1"  # openpyxl stores no result for it
    if chance.random() < 0.4:
        rows.append(dict(chance.choice(rows)))
    for row in rows:
        if chance.random() < 0.1:
            sheet.append([])
            sheet.append(["", "  ", "\u3000"])
        sheet.append([row.get(head) for head in HEADINGS])
        if chance.random() < 0.1:
            sheet.row_dimensions[sheet.max_row].hidden = True
    return len(rows)


def _saved(chance: random.Random, file: Workbook) -> bytes:
    raw = io.BytesIO()
    file.save(raw)
    if chance.random() > 0.4:
        return raw.getvalue()
    lie = chance.choice(("A1", "A1:B2", "A1:XFD1048576")).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == SHEET:
                part = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="' + lie + b'"', part)
            new.writestr(name, part)
    return packed.getvalue()
