"""The encoder from outside that this installation was given by `MATCH_ENCODER`, if any.

It is opened once a process, in the worker only. Vectors are remembered in a file of the data directory, so that an
unchanged text is read once. What cannot be opened is said in the log and in every run; the run ranks by the rest.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from matchmaking.engine.coding import SentenceEncoder

logger = logging.getLogger(__name__)


def sentences() -> SentenceEncoder | None:
    """Return the encoder; None where none is configured or it cannot be opened."""
    return _opened(settings.MATCH_ENCODER, settings.DATA_DIR)[0] if settings.MATCH_ENCODER else None


def missing() -> str:
    """Return why the configured encoder is not used; empty when it is, and when none is configured."""
    return _opened(settings.MATCH_ENCODER, settings.DATA_DIR)[1] if settings.MATCH_ENCODER else ""


@lru_cache(maxsize=1)
def _opened(named: str, folder: Path) -> tuple[SentenceEncoder | None, str]:
    from matchmaking.engine import external  # its libraries are optional, and no web process needs them

    try:
        encoder = external.sentence_encoder(named)
    except external.NotPlugged as refused:
        logger.warning("the encoder %s is not used: %s", named, refused)
        return None, str(refused)
    return external.Remembering(encoder, folder / "match-encoder" / "vectors.sqlite3"), ""
