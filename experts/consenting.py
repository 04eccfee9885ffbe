"""The text to which an expert consents."""

from pathlib import Path

from matchmaking.common import versioned_texts
from matchmaking.common.versioned_texts import VersionedText

VERSION = "2026-2"
SCOPE_POOL = "expert_pool"
SCOPE_PUBLIC = "expert_pool,publication"
_FOLDER = Path(__file__).parent / "consent_texts"


def stored_text(version: str) -> str:
    """A text by the version that a consent names (“2026-1.zh-hans”), empty for one that was never there."""
    return versioned_texts.stored_text(_FOLDER, version)


def consent_text() -> VersionedText:
    """Return the text in force in the language of the page."""
    return versioned_texts.text_in_force(_FOLDER, VERSION)
