"""The moves of a job row, each on its own."""

from datetime import timedelta

import pytest
from django.utils import timezone

from matchmaking.jobs import kernel, registry
from matchmaking.jobs.kernel import LostLease
from matchmaking.jobs.models import Job, JobState, WorkerBeat
from tests.factories.jobs import JobFactory

pytestmark = pytest.mark.django_db


def expire(job):
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_claim_counts_the_attempt_before_the_work():
    job = kernel.claim(JobFactory().pk)
    assert (job.state, job.attempts) == (JobState.RUNNING, 1)
    assert job.lease_token is not None
    assert job.started_at is not None


def test_a_running_job_is_not_to_be_had():
    job = kernel.claim(JobFactory().pk)
    assert kernel.claim(job.pk) is None


def test_an_expired_lease_is_taken_over():
    first = kernel.claim(JobFactory().pk)
    expire(first)
    second = kernel.claim(first.pk)
    assert second.attempts == 2
    assert second.lease_token != first.lease_token
    assert second.started_at == first.started_at


def test_a_job_is_not_run_before_its_time():
    assert kernel.claim(JobFactory(run_after=timezone.now() + timedelta(hours=1)).pk) is None


@pytest.mark.parametrize("state", [JobState.DONE, JobState.CANCELLED, JobState.DEAD])
def test_a_closed_job_is_never_claimed(state):
    assert kernel.claim(JobFactory(state=state).pk) is None


def test_all_attempts_used_means_no_claim(settings):
    assert kernel.claim(JobFactory(attempts=settings.JOB_MAX_ATTEMPTS).pk) is None


def test_progress_extends_the_lease():
    job = kernel.claim(JobFactory().pk)
    expire(job)
    kernel.advance(job.pk, job.lease_token, done_units=3, cursor={"row": 3})
    job.refresh_from_db()
    assert (job.done_units, job.cursor) == (3, {"row": 3})
    assert job.lease_until > timezone.now()


@pytest.mark.parametrize(
    "move",
    [
        lambda job: kernel.advance(job.pk, job.lease_token, done_units=9),
        lambda job: kernel.finish(job.pk, job.lease_token, None),
        lambda job: kernel.finish_cancelled(job.pk, job.lease_token),
        lambda job: kernel.bury(job.pk, job.lease_token, error="x"),
        lambda job: kernel.release(job.pk, job.lease_token, delay=0),
        lambda job: kernel.look(job.pk, job.lease_token),
    ],
)
def test_a_zombie_can_do_nothing(move):
    zombie = kernel.claim(JobFactory().pk)
    expire(zombie)
    owner = kernel.claim(zombie.pk)
    with pytest.raises(LostLease):
        move(zombie)
    owner.refresh_from_db()
    assert (owner.state, owner.done_units) == (JobState.RUNNING, 0)


def test_a_released_job_waits_for_its_pause_and_is_published_anew():
    job = kernel.claim(JobFactory(published_at=timezone.now()).pk)
    kernel.release(job.pk, job.lease_token, delay=60, error="why")
    job.refresh_from_db()
    assert (job.state, job.attempts, job.last_error, job.published_at) == (JobState.QUEUED, 1, "why", None)
    assert job.run_after > timezone.now() + timedelta(seconds=50)
    assert kernel.claim(job.pk) is None


def test_back_off_doubles_up_to_five_minutes():
    assert [kernel.back_off(attempt) for attempt in (1, 2, 3, 20)] == [2, 4, 8, 300]


class TestPublishing:
    def test_most_urgent_first_then_oldest(self):
        bulk, second, first = JobFactory(priority=10), JobFactory(), JobFactory(priority=-10)
        assert kernel.take_publishable(10, republish=False) == [first.pk, second.pk, bulk.pk]

    def test_a_published_job_is_not_published_again_at_once(self):
        JobFactory()
        assert len(kernel.take_publishable(10, republish=True)) == 1
        assert kernel.take_publishable(10, republish=True) == []

    def test_a_lost_message_is_published_again(self, settings):
        job = JobFactory(published_at=timezone.now() - timedelta(seconds=settings.JOB_REPUBLISH_SECONDS + 1))
        assert kernel.take_publishable(10, republish=False) == []
        assert kernel.take_publishable(10, republish=True) == [job.pk]

    def test_an_expired_lease_is_published_again(self, settings):
        job = kernel.claim(JobFactory(published_at=timezone.now() - timedelta(hours=1)).pk)
        assert kernel.take_publishable(10, republish=True) == []
        expire(job)
        assert kernel.take_publishable(10, republish=True) == [job.pk]

    def test_jobs_of_the_future_and_the_exhausted_stay(self, settings):
        JobFactory(run_after=timezone.now() + timedelta(minutes=1))
        JobFactory(attempts=settings.JOB_MAX_ATTEMPTS)
        assert kernel.take_publishable(10, republish=True) == []

    def test_the_limit_holds(self):
        JobFactory.create_batch(3)
        assert len(kernel.take_publishable(2, republish=False)) == 2


class TestGivingUp:
    def test_a_job_whose_worker_dies_each_time_is_given_up(self, settings):
        job = kernel.claim(JobFactory(attempts=settings.JOB_MAX_ATTEMPTS - 1).pk)
        assert kernel.bury_exhausted() == []  # it may still be at work
        expire(job)
        assert kernel.bury_exhausted() == [job.pk]
        job.refresh_from_db()
        assert job.state == JobState.DEAD
        assert job.last_error

    def test_an_alarm_that_fails_does_not_keep_the_job_alive(self, monkeypatch, caplog):
        def broken(job, reason):
            raise RuntimeError("no")

        monkeypatch.setattr(registry, "_alarms", [broken])
        job = kernel.claim(JobFactory().pk)
        kernel.bury(job.pk, job.lease_token, error="reason")
        job.refresh_from_db()
        assert (job.state, job.last_error) == (JobState.DEAD, "reason")
        assert "could not tell" in caplog.text


class TestWithoutTheGuard:
    """The control: what the lease and the fence are there for."""

    @pytest.fixture(autouse=True)
    def off(self, settings):
        settings.JOB_GUARD = False

    def test_two_workers_get_the_same_job(self):
        job = JobFactory()
        assert kernel.claim(job.pk)
        assert kernel.claim(job.pk)

    def test_a_zombie_writes(self):
        zombie = kernel.claim(JobFactory().pk)
        kernel.claim(zombie.pk)
        kernel.advance(zombie.pk, zombie.lease_token, done_units=9)
        zombie.refresh_from_db()
        assert zombie.done_units == 9

    def test_the_work_of_a_dead_worker_is_lost(self):
        job = kernel.claim(JobFactory().pk)
        expire(job)
        assert kernel.take_publishable(10, republish=True) == []
        assert kernel.bury_exhausted() == []


def test_a_beat_is_one_row_for_each_worker():
    kernel.beat("w1@host", 10)
    kernel.beat("w1@host", 11)
    assert list(WorkerBeat.objects.values_list("name", "pid")) == [("w1@host", 11)]
