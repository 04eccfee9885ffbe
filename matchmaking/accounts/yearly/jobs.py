"""Each morning those who confirm roles are told which are due."""

from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation
from matchmaking.accounts.yearly.selectors import due
from matchmaking.accounts.yearly.services import ask_to_confirm
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import daily_at, periodic

CHUNK = 50


@periodic("ask_to_confirm_roles", every=daily_at(6, 5))
@handler("ask_to_confirm_roles", label=_("Ask organisations to confirm their people"), unit=_("organisations"))
def ask_to_confirm_roles(job: JobContext) -> dict[str, int]:
    """Safe to run again: everybody is told once a month."""
    rows = Organisation.objects.filter(pk__in=due().values("organisation"))
    return {"asked": job.through(rows, lambda one: ask_to_confirm(organisation=one), most=CHUNK)}
