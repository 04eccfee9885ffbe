"""Builders of jobs, and the proof that a handler may run again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import factory

from matchmaking.jobs import registry, runner
from matchmaking.jobs.context import Chunk, JobContext
from matchmaking.jobs.models import Job, JobState


class JobFactory(factory.django.DjangoModelFactory):
    """A job that waits and is due."""

    class Meta:
        model = Job

    kind = "test"
    args = factory.LazyFunction(dict)


@contextmanager
def handling(kind: str, run: Callable[[JobContext], Any], **options: Any) -> Iterator[None]:
    """Let `run` handle a kind for the length of the block."""
    registry.handler(kind, **options)(run)
    try:
        yield
    finally:
        registry._handlers.pop(kind, None)


class Interrupted(BaseException):
    """The worker dies here: nothing of the chunk commits and nobody closes the job."""


def run_until_interrupted(job: Job, monkeypatch: Any, *, chunk: int) -> bool:
    """Run a job until the end of its n-th chunk (from 1), where the worker “dies”; False when it has fewer chunks.

    The job is then due again, as after the end of its lease.
    """
    whole = JobContext.chunk
    seen = 0

    @contextmanager
    def dying(self: JobContext, **options: Any) -> Iterator[Chunk]:
        nonlocal seen
        with whole(self, **options) as opened:
            yield opened
            seen += 1
            if seen == chunk:
                raise Interrupted

    with monkeypatch.context() as patch:
        patch.setattr(JobContext, "chunk", dying)
        try:
            runner.run(job.pk, raise_errors=True)
        except Interrupted:
            make_due(job)
            return True
    return False


def make_due(job: Job, **changes: Any) -> None:
    """Put a job back into the queue as it is, whatever its state."""
    values = {"state": JobState.QUEUED, "lease_token": None, "lease_until": None, "published_at": None}
    Job.objects.filter(pk=job.pk).update(**values | changes)


def assert_repeatable(
    kind: str, make_job: Callable[[], Job], digest: Callable[[], Any], monkeypatch: Any, *, chunks: int = 3
) -> None:
    """Prove that a handler may die anywhere and run again: the outcome stays that of one run.

    `make_job` makes the job (of `kind`) once; `digest` is the outcome in values that can be compared. The worker dies
    at the end of each of the first chunks, before it commits; then the job runs to its end; then it runs once more
    from its last cursor, as after a worker that died when everything was committed but the end of the job.
    """
    job = make_job()
    assert job.kind == kind
    for number in range(1, chunks + 1):
        if not run_until_interrupted(job, monkeypatch, chunk=number):
            break
        make_due(job, attempts=0)
    if Job.objects.get(pk=job.pk).state != JobState.DONE:
        runner.run(job.pk, raise_errors=True)
    assert Job.objects.get(pk=job.pk).state == JobState.DONE
    expected = digest()
    make_due(job, attempts=0)
    assert runner.run(job.pk, raise_errors=True) == "done"
    assert digest() == expected
