"""Each night mandates begin and end by their days."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.mandates.enums import MandateState
from matchmaking.accounts.mandates.models import Mandate
from matchmaking.accounts.mandates.services import turn_mandate
from matchmaking.common.workflow import StaleState
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import daily_at, periodic

CHUNK = 50


@periodic("turn_mandates", every=daily_at(0, 1))
@handler("turn_mandates", label=_("Mandates that begin or end"), unit=_("mandates"))
def turn_mandates(job: JobContext) -> dict[str, int]:
    """Safe to run again: what has turned is no longer due."""
    today, start, turned = timezone.localdate(), job.cursor or 0, 0
    due = Q(state=MandateState.SIGNED, starts_on__lte=today) | Q(state=MandateState.ACTIVE, ends_on__lt=today)
    while True:
        found = list(Mandate.objects.filter(due, pk__gt=start).order_by("pk")[:CHUNK])
        if not found:
            return {"turned": turned}
        with job.chunk() as chunk:
            for mandate in found:
                try:
                    turned += turn_mandate(mandate=mandate)
                except StaleState:  # revoked in this moment
                    continue
            chunk.advance(len(found))
            start = chunk.cursor = found[-1].pk
