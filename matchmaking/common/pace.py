"""How often somebody may ask for something that is dear, without the database or the broker knowing about it.

Each process counts for itself: what is bounded is the time of a process, and people are not written down.
"""

import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from threading import Lock

from django.http import HttpRequest

from matchmaking.common.addresses import caller_address

WINDOW = 60.0  # seconds
_MOST_ASKERS = 10_000  # of whom a process remembers anything at a time
_OWN_BITS = 64  # of an IPv6 address: whoever has one has all that begin so


@dataclass
class _Asked:
    """When somebody has asked within the window, and what he has not been fully answered yet."""

    times: deque[float] = field(default_factory=deque)
    unanswered: str = ""


class Pace:
    """At most so many within a minute for every asker."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asked: OrderedDict[str, _Asked] = OrderedDict()

    def take(self, asker: str, most: int, what: str = "") -> int:
        """Let the asker ask and return 0, or return how many whole seconds he has to wait; looked at and counted in one
        step. Whoever asks again for the rest of the same `what` is not counted again until he has been `answered`."""
        now = time.monotonic()
        with self._lock:
            asked = self._asked.setdefault(asker, _Asked())
            self._asked.move_to_end(asker)
            while len(self._asked) > _MOST_ASKERS:
                self._asked.popitem(last=False)  # who has not asked for the longest time
            while asked.times and asked.times[0] <= now - WINDOW:
                asked.times.popleft()
            if what and asked.unanswered == what:
                return 0
            if len(asked.times) >= most:
                return max(1, round(asked.times[-most] + WINDOW - now))
            asked.times.append(now)
            asked.unanswered = what
            return 0

    def answered(self, asker: str) -> None:
        """Note that the asker has got the whole answer to what he asked last."""
        with self._lock:
            if asker in self._asked:
                self._asked[asker].unanswered = ""

    def forget(self) -> None:
        """Begin anew, for tests and benchmarks."""
        self._asked = OrderedDict()


def asker_of(request: HttpRequest) -> str:
    """Whoever asks: the person who has signed in, else the address, of IPv6 the network."""
    if request.user.is_authenticated:
        return f"person {request.user.pk}"
    return f"address {_network(caller_address(request))}"


def _network(address: str) -> str:
    """What of an address one asker cannot change at will."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    return str(found.ipv4_mapped or IPv6Address(int(found) >> _OWN_BITS << _OWN_BITS))
