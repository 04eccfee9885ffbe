"""Import and give up: each is asked for with the version that was looked at."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from matchmaking.common.access import access
from matchmaking.common.workflow import StaleState
from matchmaking.intake.forms import CommitForm, VersionForm
from matchmaking.intake.models import BatchState
from matchmaking.intake.services.imports import (
    InvalidRowsLeft,
    NothingToImport,
    TooManyRevised,
    UnansweredQuestions,
    abandon_batch,
    commit_batch,
)
from matchmaking.intake.views.common import MAY_IMPORT, batch_or_404, conflict


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
    except (InvalidRowsLeft, NothingToImport, TooManyRevised, UnansweredQuestions) as refusal:
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
