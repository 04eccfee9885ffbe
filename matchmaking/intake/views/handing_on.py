"""Handing in the drafts of an upload: tick many, submit, read what was left and why."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from matchmaking.common.access import access
from matchmaking.common.pagination import paginate
from matchmaking.intake.handing_on import handing_on_of
from matchmaking.intake.importing import find_kind
from matchmaking.intake.models import BatchState, RowGroup
from matchmaking.intake.selectors import rows_of
from matchmaking.intake.views.common import MAY_IMPORT, batch_or_404

AT_ONCE = 200  # each is a decision of its own, with history and mail


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
    form = handing_on.form(request.POST or None)
    left: list[Any] = []
    ticked: dict[str, int] = {}
    if request.method == "POST":
        ticked = chosen = _chosen(request)
        if not chosen:
            messages.warning(request, _("Tick the records that shall be submitted."))
        elif form.is_valid():
            done, left = handing_on.submit(by=request.user, chosen=chosen, **form.cleaned_data)
            words = ngettext("%(n)s record was submitted.", "%(n)s records were submitted.", done)
            messages.success(request, words % {"n": done})
            form = handing_on.form(initial=form.cleaned_data)
    made = rows_of(batch).filter(group__in=[RowGroup.NEW, RowGroup.CHANGED], version_after__isnull=False)
    page = paginate(request, handing_on.waiting(request.user, made.order_by().values("target_id")), per_page=AT_ONCE)
    context = {
        "batch": batch,
        "kind": find_kind(batch.kind),
        "form": form,
        "left": left,
        "page": page,
        "drafts": [{"draft": draft, "ticked": str(draft.uuid) in ticked} for draft in map(handing_on.draft_of, page)],
    }
    return render(request, "intake/import_submit.html", context, status=422 if form.errors else 200)


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
