"""What an uploaded document or picture really is, before it is stored: name, size, content, picture dimensions.

Nothing is opened with a library that draws or runs anything. A file passes when its ending is on the list, its first
bytes say the same (filetype; for Office files the archive guard of `common.spreadsheet`), and it is not a known test
for virus scanners. It is served as a download only (`intake/views/files.py`), so what a reader program would do with a
crafted PDF is between that program and its user.
"""

import hashlib
import re
import struct
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

import filetype
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from matchmaking.common.spreadsheet.archive import open_archive, unpack_counted
from matchmaking.common.spreadsheet.limits import Limits
from matchmaking.common.spreadsheet.refusal import WorkbookRefused

_OFFICE = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".docx": f"{_OFFICE}wordprocessingml.document",
    ".xlsx": f"{_OFFICE}spreadsheetml.sheet",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
_MAIN_PART = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml"}
_LONGEST_NAME = 180  # bytes; with the random folder of a download manager still within 255
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_NOT_IN_NAMES = re.compile(r'[<>:"|?*\s]+')
_PIECE = 256 * 1024
_HEAD = 8 * 1024
# Written in two parts, so that a scanner does not take this file for the test file.
_SCANNER_TEST = b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE"


class DocumentRefused(Exception):
    """The file is not accepted; the message says why and what would be right."""

    def __init__(self, sentence: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


@dataclass(frozen=True)
class Document:
    """What a file is: a name that can be shown and saved everywhere, its media type, its real size and digest."""

    name: str
    media_type: str
    size: int
    sha256: str


def examine(name: str, handle: BinaryIO) -> Document:
    """Check a file as it was uploaded. Raises DocumentRefused; the handle is left at its beginning."""
    shown = safe_name(name)
    suffix = PurePath(shown).suffix
    media_type = MEDIA_TYPES.get(suffix)
    if media_type is None:
        raise DocumentRefused(_("Only PDF, Word (.docx), Excel (.xlsx), PNG, JPEG and WebP files are accepted."))
    head, size, digest = _read_through(handle)
    if suffix in _MAIN_PART:
        _check_office(handle, suffix)
    else:
        found = filetype.guess(head)
        if found is None or found.mime != media_type:
            raise DocumentRefused(_("The content does not fit the ending %(ending)s of the file.") % {"ending": suffix})
        if media_type.startswith("image/"):
            _check_picture(handle, media_type)
    handle.seek(0)
    return Document(shown, media_type, size, digest)


def safe_name(name: str) -> str:
    """A file name in one line, without path, invisible or direction-turning characters, with its ending in small."""
    text = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    text = "".join(sign for sign in text if unicodedata.category(sign)[0] != "C")
    path = PurePath(_NOT_IN_NAMES.sub(" ", text).strip(" .") or "file")
    suffix = path.suffix.lower() if len(path.suffix) <= 6 else ""
    stem = (path.name[: -len(suffix)] if suffix else path.name).rstrip(" .")
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    room = _LONGEST_NAME - len(suffix.encode())
    return f"{stem.encode()[:room].decode('utf-8', 'ignore').rstrip(' .') or 'file'}{suffix}"


def _read_through(handle: BinaryIO) -> tuple[bytes, int, str]:
    """(first bytes, size, digest) of the whole file, counted and not as declared."""
    digest, size, head, tail = hashlib.sha256(), 0, b"", b""
    handle.seek(0)
    while piece := handle.read(_PIECE):
        size += len(piece)
        if size > settings.UPLOAD_MAX_BYTES:
            raise too_large()
        digest.update(piece)
        head = head or piece[:_HEAD]
        _refuse_scanner_test(tail + piece)
        tail = piece[-len(_SCANNER_TEST) :]
    if not size:
        raise DocumentRefused(_("The file is empty."))
    return head, size, digest.hexdigest()


def too_large() -> DocumentRefused:
    limit = {"limit": settings.UPLOAD_MAX_BYTES // 1024**2}
    return DocumentRefused(_("The file is larger than %(limit)s MB.") % limit)


def _refuse_scanner_test(piece: bytes) -> None:
    if _SCANNER_TEST in piece:
        raise DocumentRefused(_("The file holds the signature by which virus scanners are tested."))


def _check_office(handle: BinaryIO, suffix: str) -> None:
    """An honest archive with the main part of its kind, without macros; every part is unpacked once and counted."""
    limits = Limits()
    try:
        with open_archive(handle, limits) as archive:
            names = {name.lower() for name in archive.namelist()}
            if not {"[content_types].xml", _MAIN_PART[suffix]} <= names:
                raise DocumentRefused(
                    _("The content does not fit the ending %(ending)s of the file.") % {"ending": suffix}
                )
            if any("vbaproject" in name or "vbadata" in name or "/activex/" in name for name in names):
                raise DocumentRefused(_("The file holds macros. Save it without macros first."))
            for _name, pieces in unpack_counted(archive, limits):
                for piece in pieces:
                    _refuse_scanner_test(piece)
    except WorkbookRefused as refusal:
        raise DocumentRefused(_("The file is damaged, protected by a password or unsafe inside.")) from refusal


# --- Pictures: only the header is read -----------------------------------------------------------------------------


def _check_picture(handle: BinaryIO, media_type: str) -> None:
    """A picture of a few kilobytes may unfold to gigabytes in every browser that shows it."""
    readers = {"image/png": _png_size, "image/jpeg": _jpeg_size, "image/webp": _webp_size}
    handle.seek(0)
    try:
        width, height = readers[media_type](handle)
    except (struct.error, ValueError):
        width = height = 0
    if not width or not height:
        raise DocumentRefused(_("The picture is damaged."))
    if max(width, height) > settings.PICTURE_MAX_SIDE or width * height > settings.PICTURE_MAX_PIXELS:
        raise DocumentRefused(
            _("The picture has %(width)s × %(height)s pixels; at most %(side)s on a side and %(total)s million in all "
              "are accepted.")
            % {"width": width, "height": height, "side": settings.PICTURE_MAX_SIDE,
               "total": settings.PICTURE_MAX_PIXELS // 10**6}
        )  # fmt: skip


def _png_size(handle: BinaryIO) -> tuple[int, int]:
    head = handle.read(24)
    if head[12:16] != b"IHDR":
        raise ValueError("no header")
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def _jpeg_size(handle: BinaryIO) -> tuple[int, int]:
    """The frame header (SOF0 to SOF15 without DHT, JPG and DAC), found by walking over the segments."""
    handle.seek(2)
    while True:
        mark, kind = struct.unpack(">BB", handle.read(2))
        if mark != 0xFF:
            raise ValueError("not at a segment")
        while kind == 0xFF:  # fill bytes
            (kind,) = struct.unpack(">B", handle.read(1))
        (length,) = struct.unpack(">H", handle.read(2))
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">xHH", handle.read(5))
            return width, height
        if length < 2 or kind in (0xD9, 0xDA):
            raise ValueError("no frame")
        handle.seek(length - 2, 1)


def _webp_size(handle: BinaryIO) -> tuple[int, int]:
    head = handle.read(30)
    if head[12:16] == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if head[12:16] == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError("no picture")
