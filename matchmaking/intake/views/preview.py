"""One upload in whatever state it is: progress, columns wanted, preview, result or refusal; and its workbooks."""

from io import BytesIO
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.postgres.fields import ArrayField
from django.core.paginator import Paginator
from django.db.models import Func, Q, QuerySet, TextField, Value
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from matchmaking.accounts.models import User
from matchmaking.activity.selectors import history
from matchmaking.common.access import access
from matchmaking.common.exporting import workbook_response
from matchmaking.common.htmx import is_fragment, page_or_fragment
from matchmaking.intake.handing_on import hands_on
from matchmaking.intake.importing import RowKind, find_kind
from matchmaking.intake.models import BatchState, ImportBatch, ImportRow, RowGroup
from matchmaking.intake.outcome import done_deeds
from matchmaking.intake.presenting import (
    GROUPS,
    MOST_REPEATED,
    deeds_of,
    first_group,
    heading_now,
    lines,
    listed_columns,
    listed_row,
    mend_lines,
    rail,
    read_sentence,
    repeated_groups,
    summary,
    wrong_columns,
)
from matchmaking.intake.refusals import advice_of, remarks_of, sentence_of
from matchmaking.intake.repeated import repeated_errors
from matchmaking.intake.selectors import INCOMPLETE, QUESTIONS, rows_of, uploads_of
from matchmaking.intake.views.common import MAY_IMPORT, UNDER_WAY, batch_or_404, workbook
from matchmaking.intake.views.handing_on import waiting_counts
from matchmaking.jobs.models import JobState
from matchmaking.jobs.selectors import progress_of

# Remarks that must not be overlooked: the preview is a new one, something did not happen, a list was not read.
URGENT = frozenset({"changed_meanwhile", "commit_failed", "undo_blocked", "undo_failed", "same_shape", "back_as_draft"})
ROWS_A_PAGE = 50
OTHERS = 5  # uploads named beside this one
INPUTS_A_PAGE = 20  # rows with inputs or questions
LONGEST_SEARCH = 100


