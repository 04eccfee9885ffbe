"""The job that sends a list, by chunks; run again it goes on with the rows that were not sent."""

from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.outreach.models import ListedEnterprise
from matchmaking.accounts.outreach.services import JOB, send_rows
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler

CHUNK = 50


@handler(JOB, label=_("Invitations of enterprises"), unit=_("enterprises"))
def invite_enterprises(job: JobContext) -> dict[str, int]:
    sent = 0
    while True:
        waiting = ListedEnterprise.objects.filter(list=job.args["list"], sent_at=None).select_related(
            "list__organisation"
        )
        rows = list(waiting.order_by("number")[:CHUNK])
        if not rows:
            return {"sent": sent}
        with job.chunk() as chunk:
            sent += send_rows(rows)
            chunk.advance(len(rows))
