"""The checks that need no parser: what kind of file it is, and whether its archive is honest.

The order matters: each check makes the next one safe. Only `unpack_counted` unpacks anything.
"""

import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from matchmaking.common.spreadsheet.limits import MIB, Limits
from matchmaking.common.spreadsheet.refusal import WorkbookRefused

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_END = b"PK\x05\x06"
_END_BYTES = 22
_LONGEST_COMMENT = 65_535
_ZIP64 = {0xFFFF, 0xFFFFFFFF}
_PIECE = 256 * 1024
_FORBIDDEN_PARTS = (
    ("macro", re.compile(r"vbaproject|vbadata|(^|/)(macrosheets|dialogsheets)/")),
    ("external_link", re.compile(r"(^|/)externallinks/")),
    ("embedded_object", re.compile(r"(^|/)(embeddings|activex)/")),
)


def kind_of(handle: BinaryIO, name: str, limits: Limits) -> str:
    """ "xlsx" or "csv", judged by size, first bytes and, for text only, the name. Refuses everything else."""
    size = os.fstat(handle.fileno()).st_size
    if size == 0:
        raise WorkbookRefused("empty")
    if size > limits.file_bytes:
        raise WorkbookRefused("too_large", limit=limits.file_bytes // MIB)
    handle.seek(0)
    start = handle.read(8)
    if start.startswith(ZIP_MAGIC):
        return "xlsx"
    if start == OLE_MAGIC:
        handle.seek(0)
        raise WorkbookRefused("encrypted" if _ENCRYPTED_STREAM in handle.read(limits.file_bytes) else "legacy_xls")
    if name.lower().endswith((".csv", ".txt")):
        return "csv"
    raise WorkbookRefused("not_workbook")


def open_archive(handle: BinaryIO, limits: Limits) -> zipfile.ZipFile:
    """Open the archive after reading its central directory alone, and refuse what no office program writes."""
    _check_directory(handle, limits)
    try:
        archive = zipfile.ZipFile(handle)
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, OSError) as error:
        raise WorkbookRefused("damaged") from error
    if not entries:
        raise WorkbookRefused("damaged")
    if len(entries) > limits.entries:
        raise WorkbookRefused("too_many_parts", limit=limits.entries)
    if min(entry.header_offset for entry in entries) != 0:
        raise WorkbookRefused("unsafe")  # something stands before the archive, or pretends to be its beginning
    seen: set[str] = set()
    total = 0
    for entry in entries:
        _check_name(entry, seen)
        if entry.flag_bits & 0x1:
            raise WorkbookRefused("encrypted")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise WorkbookRefused("unsafe")
        _check_sizes(entry.file_size, entry.compress_size, limits)
        total += entry.file_size
    _check_total(total, limits)
    return archive


def check_parts(archive: zipfile.ZipFile, limits: Limits) -> None:
    """Refuse parts that run code, reach out of the file, or hide another file; and archives of other kinds."""
    names = [name.lower() for name in archive.namelist()]
    if "[content_types].xml" not in names:
        raise WorkbookRefused("ods" if "mimetype" in names and "content.xml" in names else "not_excel")
    for code, pattern in _FORBIDDEN_PARTS:
        if any(pattern.search(name) for name in names):
            raise WorkbookRefused(code)
    if sum(name.startswith("xl/worksheets/") and name.endswith(".xml") for name in names) > limits.sheets:
        raise WorkbookRefused("too_many_sheets", limit=limits.sheets)


def unpack_counted(archive: zipfile.ZipFile, limits: Limits) -> Iterator[tuple[str, Iterator[bytes]]]:
    """(name, pieces) of every entry, counting what really comes out: a directory may lie about sizes."""
    total = 0

    def pieces(entry: zipfile.ZipInfo) -> Iterator[bytes]:
        nonlocal total
        size = 0
        try:
            with archive.open(entry) as stream:
                while piece := stream.read(_PIECE):
                    size += len(piece)
                    total += len(piece)
                    _check_sizes(size, entry.compress_size, limits)
                    _check_total(total, limits)
                    yield piece
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, OSError, zlib.error) as error:
            raise WorkbookRefused("damaged") from error

    for entry in archive.infolist():
        yield entry.filename, pieces(entry)


def _check_directory(handle: BinaryIO, limits: Limits) -> None:
    """Read the end record ourselves: the library would take a directory of any length into memory."""
    size = handle.seek(0, os.SEEK_END)
    handle.seek(max(0, size - _END_BYTES - _LONGEST_COMMENT))
    tail = handle.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        raise WorkbookRefused("damaged")
    *_, entries, directory_bytes, offset, _comment = struct.unpack("<4s4H2LH", tail[at : at + _END_BYTES])
    if entries > limits.entries or directory_bytes > limits.directory_bytes or entries in _ZIP64:
        raise WorkbookRefused("too_many_parts", limit=limits.entries)
    if offset in _ZIP64 or offset + directory_bytes > size:
        raise WorkbookRefused("damaged")


def _check_name(entry: zipfile.ZipInfo, seen: set[str]) -> None:
    name = entry.orig_filename
    folded = name.lower()
    if folded in seen:
        raise WorkbookRefused("unsafe")
    seen.add(folded)
    if "\x00" in name or "\\" in name or ":" in name or name.startswith("/") or ".." in name.split("/"):
        raise WorkbookRefused("unsafe")


def _check_sizes(size: int, packed: int, limits: Limits) -> None:
    if size > limits.entry_bytes:
        raise WorkbookRefused("too_big_inside", limit=limits.entry_bytes // MIB)
    if size > limits.ratio_from_bytes and size > limits.ratio * max(packed, 1):
        raise WorkbookRefused("too_compressible")


def _check_total(total: int, limits: Limits) -> None:
    if total > limits.total_bytes:
        raise WorkbookRefused("too_big_inside", limit=limits.total_bytes // MIB)
