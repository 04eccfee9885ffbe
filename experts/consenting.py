"""The text to which an expert consents, by version: files, because a consent must be provable word by word."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import get_language

VERSION = "2026-2"
SCOPE_POOL = "expert_pool"
SCOPE_PUBLIC = "expert_pool,publication"
_FOLDER = Path(__file__).parent / "consent_texts"


@dataclass(frozen=True)
class ConsentText:
    """A version as one language shows it; `digest` is the SHA-256 of exactly this text."""

    version: str
    text: str
    digest: str


def stored_text(version: str) -> str:
    """A text by the version that a consent names (“2026-1.zh-hans”), empty for one that was never there."""
    path = _FOLDER / f"{version}.txt"
    known = {one.name for one in _FOLDER.glob("*.txt")}
    return path.read_text(encoding="utf-8") if path.name in known else ""


def consent_text() -> ConsentText:
    """Return the text in force in the language of the page."""
    language = "en" if (get_language() or "").startswith("en") else "zh-hans"
    text = (_FOLDER / f"{VERSION}.{language}.txt").read_text(encoding="utf-8")
    return ConsentText(f"{VERSION}.{language}", text, hashlib.sha256(text.encode()).hexdigest())
