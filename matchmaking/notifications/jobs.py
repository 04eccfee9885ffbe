"""The job that sends mail."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from matchmaking.jobs.context import JobContext, RetryLater
from matchmaking.jobs.models import Job
from matchmaking.jobs.registry import handler
from matchmaking.notifications import sending
from matchmaking.notifications.models import MailState, OutboxMail

LOOK_AGAIN = 5.0  # seconds until a mail that another worker has leased is looked at again


class MailServerTrouble(Exception):
    """Some mails were not taken; the job comes back for them after its pause."""


def _give_up(job: Job, reason: str) -> None:
    sending.give_up(job.args["mails"])


@handler("send_mail", label=_("Sending mail"), unit=_("mails"), on_dead=_give_up)
def send_mail(job: JobContext) -> dict[str, Any]:
    """Send the mails of this job that are still to be sent; one bad address does not hold up the others."""
    wanted = job.args["mails"]
    troubled = 0
    for mail_id in OutboxMail.objects.filter(pk__in=wanted, state__in=_unsent()).order_by("pk").values_list("pk"):
        job.keep_alive()
        leased = sending.lease_mail(mail_id[0])
        if leased is not None and not sending.deliver(leased):
            troubled += 1
    left = OutboxMail.objects.filter(pk__in=wanted, state__in=_unsent()).count()
    with job.chunk(total=len(wanted)) as chunk:
        chunk.done = len(wanted) - left
    if troubled:
        raise MailServerTrouble(f"{troubled} of {len(wanted)} mails were not taken")
    if left:
        raise RetryLater(LOOK_AGAIN)
    return {"mails": len(wanted)}


def _unsent() -> list[MailState]:
    return [MailState.QUEUED, MailState.SENDING]
