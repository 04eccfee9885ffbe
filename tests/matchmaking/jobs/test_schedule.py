"""Periods, and their jobs."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from matchmaking.jobs import kernel, schedule
from matchmaking.jobs.models import Job, JobState
from matchmaking.jobs.schedule import daily_at, period_start

SHANGHAI = ZoneInfo("Asia/Shanghai")


def shanghai(day, hour, minute=0):
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "start"),
    [
        (shanghai(5, 6, 30), shanghai(5, 6, 30)),
        (shanghai(5, 6, 29), shanghai(4, 6, 30)),
        (shanghai(5, 23, 59), shanghai(5, 6, 30)),
        (datetime(2026, 3, 4, 22, 30, tzinfo=UTC), shanghai(5, 6, 30)),
    ],
)
def test_a_day_begins_at_its_hour_in_the_zone_of_the_portal(now, start):
    assert period_start(daily_at(6, 30), now) == start


def test_a_period_is_the_same_wherever_and_whenever_one_looks():
    every = timedelta(minutes=20)
    starts = {period_start(every, shanghai(5, 9, minute).astimezone(UTC)) for minute in range(20, 40)}
    assert starts == {shanghai(5, 9, 20)}


def test_a_period_is_not_too_short():
    with pytest.raises(ValueError, match="ten seconds"):
        schedule.periodic("test", every=timedelta(seconds=5))


@pytest.fixture
def hourly(monkeypatch):
    monkeypatch.setattr(schedule, "_periods", {"test_hourly": timedelta(hours=1)})


@pytest.mark.django_db
@pytest.mark.usefixtures("hourly")
class TestInserting:
    def test_once_for_each_period(self):
        with time_machine.travel(shanghai(5, 9, 5), tick=False) as clock:
            assert schedule.insert_due({}) == ["test_hourly"]
            assert schedule.insert_due({}) == []  # another dispatcher, or this one after a restart
            Job.objects.update(state=JobState.DONE)
            clock.move_to(shanghai(5, 9, 59))
            assert schedule.insert_due({}) == []
            clock.move_to(shanghai(5, 10, 0))
            assert schedule.insert_due({}) == ["test_hourly"]
        assert list(Job.objects.order_by("id").values_list("period_start", flat=True)) == [
            shanghai(5, 9),
            shanghai(5, 10),
        ]

    def test_missed_periods_are_not_piled_up(self):
        with time_machine.travel(shanghai(5, 9), tick=False) as clock:
            schedule.insert_due({})
            clock.move_to(shanghai(5, 15))
            assert schedule.insert_due({}) == []  # the first has not even been run
            Job.objects.update(state=JobState.DONE)
            assert schedule.insert_due({}) == ["test_hourly"]
        assert Job.objects.count() == 2

    def test_a_clock_set_back_repeats_nothing(self):
        with time_machine.travel(shanghai(5, 9), tick=False) as clock:
            schedule.insert_due({})
            Job.objects.update(state=JobState.DONE)
            clock.move_to(shanghai(5, 10))
            schedule.insert_due({})
            Job.objects.update(state=JobState.DONE)
            clock.move_to(shanghai(5, 9))
            assert schedule.insert_due({}) == []

    def test_memory_saves_the_query(self, django_assert_num_queries):
        seen = {}
        with time_machine.travel(shanghai(5, 9), tick=False):
            schedule.insert_due(seen)
            with django_assert_num_queries(0):
                schedule.insert_due(seen)

    def test_a_periodic_job_is_an_ordinary_job(self):
        schedule.insert_due({})
        assert kernel.claim(Job.objects.get().pk)
