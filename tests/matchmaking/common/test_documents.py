"""What an uploaded document really is: the hostile corpus of attachments (reliability M14)."""

import io
import struct
import zipfile
import zlib

import pytest
from django.utils import translation

from matchmaking.common.documents import DocumentRefused, examine, safe_name
from tests.factories.files import DOCX, JPEG, PDF, PNG, WEBP, XLSX, office, png

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def checked(name, content):
    return examine(name, io.BytesIO(content))


@pytest.mark.parametrize(("name", "content", "media_type"), [
    ("检测报告.pdf", PDF, "application/pdf"),
    ("证书.PDF", PDF, "application/pdf"),
    ("说明.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("数据.xlsx", XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("图.png", PNG, "image/png"),
    ("图.jpg", JPEG, "image/jpeg"),
    ("图.jpeg", JPEG, "image/jpeg"),
    ("图.webp", WEBP, "image/webp"),
])  # fmt: skip
def test_honest_files_are_accepted(name, content, media_type):
    document = checked(name, content)
    assert (document.media_type, document.size) == (media_type, len(content))
    assert len(document.sha256) == 64


HOSTILE = {
    "SVG": ("a.svg", SVG),
    "SVG as a picture": ("a.png", SVG),
    "HTML": ("a.html", HTML),
    "HTML as PDF": ("a.pdf", HTML),
    "HTML as a picture": ("a.jpg", HTML),
    "program": ("a.exe", b"MZ" + b"\x00" * 100),
    "program as PDF": ("a.pdf", b"MZ" + b"\x00" * 100),
    "archive": ("a.zip", office({"x": b"y"})),
    "archive as Word": ("a.docx", office({"x": b"y"})),
    "Excel as Word": ("a.docx", XLSX),
    "Word as Excel": ("a.xlsx", DOCX),
    "PDF as Word": ("a.docx", PDF),
    "Word as PDF": ("a.pdf", DOCX),
    "picture of another kind": ("a.png", JPEG),
    "old Word": ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
    "old Excel as new": ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
    "macros": ("a.docx", office({"word/document.xml": b"<w/>", "word/vbaProject.bin": b"x"})),
    "something before the archive": ("a.docx", b"GIF89a" + DOCX),
    "damaged archive": ("a.docx", DOCX[:60]),
    "bomb": ("a.docx", office({"word/document.xml": b"\x00" * 60_000_000})),
    "path in the archive": ("a.docx", office({"word/document.xml": b"<w/>", "../../etc/x": b"y"})),
    "no ending": ("pdf", PDF),
    "double ending": ("a.pdf.exe", PDF),
    "direction turned": ("a\u202efdp.exe", PDF),
    "nothing": ("a.pdf", b""),
    "scanner test": ("a.pdf", PDF + EICAR),
    "scanner test over two pieces": ("a.pdf", PDF + b" " * (256 * 1024 - len(PDF) - 40) + EICAR),
    "scanner test in an archive": ("a.docx", office({"word/document.xml": b"<w/>", "word/media/x": EICAR})),
    "picture without end": ("a.png", png(20_000, 10)),
    "picture of 100 million pixels": ("a.png", png(10_000, 10_000)),
    "picture without size": ("a.png", png(0, 0)),
    "damaged picture": ("a.jpg", b"\xff\xd8\xff\xe0\x00"),
    "picture without a frame": ("a.jpg", b"\xff\xd8\xff\xda\x00\x02"),
    "animation called a picture": ("a.webp", b"RIFF\x24\0\0\0WEBPXXXX" + b"\0" * 40),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_are_refused_with_a_sentence(what):
    name, content = HOSTILE[what]
    with pytest.raises(DocumentRefused) as refusal:
        checked(name, content)
    assert len(str(refusal.value)) > 4


def test_an_empty_file_is_called_empty():
    with translation.override("en"), pytest.raises(DocumentRefused, match="empty"):
        checked("a.pdf", b"")


def test_a_size_is_counted_not_believed(settings):
    settings.UPLOAD_MAX_BYTES = 2 * 1024**2

    class Endless(io.RawIOBase):
        """Says nothing about its size and never ends."""

        read_so_far = 0

        def read(self, size=-1):
            self.read_so_far += size
            return b"%PDF-1.7\n" + b" " * (size - 9)

        def seek(self, *_args):
            return 0

    endless = Endless()
    with pytest.raises(DocumentRefused, match="2 MB"):
        examine("a.pdf", endless)
    assert endless.read_so_far < 3 * 1024**2


@pytest.mark.parametrize("size", [(1, 1), (4000, 3000), (12_000, 4_000)])
def test_pictures_of_a_usual_size_pass(size):
    assert checked("a.png", png(*size)).media_type == "image/png"


def test_the_sizes_of_all_kinds_are_read():
    from matchmaking.common.documents import _jpeg_size, _png_size, _webp_size

    assert _png_size(io.BytesIO(PNG)) == (2, 3)
    assert _jpeg_size(io.BytesIO(JPEG)) == (640, 480)
    assert _webp_size(io.BytesIO(WEBP)) == (320, 200)
    lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + struct.pack("<I", 319 | 199 << 14) + b"\0" * 10
    assert _webp_size(io.BytesIO(lossless)) == (320, 200)
    extended = b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0" + b"\0" * 4 + (319).to_bytes(3, "little") + (199).to_bytes(3, "little")
    assert _webp_size(io.BytesIO(extended)) == (320, 200)


@pytest.mark.parametrize(("given", "kept"), [
    ("报告.pdf", "报告.pdf"),
    ("../../etc/passwd.pdf", "passwd.pdf"),
    ("..\\..\\windows\\a.pdf", "a.pdf"),
    ("C:\\a.pdf", "a.pdf"),
    ("CON.pdf", "_CON.pdf"),
    ("con", "_con"),
    ("lpt1.x.pdf", "_lpt1.x.pdf"),
    ("console.pdf", "console.pdf"),
    ("a\u202efdp.png", "afdp.png"),
    ("a\u200bb\ufeff.pdf", "ab.pdf"),
    ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
    ('a"; filename="b.pdf', "a ; filename= b.pdf"),
    ("<img src=x>.pdf", "img src=x.pdf"),
    (" . .pdf", "pdf"),
    ("", "file"),
    ("   ", "file"),
    ("a .PDF", "a.pdf"),
    ("a.pdf...", "a.pdf"),
])  # fmt: skip
def test_names_are_made_harmless(given, kept):
    assert safe_name(given).replace("  ", " ") == kept


@pytest.mark.parametrize(
    "given", ["长" * 300 + ".pdf", "a" * 255 + ".pdf", "e" + "\u0301" * 1000 + ".docx", "𠮷" * 255]
)
def test_long_names_keep_their_ending_and_fit_every_file_system(given):
    name = safe_name(given)
    assert len(name.encode()) <= 180
    assert name.endswith(given[given.rfind(".") :] if "." in given else "𠮷")


def test_the_corpus_is_honest_about_itself():
    """The samples are what they say, or the refusals above would prove nothing."""
    assert zipfile.ZipFile(io.BytesIO(DOCX)).testzip() is None
    assert zlib.decompress(b"x\x9c\x03\x00\x00\x00\x00\x01") == b""
