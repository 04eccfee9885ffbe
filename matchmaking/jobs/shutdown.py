"""How the pool processes learn that their worker was asked to end: one byte shared since before the fork.

Without it a warm shutdown waits for the whole job, and the supervisor's patience ends in SIGKILL and an idle lease.
"""

import mmap

_flag = mmap.mmap(-1, 1)  # anonymous and shared: the children of a fork see what the parent writes


def request(**signal_arguments: object) -> None:
    _flag[0] = 1


def is_requested() -> bool:
    return _flag[0] == 1


def forget() -> None:
    """For tests."""
    _flag[0] = 0
