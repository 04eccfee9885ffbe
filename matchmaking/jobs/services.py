"""Use cases of jobs: put work in the queue, stop it, try it again. Web requests never do more than this."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, ManyToOneRel, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from matchmaking.jobs import registry, schedule
from matchmaking.jobs.models import Job, JobState, WorkerBeat

logger = logging.getLogger(__name__)


class JobNotOpen(Exception):
    """The job has ended; there is nothing to cancel."""


class JobNotDead(Exception):
    """Only a job that was given up can be tried again."""


@transaction.atomic
def enqueue(
    *,
    kind: str,
    args: dict[str, Any],
    by: Any = None,
    dedupe_key: str | None = None,
    run_after: datetime | None = None,
    priority: int = 0,
    total: int | None = None,
) -> Job:
    """Write a job in the caller's transaction: it exists if and only if the business rows do.

    `args` holds ids only. `dedupe_key` names the work, so it holds the version or the day of what is worked on. When
    a job with this key exists, an open or finished one is returned as it is (the work is under way or done), and a
    cancelled or dead one is put back into the queue, because asking again means wanting it. The kind needs no handler
    yet: lower floors name kinds of upper apps.
    """
    job = Job(kind=kind, args=args, dedupe_key=dedupe_key, priority=priority, total_units=total)
    job.requested_by = by
    if run_after is not None:
        job.run_after = run_after
    if dedupe_key is None:
        job.save(force_insert=True)
        return job
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        known = Job.objects.filter(dedupe_key=dedupe_key).first()
        if known is None:  # another constraint than the key
            raise
        _put_back(known, [JobState.CANCELLED, JobState.DEAD])
        return known
    return job


@transaction.atomic
def request_cancel(*, job: Job, by: Any) -> Job:
    """Stop a job: one that waits at once, one that runs at its next chunk. Raises JobNotOpen when it has ended."""
    waiting = Job.objects.filter(pk=job.pk, state=JobState.QUEUED)
    if waiting.update(state=JobState.CANCELLED, cancel_requested=True, finished_at=Now()):
        job.refresh_from_db()
        registry.tell_cancelled(job)
        return job
    if not Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(cancel_requested=True):
        raise JobNotOpen(job.pk)
    logger.info("job %s: user %s asked to cancel", job.pk, by and by.pk)
    job.refresh_from_db()
    return job


@transaction.atomic
def retry_dead(*, job: Job, by: Any) -> Job:
    """Put a dead letter back into the queue with all its attempts; it continues at its cursor."""
    if not _put_back(job, [JobState.DEAD]):
        raise JobNotDead(job.pk)
    logger.info("job %s: user %s tries again", job.pk, by.pk)
    return job


def start_over(*, jobs: QuerySet[Job]) -> int:
    """What the cursors of these ended jobs stand on is gone: tried again, they begin at the beginning."""
    return jobs.update(cursor=None, done_units=0)


def _put_back(job: Job, states: list[JobState]) -> bool:
    changed = Job.objects.filter(pk=job.pk, state__in=states).update(
        state=JobState.QUEUED,
        attempts=0,
        cancel_requested=False,
        run_after=Now(),
        published_at=None,
        finished_at=None,
        result=None,
    )
    job.refresh_from_db()
    return bool(changed)


@transaction.atomic
def prune(*, older_than: timedelta, most: int, often_older_than: timedelta | None = None) -> int:
    """Remove up to `most` finished jobs of the portal itself that no row points at; return how many.

    Jobs with a dedupe key stay, because they say that their work has been done; jobs of people stay, because they
    are theirs; dead letters stay until somebody has looked at them. `often_older_than` is for kinds on demand.
    """
    often = Q(kind__in=schedule.demanded_kinds(), finished_at__lt=Now() - (often_older_than or older_than))
    old = Job.objects.filter(
        often | Q(finished_at__lt=Now() - older_than), state=JobState.DONE, requested_by=None, dedupe_key=None
    )
    for relation in Job._meta.get_fields(include_hidden=True):  # noqa: SLF001 (Django documents _meta)
        if isinstance(relation, ManyToOneRel):
            pointing = relation.related_model._base_manager  # noqa: SLF001 (rows of every state count)
            old = old.exclude(Exists(pointing.filter(**{relation.field.name: OuterRef("pk")})))
    ids = list(old.order_by("pk").values_list("pk", flat=True)[:most])
    Job.objects.filter(pk__in=ids).delete()
    WorkerBeat.objects.filter(beat_at__lt=Now() - older_than).delete()
    return len(ids)
