"""What the owner is told after a change of a published record; the same for every kind."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from matchmaking.intake.services.revising import Revised


def revised(request: HttpRequest, came: Revised) -> HttpResponse:
    """Say what is live and what waits, and lead to the record."""
    if came.live:
        messages.success(request, _("The change is live."))
    if came.change:
        messages.info(request, _("What needs a check waits for it; until then the former text is shown."))
    if not came.live and not came.change:
        messages.info(request, _("Nothing was changed."))
    return redirect(came.record)
