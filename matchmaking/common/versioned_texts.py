"""Texts that somebody accepts, by version: files, because what was accepted must be provable word by word.

A folder holds one file for each version and language, `<version>.<language>.txt`; none is changed once it was shown.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import get_language


@dataclass(frozen=True)
class VersionedText:
    """A version as one language shows it; `digest` is the SHA-256 of exactly this text."""

    version: str
    text: str
    digest: str


def text_in_force(folder: Path, version: str) -> VersionedText:
    """Return the text of this version in the language of the page."""
    language = "en" if (get_language() or "").startswith("en") else "zh-hans"
    named = f"{version}.{language}"
    text = (folder / f"{named}.txt").read_text(encoding="utf-8")
    return VersionedText(named, text, hashlib.sha256(text.encode()).hexdigest())


def stored_text(folder: Path, version: str) -> str:
    """A text by the version that was accepted (“2026-1.zh-hans”), empty for one that was never there."""
    path = folder / f"{version}.txt"
    known = {one.name for one in folder.glob("*.txt")}
    return path.read_text(encoding="utf-8") if path.name in known else ""
