"""Every way in which a job can end, and what a chunk promises."""

import contextlib

import pytest
from django.db import connection, transaction
from django.utils import timezone, translation

from matchmaking.common.workflow import StaleState
from matchmaking.jobs import kernel, runner, shutdown
from matchmaking.jobs.context import Cancelled, PermanentFailure, RetryLater
from matchmaking.jobs.models import Job, JobState, WorkerBeat
from matchmaking.jobs.runner import run, run_due_jobs
from matchmaking.vocabularies.models import CodeTable
from tests.factories.accounts import UserFactory
from tests.factories.jobs import JobFactory, handling, make_due

pytestmark = pytest.mark.django_db


def steps(count, each=lambda number: None):
    """A handler of so many chunks of one unit, that continues at its cursor."""

    def run_steps(job):
        for number in range(job.cursor or 0, count):
            with job.chunk(total=count) as chunk:
                each(number)
                chunk.advance(1)
                chunk.cursor = number + 1
        return {"steps": count}

    return run_steps


def write(number):
    CodeTable.objects.create(code=f"STEP{number}", name_zh="步骤", edition="1", source="test")


def written():
    return CodeTable.objects.filter(code__startswith="STEP").count()


def fresh(job):
    return Job.objects.get(pk=job.pk)


def test_a_job_runs_to_its_end():
    job = JobFactory(last_error="earlier")
    with handling("test", steps(3, write)):
        assert run(job.pk) == "done"
    job = fresh(job)
    assert (job.state, job.done_units, job.total_units, job.result) == (JobState.DONE, 3, 3, {"steps": 3})
    assert (job.lease_token, job.last_error) == (None, "")
    assert job.finished_at >= job.started_at
    assert written() == 3


def test_a_second_message_does_nothing():
    job = JobFactory()
    with handling("test", steps(1, write)):
        run(job.pk)
        assert run(job.pk) == runner.NOT_CLAIMED
    assert written() == 1


def test_a_failed_chunk_leaves_nothing_and_the_next_attempt_continues():
    job = JobFactory()

    def break_at_two(number):
        write(number)
        if number == 2 and fresh(job).attempts == 1:
            raise ValueError("broken")

    with handling("test", steps(4, break_at_two)):
        assert run(job.pk) == "failed"
        assert (written(), fresh(job).cursor, fresh(job).done_units) == (2, 2, 2)
        assert fresh(job).last_error.startswith("ValueError: broken")
        make_due(job, run_after=job.run_after)
        assert run(job.pk) == "done"
    assert written() == 4


def test_a_zombie_rolls_back_its_chunk():
    job = JobFactory()

    def lose_the_lease(number):
        write(number)
        make_due(job)
        assert kernel.claim(job.pk)  # another worker

    with handling("test", steps(1, lose_the_lease)):
        assert run(job.pk) == "lost to another worker"
    assert written() == 0
    assert fresh(job).done_units == 0


def test_without_the_fence_the_zombie_writes(settings):
    """The control of the test above."""
    settings.JOB_GUARD = False
    job = JobFactory()

    def lose_the_lease(number):
        write(number)
        kernel.claim(job.pk)

    with handling("test", steps(1, lose_the_lease)):
        run(job.pk)
    assert written() == 1


def test_a_poison_job_is_given_up_after_its_attempts(settings):
    job = JobFactory()
    told = []
    broken = steps(1, lambda number: 1 / 0)
    with handling("test", broken, on_dead=lambda job, reason: told.append((job.pk, reason.partition(":")[0]))):
        for _attempt in range(settings.JOB_MAX_ATTEMPTS):
            make_due(job, run_after=job.run_after)
            run(job.pk)
    job = fresh(job)
    assert (job.state, job.attempts) == (JobState.DEAD, settings.JOB_MAX_ATTEMPTS)
    assert told == [(job.pk, "ZeroDivisionError")]
    assert "1 / 0" in job.last_error


def test_a_refusal_is_final_at_once_and_in_the_language_of_the_person():
    job = JobFactory(requested_by=UserFactory(language="en"))
    seen = []

    def refuse(job):
        seen.append(translation.get_language())
        raise PermanentFailure("The file is empty.")

    with handling("test", refuse):
        assert run(job.pk) == "refused"
    assert (fresh(job).state, fresh(job).result) == (JobState.DEAD, {"refusal": "The file is empty."})
    assert seen == ["en"]


def test_a_job_that_is_put_off_loses_no_attempt():
    def later(job):
        raise RetryLater(30)

    job = JobFactory()
    with handling("test", later):
        assert run(job.pk) == "put off"
    assert (fresh(job).state, fresh(job).attempts) == (JobState.QUEUED, 0)


def test_an_unknown_kind_is_tried_again_and_then_given_up(settings):
    job = JobFactory(kind="nobody_knows", attempts=settings.JOB_MAX_ATTEMPTS - 1)
    assert run(job.pk) == "given up"
    assert fresh(job).last_error.startswith("UnknownKind")


