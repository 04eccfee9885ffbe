"""Who may do what to a job."""

from typing import Any

from matchmaking.jobs.models import Job, JobState

OPERATE = "jobs.operate"


def can_cancel(user: Any, job: Job) -> bool:
    """The person who asked for the work, or an operator, while it is open and not already being stopped."""
    return job.is_open and not job.cancel_requested and (job.requested_by_id == user.pk or user.can(OPERATE))


def can_retry(user: Any, job: Job) -> bool:
    return job.state == JobState.DEAD and user.can(OPERATE)
