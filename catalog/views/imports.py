"""The upload of achievements in the browser: template, upload, preview, import. A request never opens a workbook."""

from io import BytesIO
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.forms_imports import CommitForm, UploadForm
from catalog.importing import ACHIEVEMENT_ROWS
from matchmaking.common.access import access
from matchmaking.common.crypto import unseal
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate
from matchmaking.common.workflow import StaleState
from matchmaking.intake.models import BatchState, ImportBatch, ImportRow, RowGroup
from matchmaking.intake.refusals import advice_of, remarks_of, sentence_of
from matchmaking.intake.selectors import INCOMPLETE, rows_of, uploads_of
from matchmaking.intake.services.imports import (
    FileRefused,
    InvalidRowsLeft,
    NothingToImport,
    SameFile,
    abandon_batch,
    commit_batch,
    start_import,
)
from matchmaking.jobs.selectors import progress_of

KIND = ACHIEVEMENT_ROWS.kind
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_A_PAGE = 50
HEADINGS = {column.name: column.heading for column in ACHIEVEMENT_ROWS.columns}
PRIVATE = {column.name for column in ACHIEVEMENT_ROWS.columns if column.private}
GROUPS = (RowGroup.INVALID, RowGroup.NEW, RowGroup.CHANGED, RowGroup.UNCHANGED, INCOMPLETE)


@require_safe
@access("achievement.import")
def import_list(request: HttpRequest) -> HttpResponse:
    """The uploads of the person's organisations."""
    page = paginate(request, uploads_of(request.user, KIND))
    return page_or_fragment(request, "catalog/import_list.html", "catalog/_import_table.html", {"page": page})


@require_safe
@access("achievement.import")
def import_template(request: HttpRequest) -> FileResponse:
    """The empty workbook."""
    from matchmaking.intake.workbooks import write_template  # openpyxl: not at the start of the web process

    file = BytesIO()
    write_template(file, ACHIEVEMENT_ROWS)
    return _workbook(file, "成果导入模板.xlsx")


@require_http_methods(["GET", "HEAD", "POST"])
@access("achievement.import")
def import_create(request: HttpRequest) -> HttpResponse:
    """Choose a file; it is stored and checked by a job."""
    form = UploadForm(request.POST or None, request.FILES or None, user=request.user)
    earlier = None
    if request.method == "POST" and form.is_valid():
        try:
            batch = start_import(
                by=request.user,
                kind=KIND,
                owner=form.cleaned_data["organisation"],
                programme=form.cleaned_data["programme"],
                upload=form.cleaned_data["file"],
            )
        except FileRefused as refusal:
            form.add_error("file", str(refusal))
        except SameFile as same:
            form.add_error("file", str(SameFile.message))
            earlier = same.batch
        else:
            return redirect("catalog:import_detail", batch.uuid)
    return render(request, "catalog/import_form.html", {"form": form, "earlier": earlier})


@require_safe
@access("achievement.import")
def import_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One upload in whatever state it is: progress, preview, result or refusal."""
    batch = _batch_or_404(request, uuid)
    context = {"batch": batch, "url": reverse("catalog:import_detail", args=[batch.uuid])}
    if batch.state in (BatchState.UPLOADED, BatchState.COMMITTING):
        own = batch.job is not None and batch.job.requested_by_id == request.user.pk
        context["progress"] = progress_of(batch.job, request.user) if own else None
    elif batch.state == BatchState.REFUSED:
        context |= {"refusal": sentence_of(batch.refusal), "advice": advice_of(batch.refusal)}
    else:
        context |= _preview(request, batch)
    return page_or_fragment(request, "catalog/import_detail.html", "catalog/_import_body.html", context)


@require_safe
@access("achievement.import")
def import_errors(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The rows with errors as a workbook that can be mended and uploaded again."""
    from matchmaking.intake.workbooks import write_rows_to_mend  # openpyxl, as above

    batch = _batch_or_404(request, uuid)
    rows = rows_of(batch, RowGroup.INVALID)
    if not rows.exists():
        messages.info(request, _("No row of this upload has errors."))
        return redirect("catalog:import_detail", batch.uuid)
    file = BytesIO()
    write_rows_to_mend(file, ACHIEVEMENT_ROWS, rows.iterator())
    return _workbook(file, f"待修改行-{timezone.localdate():%Y%m%d}.xlsx")


