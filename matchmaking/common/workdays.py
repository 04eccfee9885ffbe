"""Working days in Asia/Shanghai, Monday to Friday.

Public holidays are published by the State Council year by year; a calendar table can replace this rule without
touching its callers. Until then a clock that runs over a holiday is generous by nobody's decision but the officer's,
who may extend it.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
SATURDAY = 5


def end_of_workday_after(start: datetime, days: int) -> datetime:
    """Return 23:59:59 Shanghai time of the `days`-th working day after `start` (aware)."""
    day = start.astimezone(SHANGHAI).date()
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < SATURDAY
    return datetime.combine(day, time(23, 59, 59), SHANGHAI)


def end_of_day(day) -> datetime:
    """Return 23:59:59 Shanghai time of a date."""
    return datetime.combine(day, time(23, 59, 59), SHANGHAI)


def workday_after(day: date, days: int) -> date:
    """Return the `days`-th working day after a date."""
    return end_of_workday_after(end_of_day(day), days).date()


def workday_before(day: date) -> date:
    """Return the last working day before a date."""
    day -= timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day -= timedelta(days=1)
    return day
