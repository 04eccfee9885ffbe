"""Working days: Monday to Friday but for the published days off and the weekends worked in exchange."""

from datetime import date, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest

from matchmaking.vocabularies import cache, workdays
from matchmaking.vocabularies.editions import EditionRefused, import_edition, read_edition
from matchmaking.vocabularies.models import Code, CodeTable

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def table_as_loaded():
    """What a test changes in the table of holidays is undone in the database; the process must forget it too."""
    yield
    cache.clear()


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-09-30", True), ("2026-10-01", False), ("2026-10-07", False), ("2026-10-08", True),
        ("2026-10-10", True), ("2026-10-11", False), ("2026-09-20", True), ("2026-02-14", True),
        ("2026-02-23", False), ("2026-02-28", True), ("2026-11-21", False), ("2026-11-23", True),
    ],
)  # fmt: skip
def test_a_day_is_worked_or_not(day, worked):
    assert workdays.is_workday(date.fromisoformat(day)) is worked


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        # Asked on the eve of National Day: seven days off, one Saturday worked in exchange.
        ("2026-09-30T15:00", 1, "2026-10-08"), ("2026-09-30T15:00", 3, "2026-10-10"),
        ("2026-09-30T15:00", 10, "2026-10-20"), ("2026-09-30T23:59", 10, "2026-10-20"),
        ("2026-10-01T00:00", 10, "2026-10-20"), ("2026-10-03T12:00", 1, "2026-10-08"),
        # Across Spring Festival, with a Saturday worked before and one after.
        ("2026-02-13T09:00", 1, "2026-02-14"), ("2026-02-13T09:00", 2, "2026-02-24"),
        ("2026-02-13T09:00", 6, "2026-02-28"), ("2026-11-20T18:00", 1, "2026-11-23"),
    ],
)  # fmt: skip
def test_a_deadline_is_the_end_of_a_working_day_in_shanghai(start, days, end):
    begun = datetime.fromisoformat(start).replace(tzinfo=SHANGHAI)
    due = workdays.end_of_workday_after(begun.astimezone(ZoneInfo("UTC")), days)
    assert due == datetime.fromisoformat(f"{end}T23:59:59").replace(tzinfo=SHANGHAI)
    assert workdays.workday_before(due.date(), days) <= begun.date()


def test_back_and_forth_agree():
    day = date(2026, 1, 1)
    while day.year == 2026:
        for days in (1, 3, 10):
            later = workdays.workday_after(day, days)
            assert workdays.is_workday(later)
            assert sum(workdays.is_workday(date.fromordinal(at))
                       for at in range(day.toordinal() + 1, later.toordinal() + 1)) == days  # fmt: skip
            assert workdays.workday_before(later + workdays.DAY) == later
        day += workdays.DAY


def edition(text):
    head = "代码,上级代码,中文名称,英文名称\noff,,放假,off\nwork,,调休上班,work\n"
    return read_edition(BytesIO((head + text).encode()), "HOLIDAY")


def test_an_edition_of_the_next_year_counts_and_the_days_of_this_one_still_do():
    assert not workdays.is_known(2027)
    assert workdays.is_workday(date(2027, 2, 8))
    rows = edition("2027-02-08,off,春节,Spring Festival\n2027-02-06,work,春节调休,exchange\n")
    table = CodeTable.objects.get(code="HOLIDAY")
    import_edition(table=table, rows=rows, edition="2027", source="测试", valid_from=date(2026, 11, 22))
    cache.clear()
    assert workdays.is_known(2027)
    assert not workdays.is_workday(date(2027, 2, 8))
    assert workdays.is_workday(date(2027, 2, 6))
    assert not workdays.is_workday(date(2026, 10, 1))


def test_a_day_that_was_taken_out_before_it_came_counts_no_more():
    Code.objects.filter(table__code="HOLIDAY", code="2026-10-07").update(valid_to=date(2026, 9, 15))
    Code.objects.filter(table__code="HOLIDAY", code="2026-10-06").update(valid_to=date(2026, 10, 20))
    cache.clear()
    assert workdays.is_workday(date(2026, 10, 7))
    assert not workdays.is_workday(date(2026, 10, 6))


@pytest.mark.parametrize(
    "line", ["2027/2/8,off,春节,x\n", "2027-02-30,off,春节,x\n", "20270208,off,春节,x\n", "2027-02-08,,春节,x\n",
             "2027-02-08,2026-10-01,春节,x\n2026-10-01,off,国庆节,x\n"]
)  # fmt: skip
def test_a_line_that_is_no_day_is_refused_with_its_number(line):
    with pytest.raises(EditionRefused) as refused:
        edition(line)
    assert str(refused.value.problems[0]).startswith("Line 4") or "4" in str(refused.value.problems[0])
