"""The way back from an import: what it takes back, or which records stand in its way."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from matchmaking.common.access import access
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.workflow import StaleState
from matchmaking.intake.forms import VersionForm
from matchmaking.intake.importing import Blocker, RowKind, find_kind
from matchmaking.intake.models import BatchState, ImportBatch
from matchmaking.intake.outcome import done_deeds
from matchmaking.intake.presenting import title_of
from matchmaking.intake.services.undoing import UndoBlocked, blockers_of, undo_batch
from matchmaking.intake.views.common import MAY_IMPORT, batch_or_404, conflict

A_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@access(MAY_IMPORT)
def import_undo(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Say what an undo takes back or what stands in its way (htmx: in one line); with POST, have it done."""
    batch = batch_or_404(request, uuid)
    if request.method == "POST":
        form = VersionForm(request.POST)
        try:
            if not form.is_valid():
                raise StaleState(str(batch))
            undo_batch(by=request.user, batch=batch, version=form.cleaned_data["version"])
        except StaleState:
            return conflict(request, batch)
        except UndoBlocked as refusal:
            return render(request, "intake/import_undo.html", _context(request, batch, refusal.blockers), status=409)
        return redirect("imports:detail", batch.uuid)
    if batch.state != BatchState.COMMITTED:
        return redirect("imports:detail", batch.uuid)
    context = _context(request, batch, blockers_of(batch))
    return page_or_fragment(request, "intake/import_undo.html", "intake/_undo_offer.html", context)


def _context(request: HttpRequest, batch: ImportBatch, blockers: Sequence[Blocker]) -> dict[str, Any]:
    kind = find_kind(batch.kind)
    page = Paginator(blockers, A_PAGE).get_page(request.GET.get("page"))
    return {
        "batch": batch,
        "kind": kind,
        "title": _("The import cannot be undone") if blockers else _("Undo the import"),
        "message": UndoBlocked.message,
        "number": len(blockers),
        "reasons": Counter(str(one.reason) for one in blockers).most_common(),
        "page": page,
        "lines": _lines(batch, kind, list(page)),
        "deeds": done_deeds(batch),
    }


def _lines(batch: ImportBatch, kind: RowKind, blockers: Sequence[Blocker]) -> list[dict[str, Any]]:
    """What stands in the way, with the names and the pages of the records."""
    numbers = {one.number for one in blockers}
    rows = {row.target_no: row for row in batch.rows.filter(target_no__in=numbers, target_id__isnull=False)}
    found = []
    for one in blockers:
        row = rows.get(one.number)
        url = kind.record_url(row.target_id) if row and row.target_id and kind.record_url else ""
        title = title_of(row, kind) if row else ""
        found.append({"number": one.number, "reason": one.reason, "title": title, "url": url})
    return found