@require_POST
@access("achievement.import")
def import_commit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Import what the preview showed; of two people who press the button, one wins."""
    batch = _batch_or_404(request, uuid)
    form = CommitForm(request.POST)
    if not form.is_valid():
        return _conflict(request, batch)
    try:
        commit_batch(by=request.user, batch=batch, **form.cleaned_data)
    except StaleState:
        return _conflict(request, batch)
    except (InvalidRowsLeft, NothingToImport) as refusal:
        messages.error(request, str(refusal.message))
    return redirect("catalog:import_detail", batch.uuid)


@require_POST
@access("achievement.import")
def import_abandon(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give an upload up before anything was imported."""
    batch = _batch_or_404(request, uuid)
    form = CommitForm(request.POST)
    try:
        if not form.is_valid():
            raise StaleState(str(batch))
        abandon_batch(by=request.user, batch=batch, version=form.cleaned_data["version"])
    except StaleState:
        return _conflict(request, batch)
    messages.success(request, _("The upload was given up. Nothing was imported."))
    return redirect("catalog:import_list")


def _batch_or_404(request: HttpRequest, uuid: UUID) -> ImportBatch:
    return get_object_or_404(uploads_of(request.user, KIND), uuid=uuid)


def _preview(request: HttpRequest, batch: ImportBatch) -> dict[str, Any]:
    """Counts, tabs and one page of rows; rows with errors come first."""
    counts = batch.counts
    group = request.GET.get("group", "")
    if group not in GROUPS:
        group = next((name for name in GROUPS if counts.get(name)), RowGroup.NEW)
    page = paginate(request, rows_of(batch, group), per_page=ROWS_A_PAGE)
    ready = counts.get(RowGroup.NEW, 0) + counts.get(RowGroup.CHANGED, 0)
    return {
        "counts": {name: counts.get(name, 0) for name in (*GROUPS, "blank", "read")},
        "rows_in_file": sum(counts.get(name, 0) for name in RowGroup.values),
        "ready": ready,
        "group": group,
        "tabs": _tabs(counts, group),
        "page": page,
        "lines": [_line(row, group) for row in page],
        "remarks": remarks_of(batch.remarks),
    }


def _tabs(counts: dict[str, int], group: str) -> list[dict[str, Any]]:
    words = {
        RowGroup.INVALID: _("With errors"),
        RowGroup.NEW: _("New"),
        RowGroup.CHANGED: _("Changed"),
        RowGroup.UNCHANGED: _("Unchanged"),
        INCOMPLETE: _("Incomplete"),
    }
    return [
        {"label": words[name], "url": f"?group={name}", "active": name == group, "count": counts.get(name, 0)}
        for name in GROUPS
    ]


def _line(row: ImportRow, group: str) -> dict[str, Any]:
    """One row as the preview shows it."""
    return {
        "row": row,
        "title": row.values.get("title", ""),
        "errors": [error | {"value": _value(row, error["name"])} for error in row.errors],
        "changes": [
            change | {"heading": HEADINGS.get(change["name"], ""), "private": change["name"] in PRIVATE}
            for change in row.cleaned.get("changes", [])
        ],
        "missing": [HEADINGS.get(name, name) for name in row.missing],
    }


def _value(row: ImportRow, name: str) -> str:
    text = row.values.get(name, "")
    return unseal(text) if text and name in PRIVATE else text


def _conflict(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    context = {"message": StaleState.message, "back_url": reverse("catalog:import_detail", args=[batch.uuid])}
    return render(request, "409.html", context, status=409)


def _workbook(file: BytesIO, name: str) -> FileResponse:
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
