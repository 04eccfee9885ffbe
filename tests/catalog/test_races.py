"""Two people at the same moment: exactly one wins, the other is told."""

import threading

import pytest
from django.db import connection

from catalog import services
from catalog.enums import AchievementState as S
from catalog.models import Achievement
from matchmaking.accounts.models import User
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.intake.models import ReviewStep
from matchmaking.jobs.models import Job
from tests.factories.catalog import AchievementFactory, complete

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """Run each act in a thread of its own, started together; return what each returned or raised."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number, act):
        try:
            start.wait(timeout=10)
            results[number] = act()
        except Exception as refusal:
            results[number] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


def load(record):
    return Achievement.objects.select_related("body__owner", "region", "programme").get(pk=record.pk)


def test_two_officers_one_record(
    restore_reference_data, university, researcher, regional_officer_edu, regional_officer_sti
):
    for _round in range(5):
        record = complete(AchievementFactory(state=S.SUBMITTED, body__owner=university, body__created_by=researcher))
        first, second = (User.objects.get(pk=one.pk) for one in (regional_officer_edu, regional_officer_sti))
        mine, yours = load(record), load(record)

        results = at_once(
            lambda officer=first, seen=mine: services.accept_achievement(by=officer, achievement=seen, version=1),
            lambda officer=second, seen=yours: services.reject_achievement(
                by=officer, achievement=seen, version=1, reason="重复"
            ),
        )

        lost = [one for one in results if isinstance(one, StaleState)]
        assert len(lost) == 1, results
        record.refresh_from_db()
        assert record.state in (S.ACCEPTED, S.REJECTED)
        assert ReviewStep.objects.about("achievement", record.uuid).count() == 1
        jobs = Job.objects.filter(kind="match_record", args__id=record.pk).count()
        assert jobs == (1 if record.state == S.ACCEPTED else 0)


def test_two_editors_one_draft(restore_reference_data, university, researcher, university_officer):
    record = complete(AchievementFactory(body__owner=university, body__created_by=researcher))
    seats = [(User.objects.get(pk=one.pk), load(record)) for one in (researcher, university_officer)]

    results = at_once(*(
        lambda person=person, seen=seen: services.update_achievement(
            by=person, achievement=seen, version=1, data={"title": f"{person} 的题目"}, completers=[{"name": "某人"}]
        )
        for person, seen in seats
    ))  # fmt: skip

    assert sum(isinstance(one, StaleState) for one in results) == 1, results
    record.refresh_from_db()
    assert record.version == 2
    assert record.completers.count() == 1


def test_submitting_and_withdrawing_at_once(restore_reference_data, university, university_officer):
    record = complete(AchievementFactory(body__owner=university, body__created_by=university_officer))
    person, again = (User.objects.get(pk=university_officer.pk) for _ in range(2))
    mine, yours = load(record), load(record)

    results = at_once(
        lambda: services.submit_achievement(by=person, achievement=mine),
        lambda: services.withdraw_achievement(by=again, achievement=yours, version=1, reason="重复"),
    )

    assert sum(isinstance(one, StaleState | IllegalMove) for one in results) == 1, results
