"""Mending in place: cells, questions, and records that the file no longer has. Nothing is imported here."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from matchmaking.common.access import access
from matchmaking.common.htmx import hx_refresh, is_fragment
from matchmaking.common.workflow import StaleState
from matchmaking.intake.forms import MissingForm, VersionForm
from matchmaking.intake.importing import RowKind, find_kind
from matchmaking.intake.models import BatchState, ImportBatch, ImportRow, RowGroup
from matchmaking.intake.presenting import GROUPS, ask_line, group_words, mend_lines, summary, whole_line
from matchmaking.intake.repeated import repeated_errors
from matchmaking.intake.selectors import QUESTIONS
from matchmaking.intake.services.mending import (
    NotMendable,
    UnknownAnswer,
    adopt_all,
    answer_all_new,
    answer_similar,
    choose_missing,
    leave_out,
    leave_out_alike,
    mend_alike,
    mend_cells,
)
from matchmaking.intake.views.common import MAY_IMPORT, batch_or_404, conflict


@require_safe
@access(MAY_IMPORT)
def import_row(request: HttpRequest, uuid: UUID, row_no: int) -> HttpResponse:
    """One row with all its cells; they can be written as long as nothing was imported."""
    batch = batch_or_404(request, uuid)
    row = _row_or_404(batch, row_no)
    return render(request, "intake/import_row.html", _row_context(batch, row))


@require_POST
@access(MAY_IMPORT)
def import_mend(request: HttpRequest, uuid: UUID, row_no: int) -> HttpResponse:
    """Write cells of one row. What was typed stays, right or wrong; the answer shows the row as it is now."""
    batch = batch_or_404(request, uuid)
    row = _row_or_404(batch, row_no)
    form = VersionForm(request.POST)
    places = batch.heading.get("places", {})
    cells = {name: _text(request, name) for name in places if f"cell-{name}" in request.POST}
    name, _colon, text = request.POST.get("adopt", "").partition(":")
    if name:  # the button beside the cell, instead of what stands in it
        cells = {other: given for other, given in cells.items() if other != name} | {name: text}
    try:
        if not form.is_valid():
            raise StaleState(str(row))
        version = form.cleaned_data["version"]
        if request.POST.get("leave"):
            row = leave_out(by=request.user, batch=batch, row=row, row_version=version, out=True)
        elif "everywhere" in request.POST:
            return _everywhere(request, batch, row, version)
        else:
            row = mend_cells(by=request.user, batch=batch, row=row, row_version=version, cells=cells)
    except (StaleState, NotMendable):
        return _too_late(request, batch, row)
    batch.refresh_from_db()
    if request.POST.get("whole"):
        return _after_whole_row(request, batch, row)
    if is_fragment(request):
        return _row_fragment(request, batch, row, RowGroup.INVALID, typed=True)
    if row.group != RowGroup.INVALID:
        messages.success(request, _moved(row))
    return redirect(_back(request, batch, RowGroup.INVALID, row))


def _everywhere(request: HttpRequest, batch: ImportBatch, row: ImportRow, version: int) -> HttpResponse:
    """The text of the button goes into every cell that holds the same."""
    name, _colon, text = request.POST["everywhere"].partition(":")
    count = mend_alike(by=request.user, batch=batch, row=row, row_version=version, column=name, text=text)
    messages.success(request, _mended_words(count))
    return hx_refresh() if is_fragment(request) else redirect(_back(request, batch, RowGroup.INVALID, row))


@require_POST
@access(MAY_IMPORT)
def import_alike(request: HttpRequest, uuid: UUID, row_no: int) -> HttpResponse:
    """Mend all cells that are wrong like the one of this row, or leave all those rows out."""
    batch = batch_or_404(request, uuid)
    row = _row_or_404(batch, row_no)
    form = VersionForm(request.POST)
    column = request.POST.get("column", "")
    text = request.POST.get("adopt", _text(request, column))
    try:
        if not form.is_valid():
            raise StaleState(str(row))
        who = {"by": request.user, "batch": batch, "row": row, "row_version": form.cleaned_data["version"]}
        if request.POST.get("leave"):
            count = leave_out_alike(**who, column=column)
            words = ngettext("%(n)s row is left out.", "%(n)s rows are left out.", count) % {"n": count}
        else:
            words = _mended_words(mend_alike(**who, column=column, text=text))
    except StaleState:
        return conflict(request, batch)
    except NotMendable:
        messages.warning(request, _("Nothing was changed: the cells hold this already."))
    else:
        messages.success(request, words)
    return redirect(_url(batch, RowGroup.INVALID))


@require_POST
@access(MAY_IMPORT)
def import_adopt(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Mend every cell of a column of which only one reading is offered."""
    batch = batch_or_404(request, uuid)
    form = VersionForm(request.POST)
    try:
        if not form.is_valid():
            raise StaleState(str(batch))
        count = adopt_all(by=request.user, batch=batch, version=form.cleaned_data["version"],
                          column=request.POST.get("column", ""), unit=request.POST.get("unit", ""))  # fmt: skip
    except StaleState:
        return conflict(request, batch)
    except NotMendable:
        messages.warning(request, _("Nothing was changed: there is more than one reading for these cells, or none."))
    else:
        messages.success(request, _mended_words(count))
    return redirect(_url(batch, RowGroup.INVALID))


