"""Small files of every kind that a record may have."""

import io
import struct
import zipfile
import zlib
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from matchmaking.intake.models import Attachment
from matchmaking.intake.services.files import add_attachment

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def office(parts: dict[str, bytes]) -> bytes:
    """An archive with these parts and the list of types of an Office file."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"[Content_Types].xml": b"<Types/>", **parts}.items():
            archive.writestr(name, content)
    return kept.getvalue()


def png(width: int, height: int) -> bytes:
    """A picture that says this size; its few bytes do not fill it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\x00" + b"\x80\x90\xa0" * width) * height if width * height < 1_000_000 else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


DOCX = office({"word/document.xml": b"<w:document/>"})
XLSX = office({"xl/workbook.xml": b"<workbook/>"})
PNG = png(2, 3)
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xc0\x00\x11\x08"
    + struct.pack(">HH", 480, 640)
    + b"\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00\xff\xd9"
)
WEBP = (
    b"RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x00\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", 320, 200) + b"\0" * 20
)


def upload(name: str = "检测报告.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def attach(record: Any, by: Any, *, kind: str = "achievement", **changes: Any) -> Attachment:
    """A file at a record, added by somebody who may."""
    values = {"upload": upload(), "purpose": "test_report", "visibility": "officers", **changes}
    return add_attachment(by=by, kind=kind, record=record, **values)
