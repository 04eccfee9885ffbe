"""The moves of a job row: conditional UPDATEs whose row count is the only proof (reliability rules 2, 3 and 7).

The database's clock decides about leases and due times, never a worker's. `Now()` is the time of the statement, so
all of this also holds inside a longer transaction.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField as TimeOutput
from django.db.models import ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from matchmaking.jobs import registry
from matchmaking.jobs.models import Job, JobState, WorkerBeat

ERROR_LENGTH = 4_000
LONGEST_BACK_OFF = 300  # seconds


class LostLease(BaseException):
    """Somebody else owns the job by now: whatever this worker still holds must be rolled back.

    Not an `Exception`, so that no handler swallows it by accident.
    """


def in_seconds(seconds: float) -> ExpressionWrapper:
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=TimeOutput())


def lease_end(lease: float | None = None) -> ExpressionWrapper:
    return in_seconds(lease or settings.JOB_LEASE_SECONDS)


def guarded() -> bool:
    """False only in the control of the fault test (test settings), which must then lose work."""
    return bool(getattr(settings, "JOB_GUARD", True))


def back_off(attempts: int) -> int:
    """Seconds until the next attempt: 2, 4, 8 … at most five minutes."""
    return min(2**attempts, LONGEST_BACK_OFF)


def due() -> Q:
    """Waiting and past its time, or running under a lease that has run out."""
    waiting = Q(state=JobState.QUEUED, run_after__lte=Now())
    return waiting | Q(state=JobState.RUNNING, lease_until__lt=Now()) if guarded() else waiting


def owned(job_id: int, token: UUID) -> QuerySet[Job]:
    """The job, if this worker still owns it."""
    rows = Job.objects.filter(pk=job_id)
    return rows.filter(lease_token=token, state=JobState.RUNNING) if guarded() else rows


def claim(job_id: int) -> Job | None:
    """Take the job for the length of a lease, or return None when it is not to be had.

    Only one of several workers wins; an expired lease is taken over. The attempt is counted before the work, so that
    a job that kills its worker runs out of attempts like any other (rule 7).
    """
    token = uuid4()
    free = Job.objects.filter(due() if guarded() else Q(), pk=job_id, attempts__lt=settings.JOB_MAX_ATTEMPTS)
    taken = free.update(
        state=JobState.RUNNING,
        lease_token=token,
        lease_until=lease_end(),
        attempts=F("attempts") + 1,
        started_at=Coalesce("started_at", Now()),
    )
    return Job.objects.filter(pk=job_id, lease_token=token).first() if taken else None


def look(job_id: int, token: UUID) -> bool:
    """Return whether somebody asked to cancel; raise LostLease when the job is no longer ours."""
    asked = owned(job_id, token).values_list("cancel_requested", flat=True).first()
    if asked is None:
        raise LostLease(job_id)
    return asked


def advance(job_id: int, token: UUID, *, lease: float | None = None, **progress: Any) -> None:
    """Write progress and extend the lease. Called last in the transaction of a chunk: this is the fence."""
    if owned(job_id, token).update(lease_until=lease_end(lease), **progress) != 1:
        raise LostLease(job_id)


def _close(job_id: int, token: UUID, state: JobState, **values: Any) -> None:
    values |= {"lease_token": None, "lease_until": None, "finished_at": Now()}
    if owned(job_id, token).update(state=state, **values) != 1:
        raise LostLease(job_id)


def finish(job_id: int, token: UUID, result: dict[str, Any] | None) -> None:
    _close(job_id, token, JobState.DONE, result=result, last_error="")


@transaction.atomic
def finish_cancelled(job_id: int, token: UUID) -> None:
    _close(job_id, token, JobState.CANCELLED)
    registry.tell_cancelled(Job.objects.get(pk=job_id))


@transaction.atomic
def bury(job_id: int, token: UUID, *, error: str, refusal: str = "") -> None:
    """Give the job up: it stays as a dead letter with the reason until somebody retries it.

    `refusal` is a sentence for the person who asked for the work; without it he reads a general one.
    """
    error = error[-ERROR_LENGTH:]
    _close(job_id, token, JobState.DEAD, last_error=error, result={"refusal": refusal} if refusal else None)
    registry.tell_dead(Job.objects.get(pk=job_id), error)


def release(job_id: int, token: UUID, *, delay: float, error: str | None = None, count: bool = True) -> None:
    """Give the job back, to be run again after `delay` seconds. With `count=False` the attempt was not the job's."""
    values: dict[str, Any] = {"run_after": in_seconds(delay), "published_at": None}
    values |= {"lease_token": None, "lease_until": None}
    if error is not None:
        values["last_error"] = error[-ERROR_LENGTH:]
    if not count:
        values["attempts"] = F("attempts") - 1
    if owned(job_id, token).update(state=JobState.QUEUED, **values) != 1:
        raise LostLease(job_id)