@require_POST
@access(MAY_IMPORT)
def import_leave(request: HttpRequest, uuid: UUID, row_no: int) -> HttpResponse:
    """Leave a row out of the import, or bring it back."""
    batch = batch_or_404(request, uuid)
    row = _row_or_404(batch, row_no)
    form = VersionForm(request.POST)
    out = request.POST.get("leave") == "1"
    group = request.POST.get("group", "") or RowGroup(row.group)
    try:
        if not form.is_valid():
            raise StaleState(str(row))
        row = leave_out(by=request.user, batch=batch, row=row, row_version=form.cleaned_data["version"], out=out)
    except (StaleState, NotMendable):
        return conflict(request, batch)
    messages.success(request, _moved(row))
    return redirect(_back(request, batch, group if group in GROUPS else row.group, row))


def _mended_words(count: int) -> str:
    return ngettext("%(n)s cell was mended.", "%(n)s cells were mended.", count) % {"n": count}


@require_POST
@access(MAY_IMPORT)
def import_answer(request: HttpRequest, uuid: UUID, row_no: int) -> HttpResponse:
    """Say which record a row is, or that it is new."""
    batch = batch_or_404(request, uuid)
    row = _row_or_404(batch, row_no)
    form = VersionForm(request.POST)
    answer = request.POST.get("answer", "")
    try:
        if not form.is_valid():
            raise StaleState(str(row))
        version = form.cleaned_data["version"]
        if answer == "leave":
            row = leave_out(by=request.user, batch=batch, row=row, row_version=version, out=True)
        else:
            target = None if answer == ImportRow.NEW else _uuid(answer)
            row = answer_similar(by=request.user, batch=batch, row=row, row_version=version, target=target)
    except (StaleState, NotMendable):
        return _too_late(request, batch, row)
    except UnknownAnswer as refusal:
        messages.error(request, str(refusal.message))
        return redirect(_back(request, batch, QUESTIONS, row))
    batch.refresh_from_db()
    if is_fragment(request):
        return _row_fragment(request, batch, row, QUESTIONS)
    return redirect(_back(request, batch, QUESTIONS, row))


