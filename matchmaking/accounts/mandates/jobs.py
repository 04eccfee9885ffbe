"""Each night mandates begin and end by their days."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.mandates.enums import MandateState
from matchmaking.accounts.mandates.models import Mandate
from matchmaking.accounts.mandates.services import turn_mandate
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import daily_at, periodic

CHUNK = 50


@periodic("turn_mandates", every=daily_at(0, 1))
@handler("turn_mandates", label=_("Mandates that begin or end"), unit=_("mandates"))
def turn_mandates(job: JobContext) -> dict[str, int]:
    """Safe to run again: what has turned is no longer due."""
    today = timezone.localdate()
    due = Q(state=MandateState.SIGNED, starts_on__lte=today) | Q(state=MandateState.ACTIVE, ends_on__lt=today)
    rows = Mandate.objects.filter(due)
    return {"turned": job.through(rows, lambda mandate: turn_mandate(mandate=mandate), most=CHUNK)}
