"""Reading jobs: the progress that people see."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matchmaking.jobs import kernel, registry, rules
from matchmaking.jobs.models import Job, JobState

ENOUGH_TO_TELL = 0.03  # share that must be done before a remaining time is worth saying


@dataclass(frozen=True)
class Progress:
    """Everything the progress fragment shows, in the language of the page."""

    job: Job
    label: str
    unit: str
    sentence: str
    error: str
    remaining: str
    polls: bool
    can_cancel: bool
    result_url: str


def more_urgent_waits(job: Job) -> bool:
    """Whether work that is due now comes before this job: long work gives way between two of its steps."""
    return Job.objects.filter(kernel.due(), state=JobState.QUEUED, priority__lt=job.priority).exists()


def progress_of(job: Job, user: Any) -> Progress:
    """The progress of a job as `user` may see it: load the job, or the record it works for, through `visible_to`.

    Somebody who sees only the record gets a picture that does not move, because the job's own page is not his.
    """
    return Progress(
        job=job,
        label=registry.label_of(job.kind),
        unit=registry.unit_of(job.kind),
        sentence=_sentence(job),
        error=_error(job),
        remaining=_remaining(job, timezone.now()),
        polls=job.is_open and rules.can_see(user, job),
        can_cancel=rules.can_cancel(user, job),
        result_url=(job.result or {}).get("url", "") if job.state == JobState.DONE else "",
    )


def _sentence(job: Job) -> str:
    if job.is_open and job.cancel_requested:
        return _("Being stopped; what is finished stays.")
    if job.state == JobState.QUEUED and job.attempts:
        return _("It was interrupted and goes on by itself shortly.")
    return {
        JobState.QUEUED: _("Waiting for its turn."),
        JobState.RUNNING: _("At work."),
        JobState.DONE: _("Done."),
        JobState.CANCELLED: _("Stopped on request."),
        JobState.DEAD: _("This did not work."),
    }[JobState(job.state)]


def _error(job: Job) -> str:
    """Why it failed, for the person who asked: the handler's sentence, else a general one. Never a traceback."""
    if job.state != JobState.DEAD:
        return ""
    refusal = (job.result or {}).get("refusal", "")
    return refusal or _("The portal could not finish this work. The operators know about it and can start it again.")


def _remaining(job: Job, now: datetime) -> str:
    """A rough remaining time, once there is enough to judge by."""
    if job.state != JobState.RUNNING or not job.total_units or not job.started_at:
        return ""
    share = min(job.done_units / job.total_units, 1.0)
    if share < ENOUGH_TO_TELL:
        return ""
    left: timedelta = (now - job.started_at) * ((1 - share) / share)
    minutes = round(left.total_seconds() / 60)
    if minutes < 1:
        return _("less than a minute left")
    return ngettext("about %(count)s minute left", "about %(count)s minutes left", minutes) % {"count": minutes}