@require_POST
@access(MAY_IMPORT)
def import_all_new(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """None of the rows in question is a record that is here already."""
    batch = batch_or_404(request, uuid)
    form = VersionForm(request.POST)
    try:
        if not form.is_valid():
            raise StaleState(str(batch))
        count = answer_all_new(by=request.user, batch=batch, version=form.cleaned_data["version"])
    except StaleState:
        return conflict(request, batch)
    words = ngettext("%(n)s row counts as new.", "%(n)s rows count as new.", count)
    messages.success(request, words % {"n": count})
    return redirect(_url(batch, QUESTIONS))


@require_POST
@access(MAY_IMPORT)
def import_missing(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Which records that the file does not have shall be withdrawn: the ticked ones of a page, all, or none."""
    batch = batch_or_404(request, uuid)
    form = MissingForm(request.POST)
    if not form.is_valid():
        return conflict(request, batch)
    version, do = form.cleaned_data["version"], form.cleaned_data["do"]
    try:
        if do == MissingForm.PAGE:
            _choose_page(request, batch, version, form.cleaned_data["shown"])
        else:
            choose_missing(by=request.user, batch=batch, version=version, rows=None, withdraw=do == MissingForm.ALL)
    except StaleState:
        return conflict(request, batch)
    batch.refresh_from_db()
    count = batch.counts.get("withdraw", 0)
    words = ngettext("%(n)s record will be withdrawn with the import.",
                     "%(n)s records will be withdrawn with the import.", count)  # fmt: skip
    messages.success(request, words % {"n": count})
    return redirect(_url(batch, RowGroup.MISSING, page=request.POST.get("page", "")))


def _choose_page(request: HttpRequest, batch: ImportBatch, version: int, shown: list[int]) -> None:
    """The ticks of one page: what is ticked is withdrawn, what is not stays."""
    ticked = {value for value in request.POST.getlist("row") if value.isascii() and value.isdigit()}
    rows = list(batch.rows.filter(pk__in=shown, group=RowGroup.MISSING))
    chosen = [row for row in rows if str(row.pk) in ticked]
    left = [row for row in rows if str(row.pk) not in ticked]
    with transaction.atomic():
        choose_missing(by=request.user, batch=batch, version=version, rows=chosen, withdraw=True)
        choose_missing(by=request.user, batch=batch, version=version + 1, rows=left, withdraw=False)


# --- Answers -----------------------------------------------------------------------------------------------------


def _row_fragment(
    request: HttpRequest, batch: ImportBatch, row: ImportRow, group: str, *, typed: bool = False, late: bool = False
) -> HttpResponse:
    """The row as it is now, with counts, tabs and the box of the import, which htmx puts into their places."""
    kind = find_kind(batch.kind)
    questions = group == QUESTIONS
    context = summary(batch, group) | {
        "line": ask_line(row, kind) if questions else mend_lines([row], kind, _same(batch, kind))[0],
        "kind": kind,
        "typed": typed,
        "late": late,
        "moved": _moved(row),
        "moved_url": _url(batch, row.group, q=row.row_no),
    }
    return render(request, "intake/_asked.html" if questions else "intake/_mended.html", context)


def _row_context(batch: ImportBatch, row: ImportRow) -> dict[str, Any]:
    kind = find_kind(batch.kind)
    return {
        "batch": batch,
        "kind": kind,
        "line": whole_line(row, kind),
        "group": row.group,
        "group_words": group_words()[row.group],
        "is_open": batch.state == BatchState.CHECKED,
        "back": _url(batch, row.group),
    }


def _after_whole_row(request: HttpRequest, batch: ImportBatch, row: ImportRow) -> HttpResponse:
    if row.group == RowGroup.INVALID:
        return render(request, "intake/import_row.html", _row_context(batch, row), status=422)
    messages.success(request, _moved(row))
    return redirect(_url(batch, row.group))


def _too_late(request: HttpRequest, batch: ImportBatch, row: ImportRow) -> HttpResponse:
    """Somebody else mended the row, or the import has begun: htmx gets the row as it is, everybody else the page."""
    batch.refresh_from_db()
    if is_fragment(request) and batch.state == BatchState.CHECKED:
        row.refresh_from_db()
        group = QUESTIONS if "answer" in request.POST else RowGroup.INVALID
        return _row_fragment(request, batch, row, group, late=True)
    return conflict(request, batch)


def _same(batch: ImportBatch, kind: RowKind) -> dict[tuple[str, str], int]:
    return {(one.column, one.text): one.count for one in repeated_errors(batch, kind) if not one.code}


def _moved(row: ImportRow) -> str:
    if row.group == RowGroup.LEFT_OUT:
        return _("Row %(row)s is not imported. You find it under “Left out” and can bring it back.") % {
            "row": row.row_no
        }
    words = {"row": row.row_no, "group": group_words()[row.group]}
    return _("Row %(row)s is mended: it now stands under “%(group)s”.") % words


def _row_or_404(batch: ImportBatch, row_no: int) -> ImportRow:
    return get_object_or_404(batch.rows.select_related("batch"), row_no=row_no)


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(f"cell-{name}", "").replace("\r\n", "\n")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise UnknownAnswer from error


def _url(batch: ImportBatch, group: str, **query: Any) -> str:
    """The list of a group, at its rows."""
    asked = {"group": group} | {name: value for name, value in query.items() if value}
    return f"{reverse('imports:detail', args=[batch.uuid])}?{urlencode(asked)}#rows"


def _back(request: HttpRequest, batch: ImportBatch, group: str, row: ImportRow) -> str:
    """Where the person was: the same page of the same list, at the row."""
    url = _url(batch, group, page=request.POST.get("page", ""), q=request.POST.get("q", ""))
    return url.replace("#rows", f"#row-{row.row_no}")
