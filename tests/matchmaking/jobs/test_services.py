"""Putting work in the queue, stopping it, trying it again, clearing it away."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from matchmaking.jobs import kernel
from matchmaking.jobs.models import Job, JobState
from matchmaking.jobs.services import JobNotDead, JobNotOpen, enqueue, prune, request_cancel, retry_dead
from matchmaking.matching.enums import RunScope
from matchmaking.matching.models import MatchRun
from tests.factories.accounts import UserFactory
from tests.factories.jobs import JobFactory, assert_repeatable, handling

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory()


def test_a_job_waits_and_is_due_at_once(user):
    job = enqueue(kind="test", args={"id": 7}, by=user, priority=-3, total=9)
    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.args, job.requested_by, job.priority, job.total_units) == ("queued", {"id": 7}, user, -3, 9)
    assert kernel.claim(job.pk)


def test_the_job_goes_with_the_transaction():
    @transaction.atomic
    def refused():
        enqueue(kind="test", args={})
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 (our own)
        refused()
    assert not Job.objects.exists()


def test_a_job_for_later_is_not_due():
    job = enqueue(kind="test", args={}, run_after=timezone.now() + timedelta(minutes=5))
    assert kernel.claim(job.pk) is None


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.DONE])
def test_a_key_names_the_work_once(state):
    first = enqueue(kind="test", args={}, dedupe_key="test:7:v1")
    Job.objects.filter(pk=first.pk).update(state=state)
    again = enqueue(kind="test", args={}, dedupe_key="test:7:v1")
    assert (again.pk, again.state) == (first.pk, state)
    assert Job.objects.count() == 1


@pytest.mark.parametrize("state", [JobState.CANCELLED, JobState.DEAD])
def test_asking_again_for_work_that_was_given_up_puts_it_back(state):
    first = enqueue(kind="test", args={}, dedupe_key="test:7:v1")
    Job.objects.filter(pk=first.pk).update(state=state, attempts=5, cancel_requested=True, finished_at=timezone.now())
    again = enqueue(kind="test", args={}, dedupe_key="test:7:v1")
    assert (again.pk, again.state, again.attempts, again.cancel_requested) == (first.pk, JobState.QUEUED, 0, False)
    assert again.finished_at is None


def test_a_waiting_job_is_cancelled_at_once(user):
    told = []
    job = JobFactory()
    with handling("test", lambda job: None, on_cancelled=lambda job: told.append(job.pk)):
        assert request_cancel(job=job, by=user).state == JobState.CANCELLED
    assert told == [job.pk]


def test_a_running_job_is_asked_to_stop(user):
    job = kernel.claim(JobFactory().pk)
    assert request_cancel(job=job, by=user).cancel_requested
    assert job.state == JobState.RUNNING


def test_what_has_ended_cannot_be_cancelled(user):
    with pytest.raises(JobNotOpen):
        request_cancel(job=JobFactory(state=JobState.DONE), by=user)


def test_a_dead_letter_gets_all_its_attempts_again(user):
    job = JobFactory(state=JobState.DEAD, attempts=5, cursor=3, last_error="why")
    job = retry_dead(job=job, by=user)
    assert (job.state, job.attempts, job.cursor, job.last_error) == (JobState.QUEUED, 0, 3, "why")
    assert kernel.claim(job.pk)


def test_only_a_dead_letter_is_tried_again(user):
    with pytest.raises(JobNotDead):
        retry_dead(job=JobFactory(), by=user)


class TestPruning:
    AGE = timedelta(days=30)

    @pytest.fixture(autouse=True)
    def long_ago(self):
        self.then = timezone.now() - timedelta(days=31)

    def test_only_what_nobody_needs_goes(self, user):
        kept = [
            JobFactory(state=JobState.DONE, finished_at=timezone.now()),
            JobFactory(state=JobState.DEAD, finished_at=self.then),
            JobFactory(state=JobState.DONE, finished_at=self.then, requested_by=user),
            JobFactory(state=JobState.DONE, finished_at=self.then, dedupe_key="k"),
            JobFactory(state=JobState.DONE, finished_at=self.then),
        ]
        MatchRun.objects.create(scope=RunScope.values[0], job=kept[-1])
        JobFactory(state=JobState.DONE, finished_at=self.then)
        assert prune(older_than=self.AGE, most=10) == 1
        assert set(Job.objects.all()) == set(kept)

    def test_the_job_that_prunes_may_run_twice(self, monkeypatch):
        JobFactory.create_batch(3, state=JobState.DONE, finished_at=self.then)
        monkeypatch.setattr("matchmaking.jobs.jobs.PIECE", 2)
        assert_repeatable(
            "prune_jobs",
            lambda: JobFactory(kind="prune_jobs"),
            lambda: Job.objects.filter(kind="test").count(),
            monkeypatch,
        )
        assert not Job.objects.filter(kind="test").exists()
