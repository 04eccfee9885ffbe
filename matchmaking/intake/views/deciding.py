"""Import, give up, undo: each is asked for with the version that was looked at."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from matchmaking.common.access import access
from matchmaking.common.workflow import StaleState
from matchmaking.intake.forms import CommitForm, VersionForm
from matchmaking.intake.importing import find_kind
from matchmaking.intake.models import BatchState, ImportBatch
from matchmaking.intake.services.imports import (
    InvalidRowsLeft,
    NothingToImport,
    UnansweredQuestions,
    abandon_batch,
    commit_batch,
)
from matchmaking.intake.services.undoing import UndoBlocked, undo_batch
from matchmaking.intake.views.common import MAY_IMPORT, batch_or_404, conflict

SHOWN = 100  # of what blocks an undo


@require_POST
@access(MAY_IMPORT)
def import_commit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Import what the preview showed; of two people who press the button, one wins."""
    batch = batch_or_404(request, uuid)
    form = CommitForm(request.POST)
    if not form.is_valid():
        return conflict(request, batch)
    try:
        commit_batch(by=request.user, batch=batch, **form.cleaned_data)
    except StaleState:
        if batch.state not in (BatchState.COMMITTING, BatchState.COMMITTED):
            return conflict(request, batch)
        # Pressed twice, or by a colleague a moment before: what was wanted is happening, once.
        messages.info(request, _("The import had already been started. Nothing is imported twice."))
    except (InvalidRowsLeft, NothingToImport, UnansweredQuestions) as refusal:
        messages.error(request, str(refusal.message))
    return redirect("imports:detail", batch.uuid)


@require_POST
@access(MAY_IMPORT)
def import_abandon(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give an upload up before anything was imported."""
    batch = batch_or_404(request, uuid)
    form = VersionForm(request.POST)
    try:
        if not form.is_valid():
            raise StaleState(str(batch))
        abandon_batch(by=request.user, batch=batch, version=form.cleaned_data["version"])
    except StaleState:
        return conflict(request, batch)
    messages.success(request, _("The upload was given up. Nothing was imported."))
    return redirect("imports:list")


@require_POST
@access(MAY_IMPORT)
def import_undo(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take everything back that an upload wrote, or say which records stand in the way."""
    batch = batch_or_404(request, uuid)
    form = VersionForm(request.POST)
    try:
        if not form.is_valid():
            raise StaleState(str(batch))
        undo_batch(by=request.user, batch=batch, version=form.cleaned_data["version"])
    except StaleState:
        return conflict(request, batch)
    except UndoBlocked as refusal:
        urls = _urls(batch, {blocker.number for blocker in refusal.blockers[:SHOWN]})
        context = {
            "batch": batch,
            "message": refusal.message,
            "blockers": [
                {"number": one.number, "reason": one.reason, "url": urls.get(one.number, "")}
                for one in refusal.blockers[:SHOWN]
            ],
            "more": max(0, len(refusal.blockers) - SHOWN),
        }
        return render(request, "intake/import_blocked.html", context, status=409)
    return redirect("imports:detail", batch.uuid)


def _urls(batch: ImportBatch, numbers: set[str]) -> dict[str, str]:
    """{number: page} of records that the upload wrote."""
    kind = find_kind(batch.kind)
    if kind.record_url is None:
        return {}
    rows = batch.rows.filter(target_no__in=numbers, target_id__isnull=False)
    return {number: kind.record_url(uuid) for number, uuid in rows.values_list("target_no", "target_id")}
