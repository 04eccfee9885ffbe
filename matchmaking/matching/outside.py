"""The encoders from outside that this installation was given by `MATCH_ENCODER` and `MATCH_CROSS_ENCODER`, if any.

Each is opened once a process, in the worker only. Vectors are remembered in a file of the data directory, so that an
unchanged text is read once. What cannot be opened is said in the log and in every run; the run ranks by the rest.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from matchmaking.engine.coding import SentenceEncoder
    from matchmaking.engine.second import PairReader

logger = logging.getLogger(__name__)


def sentences() -> SentenceEncoder | None:
    """Return the encoder; None where none is configured or it cannot be opened."""
    named = settings.MATCH_ENCODER
    return _opened("sentence_encoder", named, settings.DATA_DIR)[0] if named else None


def reader() -> PairReader | None:
    """Return the cross-encoder; None where none is configured or it cannot be opened."""
    named = settings.MATCH_CROSS_ENCODER
    return _opened("pair_reader", named, settings.DATA_DIR)[0] if named else None


def missing() -> str:
    """Return why a configured encoder is not used; empty when all are, and when none is configured."""
    configured = (("sentence_encoder", settings.MATCH_ENCODER), ("pair_reader", settings.MATCH_CROSS_ENCODER))
    why = [_opened(kind, named, settings.DATA_DIR)[1] for kind, named in configured if named]
    return "; ".join(filter(None, why))


@lru_cache(maxsize=4)
def _opened(kind: str, named: str, folder: Path) -> tuple[Any, str]:
    from matchmaking.engine import external  # its libraries are optional, and no web process needs them

    try:
        if kind == "pair_reader":
            return external.pair_reader(named), ""
        encoder = external.sentence_encoder(named)
    except external.NotPlugged as refused:
        logger.warning("the encoder %s is not used: %s", named, refused)
        return None, str(refused)
    return external.Remembering(encoder, folder / "match-encoder" / "vectors.sqlite3"), ""
