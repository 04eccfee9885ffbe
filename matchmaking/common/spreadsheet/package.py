"""Looking into the parts of a workbook before a parser does: content types, document types, encodings."""

import re
import zipfile
from collections.abc import Iterable

from matchmaking.common.spreadsheet.archive import unpack_counted
from matchmaking.common.spreadsheet.limits import MIB, Limits
from matchmaking.common.spreadsheet.refusal import WorkbookRefused

_CONTENT_TYPES = "[content_types].xml"
_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MOST_CONTENT_TYPES = 1 * MIB
_KINDS = (
    ("xlsb", re.compile(r"vnd\.ms-excel\.sheet\.binary")),
    ("macro", re.compile(r"macroenabled|vbaproject|vnd\.ms-office\.vba|macrosheet|dialogsheet")),
    ("external_link", re.compile(r"externallink")),
    ("embedded_object", re.compile(r"activex|oleobject|\.package\b")),
    ("template", re.compile(r"spreadsheetml\.template\.main")),
    ("other_office", re.compile(r"wordprocessingml|presentationml|visio")),
)
_RELATIONS = (
    ("macro", re.compile(rb"relationships/(vbaproject|xlmacrosheet|dialogsheet)")),
    ("external_link", re.compile(rb"relationships/(externallink|attachedtemplate)")),
    ("embedded_object", re.compile(rb"relationships/(oleobject|package|control)\b")),
)
_DOCUMENT_TYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_OVERLAP = 16
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"']{0,40})["']""")
_ENCODINGS = {b"utf-8", b"us-ascii", b"ascii"}
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_NO_XML = re.compile(r"(^|/)(media|printersettings)/")


def check_content(archive: zipfile.ZipFile, limits: Limits) -> None:
    """Unpack every part once, counting, and refuse what a parser should not be given.

    Office programs write UTF-8 without a document type. Anything else is an attempt to reach the parser's entities or
    to hide a document type from a search.
    """
    for name, pieces in unpack_counted(archive, limits):
        folded = name.lower()
        if folded == _CONTENT_TYPES:
            content = b"".join(_at_most(pieces, _MOST_CONTENT_TYPES))
            _check_xml(folded, [content])
            _check_content_types(content.decode("utf-8", "replace").lower())
        elif folded.endswith(".rels"):
            content = b"".join(pieces)
            _check_xml(folded, [content])
            _check_relations(content.lower())
        else:
            _check_xml(folded, pieces)


def _check_xml(name: str, pieces: Iterable[bytes]) -> None:
    """Search one part; pictures are unpacked and counted like the rest, but not searched."""
    searched = not _NO_XML.search(name)
    before = b""
    first = True
    for piece in pieces:
        if not searched:
            continue
        if first:
            _check_beginning(name, piece[:512])
            first = False
        if _DOCUMENT_TYPE.search(before + piece):
            raise WorkbookRefused("unsafe")
        before = piece[-_OVERLAP:]


def _check_beginning(name: str, start: bytes) -> None:
    is_xml = name.endswith((".xml", ".rels", ".vml"))
    if is_xml and (start.startswith(_WIDE_MARKS) or b"\x00" in start[:4]):
        raise WorkbookRefused("unsafe")
    declared = _ENCODING.search(start)
    if declared and declared[1].lower() not in _ENCODINGS:
        raise WorkbookRefused("unsafe")


def _check_content_types(content: str) -> None:
    for code, pattern in _KINDS:
        if pattern.search(content):
            raise WorkbookRefused(code)
    if _MAIN not in content:
        raise WorkbookRefused("not_excel")


def _check_relations(content: bytes) -> None:
    for code, pattern in _RELATIONS:
        if pattern.search(content):
            raise WorkbookRefused(code)


def _at_most(pieces: Iterable[bytes], limit: int) -> Iterable[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise WorkbookRefused("unsafe")
        yield piece
