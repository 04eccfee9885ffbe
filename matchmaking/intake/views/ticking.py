"""Records that the file no longer has: each tick is kept at once, so that none is lost when the import is pressed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from matchmaking.common.access import access
from matchmaking.common.htmx import hx_refresh, is_fragment
from matchmaking.common.workflow import StaleState
from matchmaking.intake.forms import TickForm
from matchmaking.intake.importing import find_kind
from matchmaking.intake.models import RowGroup
from matchmaking.intake.presenting import line, summary
from matchmaking.intake.services.mending import choose_missing
from matchmaking.intake.views.common import MAY_IMPORT, batch_or_404, conflict


@require_POST
@access(MAY_IMPORT)
def import_tick(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One tick, or all of a page: what is ticked of the rows shown is withdrawn with the import, what is not stays.

    The answer shows what happens to each of these records, and whatever counts rows or carries the version.
    """
    batch = batch_or_404(request, uuid)
    form = TickForm(request.POST)
    if not form.is_valid():
        return conflict(request, batch)
    rows = list(batch.rows.filter(pk__in=form.cleaned_data["shown"], group=RowGroup.MISSING))
    try:
        for withdraw in (True, False):
            chosen = [row for row in rows if (row.pk in form.cleaned_data["row"]) is withdraw]
            if chosen:
                # The version of this moment: a tick is about its own record, whatever happened to other rows since.
                choose_missing(by=request.user, batch=batch, version=batch.version, rows=chosen, withdraw=withdraw)
                batch.refresh_from_db()
    except StaleState:
        if not is_fragment(request):
            return conflict(request, batch)
        messages.warning(
            request, _("The upload has changed meanwhile: please look whether your ticks are as you want.")
        )
        return hx_refresh()
    if not is_fragment(request):
        return redirect("imports:detail", batch.uuid)
    kind = find_kind(batch.kind)
    now = batch.rows.filter(pk__in=[row.pk for row in rows]).order_by("pk")
    context = summary(batch, RowGroup.MISSING) | {"lines": [line(row, kind) for row in now], "kind": kind}
    return render(request, "intake/_ticked.html", context)
