"""The agreement on confidentiality between the two sides of a match."""

from pathlib import Path

from matchmaking.common.versioned_texts import VersionedText, text_in_force

VERSION = "2026-1"
_FOLDER = Path(__file__).parent / "nda_texts"


def nda_text() -> VersionedText:
    """Return the text in force in the language of the page."""
    return text_in_force(_FOLDER, VERSION)
