"""See, import, retire and map codes."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from matchmaking.activity.selectors import history
from matchmaking.activity.services import record
from matchmaking.common.access import access
from matchmaking.common.pagination import paginate
from matchmaking.portal.vocabularies.forms import ConfirmForm, EditionForm, HeirForm, RetireForm, rows_of
from matchmaking.portal.vocabularies.uses import uses_of
from matchmaking.vocabularies import cache
from matchmaking.vocabularies.editions import (
    CodeRefused,
    csv_of,
    differences,
    import_edition,
    map_code,
    restore_code,
    retire_code,
)
from matchmaking.vocabularies.models import Code, CodeMapping, CodeTable
from matchmaking.vocabularies.selectors import choices
from matchmaking.vocabularies.services import REGION_TABLE

KIND = "vocabulary"
MANAGE = "vocabulary.manage"
PAGE = ["GET", "HEAD", "POST"]


@require_safe
@access(MANAGE)
def vocabulary_list(request: HttpRequest) -> HttpResponse:
    """All code tables with edition, source and number of codes."""
    today = cache.today()
    gone = Q(codes__valid_to__lte=today)
    tables = CodeTable.objects.annotate(
        usable=Count("codes", filter=~gone & Q(codes__isnull=False)), retired=Count("codes", filter=gone)
    ).order_by("code")
    return render(request, "matchmaking/portal/vocabularies/list.html", {"tables": tables, "regions": REGION_TABLE})


@require_safe
@access(MANAGE)
def vocabulary_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One table: its codes with validity and heirs, its editions and its history."""
    table = _table(code)
    text = request.GET.get("q", "").strip()[:100]
    only = request.GET.get("only", "")
    codes = table.codes.order_by("position", "code")
    if text:
        codes = codes.filter(Q(code__icontains=text) | Q(name_zh__icontains=text) | Q(name_en__icontains=text))
    if only == "retired":
        codes = codes.filter(valid_to__lte=cache.today())
    elif only == "valid":
        codes = codes.valid_on(cache.today())
    page = paginate(request, codes, per_page=100)
    context = {
        "table": table,
        "page": page,
        "lines": _lines(table, page.object_list),
        "q": text,
        "only": only,
        "editions": table.editions.order_by("-valid_from", "-id"),
        "history": history(table, kind=KIND, show_people=True),
        "today": cache.today(),
    }
    return render(request, "matchmaking/portal/vocabularies/detail.html", context)


