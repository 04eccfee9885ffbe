"""Several workers and dispatchers at once, on sessions of their own."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from matchmaking.jobs import kernel
from matchmaking.jobs.kernel import LostLease
from matchmaking.jobs.models import Job
from matchmaking.jobs.services import enqueue
from tests.factories.jobs import JobFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("restore_reference_data")]
CROWD = 8


def at_once(act, count=CROWD):
    """Run `act(number)` in so many threads that start together; return what they returned."""
    start, answers = threading.Barrier(count), [None] * count

    def one(number):
        try:
            start.wait()
            answers[number] = act(number)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.parametrize("round", range(5))
def test_only_one_worker_wins_a_job(round):
    job = JobFactory()
    winners = [claimed for claimed in at_once(lambda number: kernel.claim(job.pk)) if claimed]
    assert len(winners) == 1
    job.refresh_from_db()
    assert (job.attempts, job.lease_token) == (1, winners[0].lease_token)


def test_only_one_worker_takes_over_an_expired_lease():
    job = kernel.claim(JobFactory().pk)
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert sum(claimed is not None for claimed in at_once(lambda number: kernel.claim(job.pk))) == 1


def test_without_the_lease_several_win(settings):
    """The control of the tests above."""
    settings.JOB_GUARD = False
    job = JobFactory()
    at_once(lambda number: kernel.claim(job.pk))
    job.refresh_from_db()
    assert job.attempts > 1


def test_a_zombie_that_commits_first_keeps_the_job_from_being_stolen():
    """The lease is over, but the owner's chunk is about to commit: the thief waits, looks again and goes away."""
    owner = kernel.claim(JobFactory().pk)
    Job.objects.filter(pk=owner.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    with transaction.atomic():
        kernel.advance(owner.pk, owner.lease_token, done_units=1)
        thief = threading.Thread(target=lambda: stolen.append(_claim_and_close(owner.pk)))
        stolen = []
        thief.start()
        thief.join(0.3)
        assert thief.is_alive()  # it waits for the row
    thief.join()
    assert stolen == [None]


def _claim_and_close(job_id):
    try:
        return kernel.claim(job_id)
    finally:
        connections.close_all()


def test_a_thief_that_commits_first_makes_the_owner_roll_back():
    owner = kernel.claim(JobFactory().pk)
    Job.objects.filter(pk=owner.pk).update(lease_until=timezone.now() - timedelta(seconds=1))

    @transaction.atomic
    def chunk():
        JobFactory(kind="work")
        at_once(lambda number: kernel.claim(owner.pk), count=1)
        kernel.advance(owner.pk, owner.lease_token, done_units=1)

    with pytest.raises(LostLease):
        chunk()
    assert not Job.objects.filter(kind="work").exists()


def test_two_dispatchers_publish_each_job_once():
    JobFactory.create_batch(40)
    taken = at_once(lambda number: kernel.take_publishable(10, republish=False), count=4)
    ids = [job_id for part in taken for job_id in part]
    assert len(ids) == len(set(ids))
    assert Job.objects.filter(published_at=None).count() == 40 - len(ids)


def test_two_dispatchers_insert_a_period_once():
    start = timezone.now()
    assert sum(at_once(lambda number: kernel.insert_periodic("test_periodic", start))) == 1
    assert Job.objects.filter(kind="test_periodic").count() == 1


def test_a_dispatcher_that_meets_another_in_the_act_adds_nothing():
    start, added = timezone.now(), []
    with transaction.atomic():
        assert kernel.insert_periodic("test_periodic", start)
        other = threading.Thread(
            target=lambda: added.extend(at_once(lambda number: kernel.insert_periodic("test_periodic", start), count=1))
        )
        other.start()
        other.join(0.3)
        assert other.is_alive()  # it waits for our transaction
    other.join()
    assert added == [False]


def test_a_job_that_becomes_visible_late_is_not_skipped():
    """Ids become visible out of order; a dispatcher that remembered the last id would lose this job for ever."""
    opened = connection.copy()
    try:
        opened.set_autocommit(False)
        with opened.cursor() as cursor:
            cursor.execute(
                "INSERT INTO jobs_job (uuid, kind, args, state, priority, attempts, cancel_requested, done_units,"
                " last_error, created_at)"
                " VALUES (gen_random_uuid(), 'early', '{}', 'queued', 0, 0, false, 0, '', now()) RETURNING id"
            )
            (early,) = cursor.fetchone()
        late = JobFactory()
        assert early < late.pk
        assert kernel.take_publishable(10, republish=False) == [late.pk]
        opened.commit()
    finally:
        opened.close()
    assert kernel.take_publishable(10, republish=False) == [early]


def test_the_same_key_at_once_gives_one_job():
    jobs = at_once(lambda number: enqueue(kind="test", args={}, dedupe_key="the-work").pk)
    assert len(set(jobs)) == 1
    assert Job.objects.count() == 1
