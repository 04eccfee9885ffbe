"""Work that comes back: kinds with a period. The dispatcher inserts the job of each period once; there is no beat."""

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


Every = timedelta | Daily
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


def period_start(every: Every, now: datetime) -> datetime:
    """The start of the period that `now` lies in; the same on every machine, whatever its own zone."""
    local = timezone.localtime(now)
    if isinstance(every, Daily):
        start = local.replace(hour=every.at.hour, minute=every.at.minute, second=0, microsecond=0)
        return start if start <= local else start - timedelta(days=1)
    epoch = timezone.make_aware(_EPOCH)
    return epoch + ((now - epoch) // every) * every


def insert_due(seen: dict[str, datetime]) -> list[str]:
    """Insert the jobs of the periods that have begun; return their kinds.

    `seen` is the caller's memory of the periods it has already dealt with; it only saves queries.
    """
    now = timezone.now()
    inserted = []
    for kind, every in _periods.items():
        start = period_start(every, now)
        if seen.get(kind) != start:
            if kernel.insert_periodic(kind, start):
                inserted.append(kind)
            seen[kind] = start
    return inserted
