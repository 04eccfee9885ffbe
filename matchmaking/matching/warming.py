"""The engine is loaded beside the requests of a web process once somebody opens a page from which it is asked next.

Loading takes some seconds of the libraries and the model; without this the first person to ask would wait for them.
"""

from __future__ import annotations

import logging
from threading import Lock, Thread

from django.conf import settings
from django.db import connection

from matchmaking.matching import whatif

logger = logging.getLogger(__name__)
_begun = Lock()  # held for good once the engine is there


def begin() -> None:
    """Return at once; a thread loads what is not loaded yet."""
    if settings.MATCH_WARM and _begun.acquire(blocking=False):
        Thread(target=load, name="warming", daemon=True).start()


def load() -> None:
    """Load the engine; before the first fit or after a failure the next page tries again."""
    done = False
    try:
        done = whatif.warm()
    except Exception:  # nobody waits for it: the question itself says what is wrong
        logger.exception("the engine was not loaded")
    finally:
        connection.close()
        if not done:
            _begun.release()
