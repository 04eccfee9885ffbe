"""Working days in Asia/Shanghai: Monday to Friday, but for the days of the code table HOLIDAY.

The State Council publishes each year in the autumn before which days are off and which weekends are worked in
exchange (国务院办公厅关于部分节假日安排的通知). The table holds each such day by its date under `off` or `work`; its
care is that of every code table. A year of which the table says nothing is counted Monday to Friday (`is_known`).
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from matchmaking.vocabularies import cache
from matchmaking.vocabularies.cache import Entry

SHANGHAI = ZoneInfo("Asia/Shanghai")
TABLE = "HOLIDAY"
OFF, WORK = "off", "work"
SATURDAY = 5
DAY = timedelta(days=1)


def is_workday(day: date) -> bool:
    """Whether people work on this day."""
    said = _said(day)
    return said.parent == WORK if said else day.weekday() < SATURDAY


def is_known(year: int) -> bool:
    """Whether the table holds the arrangement of this year."""
    days = [code for code in cache.snapshot().tables[TABLE].entries if code.startswith(f"{year}-")]
    return any(_said(date.fromisoformat(code)) for code in days)


def end_of_workday_after(start: datetime, days: int) -> datetime:
    """Return 23:59:59 Shanghai time of the `days`-th working day after `start` (aware)."""
    return end_of_day(workday_after(start.astimezone(SHANGHAI).date(), days))


def end_of_day(day: date) -> datetime:
    """Return 23:59:59 Shanghai time of a date."""
    return datetime.combine(day, time(23, 59, 59), SHANGHAI)


def workday_after(day: date, days: int) -> date:
    """Return the `days`-th working day after a date."""
    while days > 0:
        day += DAY
        days -= is_workday(day)
    return day


def workday_before(day: date, days: int = 1) -> date:
    """Return the `days`-th working day before a date."""
    while days > 0:
        day -= DAY
        days -= is_workday(day)
    return day


def table_problem(code: str, parent: str) -> Any:
    """Say what keeps a line of an edition from being a day of this table; None when nothing does."""
    if not parent:
        return None if code in (OFF, WORK) else _("Each day stands under “off” or “work”.")
    if parent not in (OFF, WORK):
        return _("Each day stands under “off” or “work”.")
    try:
        found = date.fromisoformat(code)
    except ValueError:
        found = None
    return None if found and found.isoformat() == code else _("The code of a day is its date, like 2026-10-01.")


def _said(day: date) -> Entry | None:
    """What the table says of a day. One that was taken out of it before it came says nothing; one that was taken out
    later, because an edition of another year took the place of its own, still counts for what was reckoned with it."""
    entry = cache.snapshot().tables[TABLE].entries.get(day.isoformat())
    return entry if entry and (entry.valid_to is None or entry.valid_to > day) else None