# -- the dispatcher's side ---------------------------------------------------------------------------------------


def take_publishable(limit: int, *, republish: bool) -> list[int]:
    """Mark up to `limit` due jobs as published and return their ids, most urgent first.

    Chosen by predicate, never by “id greater than the last one”: ids become visible out of order (rule 3). Several
    dispatchers share the work through SKIP LOCKED. The mark is committed before the broker is spoken to, so that no
    row stays locked while it hesitates; what then fails to be published is published again after a while.
    """
    lost = Q(published_at__lt=in_seconds(-settings.JOB_REPUBLISH_SECONDS)) if republish and guarded() else Q(pk=None)
    with transaction.atomic():
        rows = (
            Job.objects.filter(due(), Q(published_at=None) | lost, attempts__lt=settings.JOB_MAX_ATTEMPTS)
            .order_by("priority", "run_after", "id")
            .select_for_update(skip_locked=True)
        )
        ids = list(rows.values_list("pk", flat=True)[:limit])
        if ids:
            Job.objects.filter(pk__in=ids).update(published_at=Now())
    return ids


def unpublish(ids: list[int]) -> None:
    """The broker did not take them: they are due at once."""
    Job.objects.filter(pk__in=ids, state=JobState.QUEUED).update(published_at=None)


def count_waiting(most: int) -> int:
    """Jobs whose id was published and which no worker has taken yet, counted up to `most`."""
    return Job.objects.filter(due(), published_at__isnull=False)[:most].count()


def bury_exhausted(limit: int = 50) -> list[int]:
    """Give up the jobs that used all their attempts and whose last worker is gone; return their ids."""
    if not guarded():
        return []
    buried = []
    with transaction.atomic():
        gone = Q(state=JobState.RUNNING, lease_until__lt=Now()) | Q(state=JobState.QUEUED)
        rows = Job.objects.filter(gone, attempts__gte=settings.JOB_MAX_ATTEMPTS)
        for job in rows.order_by("id").select_for_update(skip_locked=True)[:limit]:
            reason = job.last_error or _("The worker ended without a word each time.")
            Job.objects.filter(pk=job.pk).update(
                state=JobState.DEAD, lease_token=None, lease_until=None, finished_at=Now(), last_error=reason
            )
            job.refresh_from_db()
            registry.tell_dead(job, reason)
            buried.append(job.pk)
    return buried


def insert_periodic(kind: str, period_start: datetime) -> bool:
    """Insert the job of a period once, however many dispatchers run (rule 11); True when this call did it.

    While an earlier one of the kind is still open nothing is inserted: missed periods are not piled up.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO jobs_job (uuid, kind, args, period_start, state, priority, attempts, cancel_requested,
                                  done_units, last_error, created_at)
            SELECT gen_random_uuid(), %(kind)s, '{}', %(start)s, 'queued', 5, 0, false, 0, '', statement_timestamp()
            WHERE NOT EXISTS (SELECT FROM jobs_job WHERE kind = %(kind)s AND period_start IS NOT NULL
                              AND state IN ('queued', 'running'))
            ON CONFLICT (kind, period_start) DO NOTHING
            """,
            {"kind": kind, "start": period_start},
        )
        return cursor.rowcount == 1


# -- signs of life -----------------------------------------------------------------------------------------------


def beat(name: str, pid: int, *, ahead: float = 0) -> None:
    """Note that the worker of this name consumes messages, or works on one, right now.

    `ahead` seconds of silence are announced: nobody shall take a long chunk for deafness.
    """
    if not WorkerBeat.objects.filter(name=name).update(pid=pid, beat_at=in_seconds(ahead)):
        WorkerBeat.objects.bulk_create(
            [WorkerBeat(name=name, pid=pid)],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["pid", "beat_at"],
        )
