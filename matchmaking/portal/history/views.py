"""The auditor's reader: everything that happened, and whether it is still what was written down."""

import csv
import io
import tempfile
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from matchmaking.activity.models import Entry
from matchmaking.activity.services import record
from matchmaking.activity.verifying import KIND, TheHistory
from matchmaking.common.access import access
from matchmaking.common.exporting import ExportTooLarge, guard_text, workbook_response
from matchmaking.portal.history.filters import HistoryFilter
from matchmaking.portal.history.selectors import Line, chain_state, every_line, page_of
from matchmaking.portal.history.words import EXPORTED, READ

AUDIT = "activity.read"


@require_safe
@access(AUDIT)
def history_list(request: HttpRequest) -> HttpResponse:
    """All entries, newest first. That somebody has read here is an entry as well."""
    found = HistoryFilter(request.GET, queryset=Entry.objects.visible_to(request.user))
    page = page_of(found.qs, behind=request.GET.get("behind", ""))
    state = chain_state()
    _write_down(request, READ, found, len(page.lines))
    query = request.GET.copy()
    query.pop("behind", None)
    context = {"filter": found, "page": page, "state": state, "query": query.urlencode(),
               "is_first": "behind" not in request.GET}  # fmt: skip
    return render(request, "matchmaking/portal/history/list.html", context)


@require_safe
@access(AUDIT)
def history_export(request: HttpRequest) -> HttpResponseBase:
    """The entries that the filters leave, as a workbook or as CSV; one file or none, never a part of the list."""
    found = HistoryFilter(request.GET, queryset=Entry.objects.visible_to(request.user))
    heads = [_("Entry"), _("Time"), _("Person"), _("Acting as"), _("Acting for"), _("Act"), _("Kind"), _("Number"),
             _("What was said"), _("What changed"), _("From where"), _("Request"), _("Place in the chain"),
             _("Digest")]  # fmt: skip
    name = f"{_('History')}-{timezone.localtime():%Y%m%d-%H%M}"
    rows = map(_cells, every_line(found.qs, most=settings.EXPORT_MAX_ROWS + 1))
    try:
        if request.GET.get("as") == "csv":
            response = _as_csv(f"{name}.csv", heads, rows)
        else:
            response = workbook_response(f"{name}.xlsx", heads, rows, sheet=_("History"))
    except ExportTooLarge as refusal:
        messages.error(request, str(refusal))
        query = request.GET.copy()
        query.pop("as", None)
        return redirect(f"{reverse('portal:history')}?{query.urlencode()}")
    _write_down(request, EXPORTED, found, None)  # behind the list, which does not hold it
    return response


def _cells(line: Line) -> list[Any]:
    entry = line.entry
    return [entry.pk, entry.at, line.who, line.role, line.organisation, line.title, line.noun, entry.object_no,
            line.text, "\n".join(line.changes), entry.origin, entry.request_id, line.place, line.digest]  # fmt: skip


def _as_csv(name: str, heads: list[str], rows: Iterable[list[Any]]) -> FileResponse:
    """The list as a file, written whole before anything is sent. Raises ExportTooLarge."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(heads)
    try:
        for count, row in enumerate(rows, start=1):
            if count > settings.EXPORT_MAX_ROWS:
                raise ExportTooLarge(settings.EXPORT_MAX_ROWS)
            writer.writerow([_plain(cell) for cell in row])
    except BaseException:
        text.close()
        raise
    text.detach()
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")


def _plain(cell: Any) -> Any:
    if isinstance(cell, str):
        return guard_text(cell)
    return timezone.localtime(cell).isoformat(" ", "microseconds") if hasattr(cell, "tzinfo") else cell


def _write_down(request: HttpRequest, verb: str, found: HistoryFilter, rows: int | None) -> None:
    detail: dict[str, Any] = {"asked": found.reference()}
    if rows is not None:
        detail["rows"] = rows
    record(by=request.user, verb=verb, about=TheHistory(), kind=KIND, detail=detail)
