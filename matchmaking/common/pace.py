"""How often somebody may ask for something that is dear, without the database or the broker knowing about it.

Each process counts for itself: what is bounded is the time of a process, and people are not written down.
"""

import time
from collections import deque
from threading import Lock

from django.http import HttpRequest

from matchmaking.common.addresses import caller_address

WINDOW = 60.0  # seconds
_MOST_ASKERS = 10_000  # of whom a process remembers anything at a time


class Pace:
    """At most so many within a minute for every asker."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._times: dict[str, deque[float]] = {}

    def wait(self, asker: str, most: int) -> int:
        """Return how many whole seconds the asker has to wait; 0 when it may go on."""
        now = time.monotonic()
        with self._lock:
            times = self._kept(asker, now)
            return 0 if len(times) < most else max(1, round(times[-most] + WINDOW - now))

    def count(self, asker: str) -> None:
        """Note that the asker has had it once more."""
        now = time.monotonic()
        with self._lock:
            if len(self._times) >= _MOST_ASKERS:
                self._times = {one: kept for one in [*self._times] if (kept := self._kept(one, now))}
            self._times.setdefault(asker, deque()).append(now)

    def forget(self) -> None:
        """Begin anew, for tests and benchmarks."""
        self._times = {}

    def _kept(self, asker: str, now: float) -> deque[float]:
        """The times of an asker within the window."""
        times = self._times.get(asker, deque())
        while times and times[0] <= now - WINDOW:
            times.popleft()
        return times


def asker_of(request: HttpRequest) -> str:
    """Whoever asks: the person who has signed in, else the address."""
    if request.user.is_authenticated:
        return f"person {request.user.pk}"
    return f"address {caller_address(request)}"
