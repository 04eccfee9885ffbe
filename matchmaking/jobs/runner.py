"""Runs a job: claim, handler, and the one place that decides what each way of ending means."""

import logging
import os
import time
import traceback
from contextlib import nullcontext

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import InterfaceError, OperationalError, connection
from django.utils import translation

from matchmaking.jobs import kernel, registry
from matchmaking.jobs.context import Cancelled, JobContext, PermanentFailure, RetryLater, ShuttingDown
from matchmaking.jobs.kernel import LostLease
from matchmaking.jobs.models import Job

logger = logging.getLogger(__name__)
NOT_CLAIMED = "not claimed"
TRACEBACK_LINES = 30
SESSION_ENDED = ("57P", "08", "25P03")  # operator intervention, connection exception, idle too long


def run(job_id: int, *, worker: str = "", raise_errors: bool = False) -> str:
    """Run one job if it is to be had; return how it ended, for the log.

    `raise_errors` re-raises what a handler raised, after the job has been put back or given up.
    """
    job = kernel.claim(job_id)
    if job is None:
        return NOT_CLAIMED
    error: Exception | None = None
    try:
        try:
            with _language_of(job):
                ended = _attempt(JobContext(job, worker=worker, pid=os.getppid()))
        except (OperationalError, InterfaceError) as trouble:
            error, ended = trouble, _after_database_trouble(job, trouble)
        except Exception as failure:
            error, ended = failure, _after_failure(job, failure)
    except LostLease:
        ended = "lost to another worker"
    logger.info("job %s (%s), attempt %s: %s", job.pk, job.kind, job.attempts, ended)
    if error and raise_errors:
        raise error
    return ended


def _attempt(context: JobContext) -> str:
    """Run the handler and close the job. Errors go to the caller."""
    job, token = context.job, context.token
    try:
        result = registry.find(job.kind).run(context)
        kernel.finish(job.pk, token, result)
    except Cancelled:
        kernel.finish_cancelled(job.pk, token)
        return "cancelled"
    except ShuttingDown:
        kernel.release(job.pk, token, delay=0, count=False)
        return "given back"
    except RetryLater as later:
        kernel.release(job.pk, token, delay=later.seconds, count=False)
        return "put off"
    except PermanentFailure as refusal:
        kernel.bury(job.pk, token, error=str(refusal), refusal=str(refusal))
        return "refused"
    return "done"


def _after_failure(job: Job, error: Exception) -> str:
    """Count the failed attempt: again after a pause, or given up when it was the last."""
    logger.warning("job %s (%s) failed", job.pk, job.kind, exc_info=error)
    assert job.lease_token is not None  # claimed
    if job.attempts >= settings.JOB_MAX_ATTEMPTS:
        kernel.bury(job.pk, job.lease_token, error=_describe(error))
        return "given up"
    kernel.release(job.pk, job.lease_token, delay=kernel.back_off(job.attempts), error=_describe(error))
    return "failed"


def _after_database_trouble(job: Job, error: Exception) -> str:
    """Give the job back at once when the session died; a deadlock or a time-out counts like any other failure.

    When the database does not answer, the lease runs out by itself and nothing is lost.
    """
    if not _session_lost(error):
        return _after_failure(job, error)
    assert job.lease_token is not None  # claimed
    for pause in (0.0, 0.5, 1.5):
        time.sleep(pause)
        try:
            connection.close()
            kernel.release(job.pk, job.lease_token, delay=1, error=_describe(error))
        except (OperationalError, InterfaceError):
            continue
        return "session lost, given back"
    return "session lost, left to its lease"


def _session_lost(error: Exception) -> bool:
    """Whether the session ended, as told by the server's code; without a code the server said nothing any more.

    (Whether a connection is open now proves nothing: leaving a broken transaction opens a new one.)
    """
    code = getattr(error.__cause__, "pgcode", None)
    return code is None or code.startswith(SESSION_ENDED)


def _describe(error: BaseException) -> str:
    """The error in one line, then the end of its traceback."""
    lines = "".join(traceback.format_exception(error)).splitlines()[-TRACEBACK_LINES:]
    return "\n".join([f"{type(error).__name__}: {error}".splitlines()[0], "", *lines])


def _language_of(job: Job) -> translation.override | nullcontext[None]:
    """Sentences that a handler stores are in the language of the person who asked for the work."""
    if job.requested_by_id is None:
        return nullcontext()
    user = get_user_model().objects.filter(pk=job.requested_by_id).only("language").first()
    return translation.override(user.language) if user else nullcontext()


def run_due_jobs(*, limit: int = 1_000, raise_errors: bool = True) -> list[tuple[str, str]]:
    """Run everything that is due in this process, until nothing is; return (kind, state) in order.

    For tests and for commands that work without workers. An error of a handler is raised unless told otherwise.
    """
    ran: list[tuple[str, str]] = []
    while len(ran) < limit:
        due = Job.objects.filter(kernel.due(), attempts__lt=settings.JOB_MAX_ATTEMPTS)
        job = due.order_by("priority", "run_after", "id").only("pk", "kind").first()
        if job is None or run(job.pk, raise_errors=raise_errors) == NOT_CLAIMED:
            break
        ran.append((job.kind, Job.objects.values_list("state", flat=True).get(pk=job.pk)))
    return ran
