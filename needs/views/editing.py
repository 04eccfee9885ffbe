"""The owner's pages: write, change, hand in, withdraw, take up again, set a later day."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from matchmaking.common.access import access
from matchmaking.common.deciding import version_of
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.intake.autosave import autosaved
from matchmaking.intake.filed import change_notes, sent_back
from matchmaking.intake.once import once
from matchmaking.intake.panels import panel
from matchmaking.intake.selectors import open_notes, returned_change
from matchmaking.intake.services import changes
from matchmaking.intake.versions import Unchanged
from matchmaking.intake.views.revising import revised
from matchmaking.programmes.selectors import current_programmes
from needs import rules, selectors, versioning
from needs.completeness import indicator_values
from needs.enums import EDITABLE
from needs.forms import NeedSheet, ProlongForm, ReasonForm
from needs.models import NeedBody, TechNeed
from needs.sections import decisions, laid_out, rail_of
from needs.services import (
    Incomplete,
    NotAllowed,
    Refused,
    create_need,
    prolong_need,
    reopen_need,
    revise_need,
    submit_need,
    update_need,
    withdraw_need,
)
from needs.views.loading import deciding, enterprise_of, latest_steps, load, upper_url


@require_http_methods(["GET", "HEAD", "POST"])
@access("need.edit")
@once
@autosaved
def need_create(request: HttpRequest) -> HttpResponse:
    """A new need of the enterprise the person is signed in for; `?kind=scenario` begins an application scenario."""
    owner = enterprise_of(request)
    if request.method != "POST":
        started = {"programme": current_programmes().first(), "need_kind": request.GET.get("kind", "")}
        return _form(request, NeedSheet(owner=owner, initial=started))
    sheet = NeedSheet(request.POST, owner=owner)
    return _save(request, sheet, None)


@require_http_methods(["GET", "HEAD", "POST"])
@access("need.edit", "mandate.act")
@deciding
@autosaved
def need_edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Change a draft or a returned need; `?check=1` shows at once what is missing to submit it."""
    need = load(request, uuid)
    if not rules.drafts(request.user, need):
        raise NotAllowed
    revising = rules.can_revise(request.user, need)
    if request.method != "POST" and need.state not in EDITABLE and not revising:
        return _not_now(request, need)
    body = NeedBody.objects.readable_by(request.user).select_related("owner__region").get(need=need)
    if rules.drafts_for_client(request.user, need):
        body.contact = None
    if request.method == "POST":
        sheet = NeedSheet(request.POST, owner=body.owner, need=need, body=body)
        return _revise(request, sheet, need) if revising else _save(request, sheet, need)
    waiting = _waiting(need) if revising else {}
    sheet = NeedSheet(
        owner=body.owner,
        need=need,
        body=body,
        initial=waiting.get("data"),
        indicators=waiting.get("indicators") or indicator_values(body.indicators.order_by("position")),
        invited=waiting.get("invited") or selectors.invited(need),
    )
    return _form(request, sheet, need)


def _not_now(request: HttpRequest, need: TechNeed) -> HttpResponse:
    """Lead from a page that the present state of the need has closed back to the need."""
    messages.warning(request, str(IllegalMove.message))
    return redirect(need)


def _save(request: HttpRequest, sheet: NeedSheet, need: TechNeed | None) -> HttpResponse:
    """Save the sheet, and hand the need in when that button was pressed: both or neither."""
    handing_in = request.POST.get("do") == "submit"
    if not sheet.is_valid(strict=handing_in):
        return _form(request, sheet, need, status=422)
    try:
        with transaction.atomic():
            saved = _write(request, sheet, need)
            if handing_in:
                submit_need(by=request.user, need=saved)
    except Refused as refusal:
        sheet.add_errors(refusal.fields)
        return _form(request, sheet, need, status=422)
    except Unchanged as refusal:
        sheet.form.add_error(None, str(refusal.message))
        return _form(request, sheet, need, status=422)
    except StaleState:
        if need is None:
            raise
        return _conflict(request, need)
    messages.success(request, _("The need has been submitted.") if handing_in else _("The draft has been saved."))
    return redirect(saved)


def _revise(request: HttpRequest, sheet: NeedSheet, need: TechNeed) -> HttpResponse:
    """Change a published need: what the programme checks waits for the region, the rest is live at once."""
    if not sheet.is_valid():
        return _form(request, sheet, need, status=422)
    values = sheet.values()
    values.pop("programme", None)
    try:
        came = revise_need(by=request.user, need=need, version=sheet.form.cleaned_data.get("version") or 0, data=values,
                           indicators=sheet.rows(), invited=sheet.guests())  # fmt: skip
    except Refused as refusal:
        sheet.add_errors(refusal.fields)
        return _form(request, sheet, need, status=422)
    except StaleState:
        return _conflict(request, need)
    return revised(request, came)


def _waiting(need: TechNeed) -> dict[str, Any]:
    """The change of a published need that waits for a check, as the service takes it."""
    change = changes.open_change(need, selectors.KIND)
    return versioning.for_service(change.content) if change else {}


