"""Work that comes back. The dispatcher inserts the job of each period once, and that of work which waits in rows of its
own as soon as there is some; there is no beat.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as time_of_day
from typing import TypeVar

from django.utils import timezone

from matchmaking.jobs import kernel

_EPOCH = datetime(2020, 1, 1)  # noqa: DTZ001 (made aware in the zone of the portal below)


@dataclass(frozen=True)
class Daily:
    """Every day at a time of the portal's zone."""

    at: time_of_day


@dataclass(frozen=True)
class OnDemand:
    """Whenever there is something to do, which `waits` answers at the cost of a look into an index."""

    waits: Callable[[], bool]


Every = timedelta | Daily | OnDemand
Decorated = TypeVar("Decorated")
_periods: dict[str, Every] = {}


def daily_at(hour: int, minute: int = 0) -> Daily:
    return Daily(time_of_day(hour, minute))


def periodic(kind: str, *, every: Every) -> Callable[[Decorated], Decorated]:
    """Insert a job of this kind in every period; usable as a plain call or above `@handler`.

    After a pause only the present period is made up for, and while an earlier one is open none is added.
    """
    if isinstance(every, timedelta) and every < timedelta(seconds=10):
        raise ValueError("a period is at least ten seconds")
    _periods[kind] = every
    return lambda decorated: decorated


def demanded_kinds() -> list[str]:
    """The kinds of work that come too often for each to be worth keeping or listing."""
    return sorted(kind for kind, every in _periods.items() if isinstance(every, OnDemand))


def period_start(every: Every, now: datetime) -> datetime:
    """The start of the period that `now` lies in; the same on every machine, whatever its own zone.

    For work on demand it is this second, so that two dispatchers insert one job.
    """
    if isinstance(every, OnDemand):
        return now.replace(microsecond=0)
    local = timezone.localtime(now)
    if isinstance(every, Daily):
        start = local.replace(hour=every.at.hour, minute=every.at.minute, second=0, microsecond=0)
        return start if start <= local else start - timedelta(days=1)
    epoch = timezone.make_aware(_EPOCH)
    return epoch + ((now - epoch) // every) * every


def insert_due(seen: dict[str, datetime]) -> list[str]:
    """Insert the jobs of the periods that have begun; return their kinds.

    `seen` is the caller's memory of the periods it has already dealt with; it only saves queries. Work on demand has a
    job whenever there is some and none of its kind is open.
    """
    now = timezone.now()
    inserted = []
    for kind, every in _periods.items():
        start = period_start(every, now)
        if seen.get(kind) != start and (not isinstance(every, OnDemand) or every.waits()):
            if kernel.insert_periodic(kind, start):
                inserted.append(kind)
            seen[kind] = start
    return inserted
