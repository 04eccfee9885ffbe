"""A chunk may not outlive its lease: two alarms in the worker's pool process.

The soft one raises `ChunkTooLong` shortly before the lease ends, so that the job goes back with a reason. The hard one
ends the process when the lease is over and Python has not answered (a C extension that never returns, a query that
hangs): it runs in a thread of its own that needs no interpreter lock. Both are wound up again by every claim, chunk
and `keep_alive`, so a job of many chunks may run for hours. Celery's own time limits count the whole task and cannot.
"""

import faulthandler
import signal
import sys
import threading
from types import FrameType

from django.conf import settings

SOFT = 0.8  # of the lease

_armed = False
_lease = 0.0


class ChunkTooLong(Exception):
    """The work between two chunks took longer than the lease allows. Make the chunks smaller."""


def arm() -> None:
    """Switch the alarms on. Only a worker's pool process does: elsewhere a signal would hit the wrong program."""
    global _armed  # noqa: PLW0603 (signals are global to a process as well)
    if threading.current_thread() is threading.main_thread():
        _armed = True
        signal.signal(signal.SIGALRM, _ring)
        wind()


def wind(lease: float | None = None) -> None:
    """Begin a new lease, by default of the usual length."""
    global _lease  # noqa: PLW0603
    if _armed:
        _lease = lease = lease or settings.JOB_LEASE_SECONDS
        signal.setitimer(signal.ITIMER_REAL, lease * SOFT)
        faulthandler.dump_traceback_later(lease, exit=True, file=sys.__stderr__ or 2)


def disarm() -> None:
    global _armed  # noqa: PLW0603
    if _armed:
        _armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()


def _ring(signum: int, frame: FrameType | None) -> None:
    raise ChunkTooLong(f"no chunk was finished within {_lease * SOFT:.0f} s")