def _write(request: HttpRequest, sheet: NeedSheet, need: TechNeed | None) -> TechNeed:
    values = sheet.values()
    if need is None:
        return create_need(by=request.user, owner=sheet.owner, programme=values.pop("programme"), data=values,
                           indicators=sheet.rows(), invited=sheet.guests())  # fmt: skip
    version = sheet.form.cleaned_data.get("version") or 0
    return update_need(by=request.user, need=need, version=version, data=values, indicators=sheet.rows(),
                       invited=sheet.guests())  # fmt: skip


def _conflict(request: HttpRequest, need: TechNeed) -> HttpResponse:
    """Show the form again with the person's own text; saving once more then writes over the newer version."""
    need = load(request, need.uuid)
    body = NeedBody.objects.readable_by(request.user).select_related("owner__region").get(need=need)
    if rules.drafts_for_client(request.user, need):
        body.contact = None
    kept = request.POST.copy()
    kept["version"] = str(need.version)
    sheet = NeedSheet(kept, owner=body.owner, need=need, body=body)
    sheet.is_valid()
    return _form(request, sheet, need, status=409, conflict=True)


def _form(
    request: HttpRequest, sheet: NeedSheet, need: TechNeed | None = None, *, status: int = 200, conflict: bool = False
) -> HttpResponse:
    steps = decisions(need) if need else []
    came_back = sent_back(steps)
    revising = need is not None and rules.can_revise(request.user, need)
    if need and revising:
        notes = change_notes(need, selectors.KIND)
    else:
        notes = open_notes(need, selectors.KIND) if need and came_back else {}
    for_client = need is not None and rules.drafts_for_client(request.user, need)
    clinic = "" if for_client else upper_url("need_clinic_draft", *([need.uuid] if need else []))  # the owner's alone
    context = {
        "sheet": sheet,
        "form": sheet.form,
        "owner": sheet.owner,
        "need": need,
        "sections": laid_out(sheet, notes, checked_in=need.programme if need and revising else None),
        "revising": revising,
        "for_client": for_client,
        "returned_change": returned_change(need, selectors.KIND) if need and revising else None,
        "cancel": need.get_absolute_url() if need else reverse("needs:need_mine"),
        "conflict": latest_steps(request, need) if conflict and need else [],
        "sent_back": came_back,
        "rail": rail_of(sheet),
        "files": panel(request.user, selectors.KIND, need, editing=True) if need else None,
        "draft_key": f"need:{need.uuid if need else 'new'}",
        "clinic_url": clinic,
    }
    return render(request, "needs/need_form.html", context, status=status)


@require_POST
@access("need.edit")
@deciding
def need_submit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Hand in the stored text; when something is missing, the form says where."""
    need = load(request, uuid)
    try:
        submit_need(by=request.user, need=need, version=version_of(request))
    except Unchanged as refusal:
        messages.error(request, str(refusal.message))
    except Incomplete:
        messages.error(request, _("Some things are missing before the need can be submitted; they are listed here."))
    else:
        messages.success(request, _("The need has been submitted."))
    return redirect(need)


@require_http_methods(["GET", "HEAD", "POST"])
@access("need.edit")
@deciding
def need_withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take a need back, with the reason that open matches are told."""
    need = load(request, uuid)
    if not rules.owns(request.user, need):
        raise NotAllowed
    if request.method != "POST" and not rules.can_withdraw(request.user, need):
        return _not_now(request, need)
    form = ReasonForm(request.POST or None, initial={"version": need.version})
    if form.is_valid():
        withdraw_need(by=request.user, need=need, version=form.cleaned_data["version"],
                      reason=form.cleaned_data["reason"])  # fmt: skip
        messages.success(request, _("The need has been withdrawn."))
        return redirect(need)
    context = {
        "need": need,
        "form": form,
        "title": _("Withdraw this need"),
        "lead": _("It leaves the list, and open matches are closed. You can take it up again as a draft."),
        "submit": _("Withdraw"),
    }
    return render(request, "needs/need_reason.html", context, status=422 if form.is_bound else 200)


@require_POST
@access("need.edit")
@deciding
def need_reopen(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Make a draft of a withdrawn or rejected need."""
    need = load(request, uuid)
    reopen_need(by=request.user, need=need, version=version_of(request))
    messages.success(request, _("The need is a draft again."))
    return redirect("needs:need_edit", need.uuid)


@require_http_methods(["GET", "HEAD", "POST"])
@access("need.edit")
@deciding
def need_prolong(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Set a later closing date; an expired need is published again."""
    need = load(request, uuid)
    if not rules.owns(request.user, need):
        raise NotAllowed
    if request.method != "POST" and not rules.can_prolong(request.user, need):
        return _not_now(request, need)
    form = ProlongForm(request.POST or None, initial={"version": need.version, "open_until": need.open_until})
    if form.is_valid():
        try:
            prolong_need(by=request.user, need=need, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("open_until", refusal.fields["open_until"])
        else:
            messages.success(request, _("The need is open until %(day)s.") % {"day": need.open_until})
            return redirect(need)
    context = {
        "need": need,
        "form": form,
        "title": _("Set a later closing date"),
        "lead": "",
        "submit": _("Save"),
    }
    return render(request, "needs/need_reason.html", context, status=422 if form.is_bound else 200)