def test_a_cancelled_job_stops_at_its_next_chunk():
    job = JobFactory()
    stopped = []

    def cancel_in_the_first(number):
        write(number)
        Job.objects.filter(pk=job.pk).update(cancel_requested=True)

    with handling("test", steps(3, cancel_in_the_first), on_cancelled=lambda job: stopped.append(job.state)):
        assert run(job.pk) == "cancelled"
    assert (fresh(job).state, fresh(job).done_units) == (JobState.CANCELLED, 1)
    assert stopped == [JobState.CANCELLED]
    assert written() == 1  # what was finished stays


def test_a_handler_cannot_swallow_the_end_by_accident():
    def careless(job):
        Job.objects.filter(pk=job.job.pk).update(cancel_requested=True)
        with contextlib.suppress(Exception):
            job.keep_alive()

    assert not issubclass(Cancelled, Exception)
    with handling("test", careless):
        assert run(JobFactory().pk) == "cancelled"


def test_a_worker_that_ends_gives_its_job_back(monkeypatch):
    job = JobFactory()

    def end_in_the_first(number):
        write(number)
        shutdown.request()

    try:
        with handling("test", steps(3, end_in_the_first)):
            assert run(job.pk) == "given back"
    finally:
        shutdown.forget()
    assert (fresh(job).state, fresh(job).attempts, fresh(job).cursor) == (JobState.QUEUED, 0, 1)


def test_a_query_that_takes_too_long_counts_as_a_failure():
    def slow(job):
        with job.chunk(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '10ms'; SELECT pg_sleep(1)")

    job = JobFactory()
    with handling("test", slow):
        assert run(job.pk) == "failed"
    assert fresh(job).last_error.startswith("OperationalError")


def test_a_chunk_is_a_commit_of_its_own():
    def nested(job):
        with transaction.atomic(), job.chunk():
            pass

    with handling("test", nested), pytest.raises(RuntimeError, match="durable"):
        run(JobFactory().pk, raise_errors=True)


def test_rows_are_gone_through_once_in_chunks_though_they_shrink_and_the_attempt_breaks():
    """A row that somebody else moved counts for nothing, nor does one with nothing due; each stands before nobody."""
    for number in range(7):
        write(number)
    rows = CodeTable.objects.filter(code__startswith="STEP", edition="1")
    seen, attempts = [], []

    def act(row):
        seen.append(row.code)
        if row.code == "STEP2":
            raise StaleState
        if row.code == "STEP3":
            return False
        if row.code == "STEP5" and len(attempts) == 1:
            raise OSError
        CodeTable.objects.filter(pk=row.pk).update(edition="2")
        return None

    def go_through(job):
        attempts.append(job.cursor)
        return {"acted": job.through(rows, act, most=2)}

    with handling("test", go_through):
        job = JobFactory()
        assert run(job.pk) == "failed"
        assert rows.count() == 5  # the chunk that broke left nothing
        make_due(job, run_after=job.run_after)
        assert run(job.pk) == "done"
    assert fresh(job).done_units == 7
    assert seen == ["STEP0", "STEP1", "STEP2", "STEP3", "STEP4", "STEP5", "STEP4", "STEP5", "STEP6"]
    assert {row.code for row in rows} == {"STEP2", "STEP3"}


def test_a_chunk_that_announces_itself_has_a_longer_lease():
    job, seen = JobFactory(), []

    def long(context):
        with context.chunk(longest=600):
            seen.append(fresh(job).lease_until - timezone.now())
            seen.append(WorkerBeat.objects.get().beat_at - timezone.now())
        seen.append(fresh(job).lease_until - timezone.now())
        seen.append(WorkerBeat.objects.get().beat_at - timezone.now())

    with handling("test", long):
        assert run(job.pk, worker="w1@test") == "done"
    minutes = [round(each.total_seconds() / 60) for each in seen]
    assert minutes == [10, 10, 1, 0]


def test_a_chunk_that_announces_itself_may_leave_the_database_waiting_as_long():
    """Indexing a large pool talks to nobody for minutes, and the database must not end its transaction."""
    seen = []

    def patient(context):
        for longest in (None, 5, 600):
            with context.chunk(longest=longest), connection.cursor() as cursor:
                cursor.execute("SHOW idle_in_transaction_session_timeout")
                seen.append(cursor.fetchone()[0])

    with handling("test", patient):
        assert run(JobFactory().pk) == "done"
    assert seen == ["1min", "1min", "10min"]  # never shorter than the usual lease


def test_errors_are_raised_when_asked_for():
    JobFactory()
    with handling("test", steps(1, lambda number: 1 / 0)), pytest.raises(ZeroDivisionError):
        run_due_jobs()


def test_run_due_jobs_runs_what_the_jobs_enqueue():
    def spawn(job):
        JobFactory(kind="test_two")

    JobFactory()
    with handling("test", spawn), handling("test_two", steps(1)):
        assert run_due_jobs() == [("test", "done"), ("test_two", "done")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("restore_reference_data")
def test_a_terminated_session_gives_the_job_back():
    """The database ends our session in the middle of a chunk: nothing of it stays, and the job is due again."""
    job = JobFactory()

    def end_our_session(number):
        write(number)
        if fresh(job).attempts == 1:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with handling("test", steps(2, end_our_session)):
        assert run(job.pk) == "session lost, given back"
        assert (fresh(job).state, written()) == (JobState.QUEUED, 0)
        make_due(job, run_after=job.run_after)
        assert run(job.pk) == "done"
    assert written() == 2
