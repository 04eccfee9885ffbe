"""Handing in the drafts of an upload: tick many, submit, read what was left and why."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from matchmaking.accounts.models import User
from matchmaking.common.access import access
from matchmaking.common.htmx import hx_refresh, is_fragment
from matchmaking.common.pagination import paginate
from matchmaking.intake.handing_on import HandingOn, handing_on_of
from matchmaking.intake.importing import find_kind
from matchmaking.intake.models import BatchState, ImportBatch
from matchmaking.intake.selectors import COMPLETE, INCOMPLETE, written
from matchmaking.intake.services.submitting import last_submission, submit_all
from matchmaking.intake.views.common import MAY_IMPORT, batch_or_404
from matchmaking.jobs.models import JobState
from matchmaking.jobs.selectors import progress_of

AT_ONCE = 100  # each is a decision of its own, with history and mail


@require_http_methods(["GET", "HEAD", "POST"])
@access(MAY_IMPORT)
def import_submit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The drafts that an upload made or changed and that still wait to be handed in."""
    batch = batch_or_404(request, uuid)
    handing_on = handing_on_of(batch.kind)
    if handing_on is None:
        raise Http404
    if batch.state != BatchState.COMMITTED:
        raise PermissionDenied
    if is_fragment(request):
        return hx_refresh()  # the job is done
    form = handing_on.form(request.POST or None)
    left: list[Any] = []
    ticked: dict[str, int] = {}
    if request.method == "POST":
        ticked = chosen = _chosen(request)
        if "all" in request.POST:
            if form.is_valid():
                submit_all(by=request.user, batch=batch, said=form.cleaned_data)
                return redirect("imports:submit", batch.uuid)
        elif not chosen:
            messages.warning(request, _("Tick the records that shall be submitted."))
        elif form.is_valid():
            done, left = handing_on.submit(by=request.user, chosen=chosen, **form.cleaned_data)
            words = ngettext("%(n)s record was submitted.", "%(n)s records were submitted.", done)
            messages.success(request, words % {"n": done})
            form = handing_on.form(initial=form.cleaned_data)
    context = _page(request, batch, handing_on, ticked) | {"form": form, "left": left}
    return render(request, "intake/import_submit.html", context, status=422 if form.errors else 200)


def _page(request: HttpRequest, batch: ImportBatch, handing_on: HandingOn, ticked: dict[str, int]) -> dict[str, Any]:
    """One page of the drafts, and the job that hands in all of them, as far as there is one."""
    counts = waiting_counts(request.user, batch)
    show = request.GET.get("show", "")
    show = (
        show
        if show in (COMPLETE, INCOMPLETE)
        else COMPLETE
        if counts[COMPLETE] or not counts[INCOMPLETE]
        else INCOMPLETE
    )
    job = last_submission(batch)
    page = paginate(request, handing_on.waiting(request.user, written(batch, show)), per_page=AT_ONCE)
    context: dict[str, Any] = {
        "batch": batch,
        "show": show,
        "counts": counts,
        "tabs": [
            {"label": label, "url": f"?show={name}", "active": name == show, "count": counts[name]}
            for name, label in ((COMPLETE, _("Complete when imported")), (INCOMPLETE, _("Incomplete when imported")))
        ],
        "kind": find_kind(batch.kind),
        "progress": progress_of(job, request.user) if job and job.state != JobState.DONE else None,
        "under_way": job is not None and job.is_open,
        "submitted": job.result if job and job.state == JobState.DONE else None,
        "page": page,
        "drafts": [{"draft": draft, "ticked": str(draft.uuid) in ticked} for draft in map(handing_on.draft_of, page)],
    }
    # As many as a page holds are ticked at once; for more there is a job.
    context["whole"] = counts[COMPLETE] if show == COMPLETE and page.paginator.num_pages > 1 else 0
    context["tickable"] = any(not one["draft"].missing for one in context["drafts"])
    return context


def waiting_counts(user: User, batch: ImportBatch) -> dict[str, int]:
    """How many drafts of an upload still wait to be handed in, by what they were at the import."""
    handing_on = handing_on_of(batch.kind)
    if handing_on is None or batch.state != BatchState.COMMITTED:
        return {COMPLETE: 0, INCOMPLETE: 0}
    return {show: handing_on.waiting(user, written(batch, show)).count() for show in (COMPLETE, INCOMPLETE)}


def _chosen(request: HttpRequest) -> dict[str, int]:
    """{uuid: version} of the ticked records; whatever is no such pair was not written by the page."""
    chosen = {}
    for value in request.POST.getlist("pk")[:AT_ONCE]:
        uuid, _colon, version = value.partition(":")
        try:
            chosen[str(UUID(uuid))] = int(version)
        except ValueError:
            continue
    return chosen
