"""Pool processes end with their worker, however it ends.

A worker that is killed asks nobody to end, and one that is told to end just as it forks has its signal swallowed: the
young process still carries the worker's own handlers. Either would leave a process that waits for ever.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None  # the leases give the work to others elsewhere too
_worker = 0


def remember(**signal_arguments: object) -> None:
    """Called in the worker before it forks."""
    global _worker  # noqa: PLW0603 (there is one worker in a process)
    _worker = os.getpid()


def end_with_worker(**signal_arguments: object) -> None:
    """Called in each pool process: the kernel kills it when the thread of the worker that forked it has ended."""
    if os.getpid() == _worker:  # a pool that does not fork
        return
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != _worker:  # the worker died before the line above took effect
        os._exit(1)
