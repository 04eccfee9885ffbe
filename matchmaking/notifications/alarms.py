"""A job that was given up is told to those who can do something about it."""

from django.utils.translation import gettext_lazy as _

from matchmaking.jobs.models import Job
from matchmaking.notifications import audience
from matchmaking.notifications.kinds import register_kind
from matchmaking.notifications.services import notify


def register() -> None:
    register_kind(
        "job_dead",
        subject=_("A job was given up: %(kind)s, no. %(number)s"),
        body=_("The job %(kind)s no. %(number)s failed on every attempt and waits for you. Nothing else is held up."),
        params=("kind", "number"),
    )


def tell_operators(job: Job, reason: str) -> None:
    """Tell the holders of `jobs.operate`. The reason stays on the page of the job: it may quote what it worked on."""
    notify(
        recipients=audience.holders_of("jobs.operate"),
        kind="job_dead",
        params={"kind": job.kind, "number": job.pk},
        url=job.get_absolute_url(),
        dedupe_key=f"job_dead:{job.pk}:{job.finished_at:%Y%m%dT%H%M%S}",
        mail=job.kind != "send_mail",  # the mail server is what failed
    )