@require_safe
@access(MAY_IMPORT)
def import_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The page of an upload. While somebody has to assign the columns, it is the page of columns."""
    batch = batch_or_404(request, uuid)
    if batch.state == BatchState.MAPPING:
        url = reverse("imports:columns", args=[batch.uuid])
        return HttpResponseClientRedirect(url) if is_fragment(request) else redirect(url)
    return page_or_fragment(request, "intake/import_detail.html", "intake/_import_body.html",
                            detail_context(request, batch))  # fmt: skip


def detail_context(request: HttpRequest, batch: ImportBatch) -> dict[str, Any]:
    kind = find_kind(batch.kind)
    context: dict[str, Any] = {
        "batch": batch,
        "kind": kind,
        "url": f"{reverse('imports:detail', args=[batch.uuid])}?{request.GET.urlencode()}",
        "rail": rail(batch),
        "history": history(batch, kind="import", show_people=True),
        "remarks": remarks_of(one for one in batch.remarks if one["code"] != "unknown_columns"),
        "urgent": any(one["code"] in URGENT for one in batch.remarks),
        "sheets": next((one["sheets"] for one in batch.remarks if one.get("sheets")), []),
    }
    if batch.state in UNDER_WAY:
        own = batch.job is not None and batch.job.requested_by_id == request.user.pk
        # A check that came to nothing leaves the file in the way of its next upload: it can be given up.
        stuck = batch.job is None or batch.job.state in (JobState.DEAD, JobState.CANCELLED)
        return context | {"progress": progress_of(batch.job, request.user) if own else None, "stuck": stuck}
    if batch.state == BatchState.REFUSED:
        return context | {"refusal": sentence_of(batch.refusal), "advice": advice_of(batch.refusal)}
    return context | _preview(request, batch, kind)


def _preview(request: HttpRequest, batch: ImportBatch, kind: RowKind) -> dict[str, Any]:
    """Counts, tabs and one page of the rows of one group; what needs the person comes first."""
    group = request.GET.get("group", "")
    if group not in GROUPS:
        group = first_group(batch)
    words = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    inputs = group in (RowGroup.INVALID, QUESTIONS) and batch.state == BatchState.CHECKED
    in_file = batch.heading.get("places", {})
    rows = search(rows_of(batch, group), words, kind)
    # Not capped as lists of records are: every row of a file must be within reach.
    page = Paginator(rows, INPUTS_A_PAGE if inputs else ROWS_A_PAGE).get_page(request.GET.get("page"))
    mending = inputs and group == RowGroup.INVALID
    return (
        summary(batch, group)
        | (_mending(batch, kind, list(page)) if mending else {"lines": lines(page, kind, group)})
        | {
            "q": words,
            "page": page,
            "read": read_sentence(batch),
            "absent": [column.heading for column in kind.columns if column.required and column.name not in in_file],
            "unknown": [
                f"{one['letter']} {one['text']}" for one in batch.headings if not one["column"] and not one["how"]
            ],
            "deeds": done_deeds(batch) if batch.state == BatchState.COMMITTED else deeds_of(batch),
            "list_url": kind.list_url() if kind.list_url else "",
            "can_submit": batch.state == BatchState.COMMITTED and hands_on(kind.kind),
            "waiting": waiting_counts(request.user, batch),
            "others": _others(request.user, batch) if batch.state == BatchState.CHECKED else [],
        }
    )


def _others(user: User, batch: ImportBatch) -> list[ImportBatch]:
    """Lists of the same kind and organisation that are under way at the same time."""
    open_ = [BatchState.UPLOADED, BatchState.MAPPING, BatchState.CHECKED, BatchState.COMMITTING]
    others = uploads_of(user, batch.kind).filter(owner=batch.owner, programme=batch.programme, state__in=open_)
    return list(others.exclude(pk=batch.pk)[:OTHERS])


def _mending(batch: ImportBatch, kind: RowKind, rows: list[ImportRow]) -> dict[str, Any]:
    """Rows with inputs, what is wrong in many rows at once, and columns that one click reads."""
    repeated = repeated_errors(batch, kind)
    found = mend_lines(rows, kind, {(one.column, one.text): one.count for one in repeated if not one.code})
    return {
        "lines": found,
        "repeated": repeated_groups(batch, kind, repeated),
        "more_repeated": max(0, len(repeated) - MOST_REPEATED),
        "wrong_columns": wrong_columns(found, kind),
    }


def search(rows: QuerySet[ImportRow], words: str, kind: RowKind) -> QuerySet[ImportRow]:
    """Rows in which a text stands, as in the file or as mended, or with this number. Private cells are not searched."""
    if not words:
        return rows
    found = Q(target_no__icontains=words)
    if words.isascii() and words.isdigit() and len(words) < 9:
        found |= Q(row_no=int(words))
    private = Value(sorted(kind.private), output_field=ArrayField(TextField()))
    for field in ("values", "mended"):
        rows = rows.alias(
            **{f"{field}_text": Func(field, private, template=_TEXTS, arg_joiner=" - ", output_field=TextField())}
        )
        found |= Q(**{f"{field}_text__icontains": words})
    return rows.filter(found)


# Only the values, without the names of the columns.
_TEXTS = "(SELECT string_agg(cell.value, ' ') FROM jsonb_each_text(%(expressions)s) AS cell)"


@require_safe
@access(MAY_IMPORT)
def import_errors(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The rows with errors as a workbook that can be mended and uploaded again."""
    from matchmaking.intake.workbooks import write_rows_to_mend  # openpyxl: not at the start of the web process

    batch = batch_or_404(request, uuid)
    rows = rows_of(batch, RowGroup.INVALID)
    if not rows.exists():
        messages.info(request, _("No row of this upload has errors."))
        return redirect("imports:detail", batch.uuid)
    file = BytesIO()
    write_rows_to_mend(file, find_kind(batch.kind), rows.iterator(), units=batch.heading.get("units", {}))
    return workbook(file, f"待修改行-{timezone.localdate():%Y%m%d}.xlsx")


@require_safe
@access(MAY_IMPORT)
def import_workbook(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The whole list as it stands now: with everything that was mended here, and with the numbers of the records."""
    batch = batch_or_404(request, uuid)
    kind = find_kind(batch.kind)
    incomplete = request.GET.get("group") == INCOMPLETE  # with all columns that are needed, to be filled in
    rows = rows_of(batch, INCOMPLETE) if incomplete else rows_of(batch).filter(row_no__isnull=False)
    if not rows.exists():
        messages.info(request, _("This upload has no rows."))
        return redirect("imports:detail", batch.uuid)
    name = f"{kind.sheet}-{timezone.localdate():%Y%m%d}.xlsx"
    columns = listed_columns(batch, kind, needed=incomplete)
    values = (listed_row(row, kind, columns) for row in rows.iterator())
    heads = [(heading_now(batch, column), column.width) for column in columns]
    return workbook_response(name, heads, values, sheet=kind.sheet)
