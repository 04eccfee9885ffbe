"""The agreement on confidentiality between the two sides of a match, by version: files, to be provable word by word."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import get_language

VERSION = "2026-1"
_FOLDER = Path(__file__).parent / "nda_texts"


@dataclass(frozen=True)
class NdaText:
    """A version as one language shows it; `digest` is the SHA-256 of exactly this text."""

    version: str
    text: str
    digest: str


def nda_text() -> NdaText:
    """Return the text in force in the language of the page."""
    language = "en" if (get_language() or "").startswith("en") else "zh-hans"
    text = (_FOLDER / f"{VERSION}.{language}.txt").read_text(encoding="utf-8")
    return NdaText(f"{VERSION}.{language}", text, hashlib.sha256(text.encode()).hexdigest())
