"""The engine is loaded before it is asked.

A web process loads it beside its requests once somebody opens a page from which it is asked next: libraries and model
take some seconds, for which the first person to ask would wait. A worker loads the libraries when it starts, before it
divides into processes: otherwise every process that follows one that ended would take them out of the time of its first
job, and on a loaded machine lose that job again and again.
"""

from __future__ import annotations

import logging
from threading import Lock, Thread
from typing import Any

from celery.signals import worker_init
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


@worker_init.connect
def load_libraries(**_signal: Any) -> None:
    """Load the libraries of the engine in the process from which a worker's others are forked."""
    whatif.load_libraries()