@require_safe
@access(MANAGE)
def vocabulary_download(request: HttpRequest, code: str) -> HttpResponse:
    """The present codes as the file that an edition is made of."""
    table = _table(code)
    response = HttpResponse("\ufeff" + csv_of(table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{table.code}-{cache.today():%Y%m%d}.csv"'
    return response


@require_http_methods(PAGE)
@access(MANAGE)
def vocabulary_import(request: HttpRequest, code: str) -> HttpResponse:
    """Choose the file of a new edition, look at what it would change, and confirm exactly that."""
    table = _table(code)
    if "seen" in request.POST:
        return _confirmed(request, table)
    form = EditionForm(
        request.POST or None, request.FILES or None, table=table.code, initial={"valid_from": cache.today()}
    )
    context: dict[str, Any] = {"table": table, "form": form, "found": None}
    if form.is_valid():
        found = differences(table, form.cleaned_data["file"])
        retired = [{"code": one, "uses": uses_of(table.code, one.code)} for one in found.retired[:100]]
        confirm = ConfirmForm(initial={"seen": form.seal(table.code)})
        context |= {"found": found, "retired": retired, "confirm": confirm, "given": form.cleaned_data}
    return render(request, "matchmaking/portal/vocabularies/import.html", context, status=_status(form))


@require_http_methods(PAGE)
@access(MANAGE)
def code_retire(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Retire one code, and say what takes its place."""
    table = _table(code)
    found = get_object_or_404(table.codes.all(), pk=pk)
    heirs = [choice for choice in choices(table.code) if choice[0] != found.code]
    form = RetireForm(request.POST or None, heirs=heirs)
    if form.is_valid():
        on, heir = form.cleaned_data["on"], form.cleaned_data["heir"]
        try:
            with transaction.atomic():
                retire_code(table=table, code=found.code, on=on, heir=heir)
                _record(request, table, "vocabulary.retired", code=found.code, heir=heir)
        except CodeRefused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, _("%(code)s has been retired.") % {"code": found})
            return redirect("portal:vocabulary_detail", table.code)
    uses = uses_of(table.code, found.code)
    context = {"table": table, "code": found, "form": form, "uses": uses, "total": sum(one["count"] for one in uses)}
    return render(request, "matchmaking/portal/vocabularies/retire.html", context, status=_status(form))


@require_POST
@access(MANAGE)
def code_restore(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take a retired code into use again."""
    table = _table(code)
    found = get_object_or_404(table.codes.all(), pk=pk)
    try:
        with transaction.atomic():
            restore_code(table=table, code=found.code)
            _record(request, table, "vocabulary.restored", code=found.code)
    except CodeRefused as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("%(code)s may be chosen again.") % {"code": found})
    return redirect("portal:vocabulary_detail", table.code)


@require_POST
@access(MANAGE)
def code_map(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Say what took the place of a retired code."""
    table = _table(code)
    found = get_object_or_404(table.codes.all(), pk=pk)
    form = HeirForm(request.POST, heirs=choices(table.code))
    if form.is_valid():
        try:
            with transaction.atomic():
                map_code(table=table, old=found.code, new=form.cleaned_data["heir"])
                _record(request, table, "vocabulary.mapped", code=found.code, heir=form.cleaned_data["heir"])
        except CodeRefused as refusal:
            messages.error(request, str(refusal.message))
        else:
            messages.success(request, _("The mapping has been saved."))
    else:
        messages.error(request, _("This code cannot be chosen."))
    return redirect("portal:vocabulary_detail", table.code)


def _confirmed(request: HttpRequest, table: CodeTable) -> HttpResponse:
    form = ConfirmForm(request.POST)
    if not form.is_valid() or form.cleaned_data["seen"]["table"] != table.code:
        messages.error(request, _("The preview is too old. Please choose the file again."))
        return redirect("portal:vocabulary_import", table.code)
    seen = form.cleaned_data["seen"]
    try:
        with transaction.atomic():
            count = import_edition(table=table, rows=rows_of(seen), edition=seen["edition"], source=seen["source"],
                                   valid_from=date.fromisoformat(seen["valid_from"]))  # fmt: skip
            _record(request, table, "vocabulary.imported", edition=seen["edition"], created=count.created,
                    changed=count.changed, retired=count.retired)  # fmt: skip
    except CodeRefused as refusal:
        messages.error(request, str(refusal.message))
        return redirect("portal:vocabulary_import", table.code)
    messages.success(request, _("The edition has been imported: %(created)d new, %(changed)d changed, %(retired)d "
                                "retired codes.") % {"created": count.created, "changed": count.changed,
                                                     "retired": count.retired})  # fmt: skip
    return redirect("portal:vocabulary_detail", table.code)


def _table(code: str) -> CodeTable:
    """Regions are cared for with the data file: programmes, paths and reporting units hang on them."""
    if code == REGION_TABLE:
        raise Http404
    return get_object_or_404(CodeTable, code=code)


def _lines(table: CodeTable, codes: Any) -> list[dict[str, Any]]:
    heirs = dict(CodeMapping.objects.filter(table=table).values_list("old", "new"))
    today = cache.today()
    found: list[Code] = list(codes)
    return [
        {
            "code": one,
            "retired": one.valid_to is not None and one.valid_to <= today,
            "coming": one.valid_from is not None and one.valid_from > today,
            "form": HeirForm(heirs=choices(table.code), initial={"heir": heirs.get(one.code, "")}, prefix=None,
                             auto_id=f"id_{one.pk}_%s")
            if one.valid_to is not None and one.valid_to <= today else None,
        }
        for one in found
    ]  # fmt: skip


def _status(form: Any) -> int:
    return 422 if form.is_bound and not form.is_valid() else 200


def _record(request: HttpRequest, table: CodeTable, verb: str, **detail: Any) -> None:
    """Call it in the transaction of the change: no change without its entry."""
    record(by=request.user, verb=verb, about=table, kind=KIND, detail=detail)
