"""Who may do what to a job."""

from typing import Any

from matchmaking.jobs import registry
from matchmaking.jobs.models import Job, JobState

OPERATE = "jobs.operate"


def operates(user: Any) -> bool:
    """Sees all jobs, their errors and the workers."""
    return user.can(OPERATE)


def can_see(user: Any, job: Job) -> bool:
    """The same as `visible_to`, for a job at hand."""
    return job.requested_by_id == user.pk or operates(user) or job.kind in registry.kinds_seen_by(user)


def can_cancel(user: Any, job: Job) -> bool:
    """The person who asked for the work, or an operator, while it is open and not already being stopped."""
    return job.is_open and not job.cancel_requested and (job.requested_by_id == user.pk or operates(user))


def can_retry(user: Any, job: Job) -> bool:
    return job.state == JobState.DEAD and operates(user)
