"""The way in: the uploads so far, the template, the choice of a file. A request never opens a workbook."""

from io import BytesIO
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from matchmaking.common.access import access
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate
from matchmaking.intake.filters import UploadFilter
from matchmaking.intake.forms import UploadForm
from matchmaking.intake.importing import RowKind, kinds_for
from matchmaking.intake.models import ImportBatch
from matchmaking.intake.selectors import uploads_of
from matchmaking.intake.services.imports import FileRefused, SameFile, start_import
from matchmaking.intake.views.common import MAY_IMPORT, UNDER_WAY, batch_or_404, kind_or_refuse, workbook


@require_safe
@access(MAY_IMPORT)
def import_list(request: HttpRequest) -> HttpResponse:
    """The uploads of the person's organisations, of one kind or of all."""
    kinds = kinds_for(request.user)
    chosen = next((kind for kind in kinds if kind.kind == request.GET.get("kind")), None)
    chosen = kinds[0] if len(kinds) == 1 else chosen
    filter = UploadFilter(request.GET, uploads_of(request.user), kinds=kinds)
    page = paginate(request, filter.qs)
    context = {
        "chosen": chosen,
        "filter": filter,
        "filtered": any(request.GET.get(name) for name in filter.filters),
        "several": len(kinds) > 1,
        "has_any": bool(page.paginator.count) or uploads_of(request.user).exists(),
        "page": page,
        "items": [_item(batch, kinds) for batch in page],
    }
    return page_or_fragment(request, "intake/import_list.html", "intake/_import_table.html", context)


@require_safe
@access(MAY_IMPORT)
def import_line(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One line of the list, which asks for itself again as long as a job works on the upload."""
    kinds = kinds_for(request.user)
    batch = batch_or_404(request, uuid)
    return render(request, "intake/_import_line.html", {"item": _item(batch, kinds), "several": len(kinds) > 1})


def _item(batch: ImportBatch, kinds: list[RowKind]) -> dict[str, Any]:
    job = batch.job if batch.state in UNDER_WAY else None
    return {
        "batch": batch,
        "kind": next(kind for kind in kinds if kind.kind == batch.kind),
        "under_way": batch.state in UNDER_WAY,
        "done": job.done_units if job and job.total_units else None,
        "total": job.total_units if job else None,
    }


@require_safe
@access(MAY_IMPORT)
def import_choose(request: HttpRequest) -> HttpResponse:
    """What shall be imported? Not asked where there is no choice."""
    kinds = kinds_for(request.user)
    if len(kinds) == 1:
        return redirect("imports:new", kinds[0].kind)
    items = [{"kind": kind, "about": _about(kind)} for kind in kinds]
    return render(request, "intake/import_choose.html", {"items": items})


@require_safe
@access(MAY_IMPORT)
def import_template(request: HttpRequest, kind: str) -> FileResponse:
    """The empty workbook."""
    from matchmaking.intake.workbooks import write_template  # openpyxl: not at the start of the web process

    rows = kind_or_refuse(request.user, kind)
    file = BytesIO()
    write_template(file, rows)
    return workbook(file, rows.file_names.get("template", f"{rows.sheet}导入模板.xlsx"))


@require_http_methods(["GET", "HEAD", "POST"])
@access(MAY_IMPORT)
def import_new(request: HttpRequest, kind: str) -> HttpResponse:
    """Choose a file; it is stored and checked by a job."""
    rows = kind_or_refuse(request.user, kind)
    form = UploadForm(request.POST or None, request.FILES or None, user=request.user, kind=rows)
    earlier = None
    if request.method == "POST" and form.is_valid():
        try:
            batch = start_import(
                by=request.user,
                kind=rows.kind,
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
            return redirect("imports:detail", batch.uuid)
    several = kinds_for(request.user)
    context = {
        "form": form,
        "fixed": form.fixed,
        "earlier": earlier,
        "kind": rows,
        "title": _("Import: %(kind)s") % {"kind": rows.label},
        "tabs": _kind_tabs(several, rows),
        "template_words": _template_words(rows),
    }
    return render(request, "intake/import_form.html", context, status=422 if form.errors else 200)


def _kind_tabs(kinds: list[RowKind], chosen: RowKind) -> list[dict[str, Any]]:
    """The same page for another kind of rows."""
    if len(kinds) < 2:
        return []
    return [
        {"label": kind.label, "url": reverse("imports:new", args=[kind.kind]), "active": kind is chosen}
        for kind in kinds
    ]


def _about(kind: RowKind) -> str:
    """The first columns that must be filled, as a hint at what belongs into such a list."""
    needed = [column.heading for column in kind.columns if column.required][:5]
    return _("With columns such as %(columns)s.") % {"columns": "、".join(needed)}


def _template_words(kind: RowKind) -> str:
    return _(
        "A workbook with %(columns)s columns, %(needed)s of them needed to submit. Columns with codes offer a list to "
        "choose from; the sheet “填写说明” explains every column with an example."
    ) % {"columns": len(kind.columns), "needed": sum(column.required for column in kind.columns)}
