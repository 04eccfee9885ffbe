"""The pages of the unit and the person: nominate, change, consent, agree, hand in again, leave."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from experts import rules, selectors
from experts.consenting import consent_text
from experts.enums import ExpertState
from experts.forms import ConsentForm, ExpertSheet, OpinionForm, ReasonForm
from experts.models import Expert
from experts.presenting import laid_out
from experts.services import (
    Incomplete,
    TextChanged,
    agree_unit,
    give_consent,
    hand_in_expert,
    leave_pool,
    nominate_expert,
    return_expert,
    update_expert,
)
from experts.steps import rail_of
from experts.views.loading import deciding, latest_steps, load, need
from matchmaking.accounts.models import Organisation
from matchmaking.common.access import SIGNED_IN, access
from matchmaking.common.deciding import version_of
from matchmaking.common.workflow import StaleState
from matchmaking.intake.autosave import autosaved
from matchmaking.intake.once import once
from matchmaking.intake.selectors import last_return, open_notes
from matchmaking.intake.versions import Unchanged
from matchmaking.programmes.selectors import current_programmes

PAGE = ["GET", "HEAD", "POST"]


@require_http_methods(PAGE)
@access("expert.nominate")
@once
@autosaved
def expert_create(request: HttpRequest) -> HttpResponse:
    """Nominate an expert for the own unit."""
    owner = _owner(request)
    if request.method != "POST":
        return _form(request, ExpertSheet(initial={"programme": current_programmes().first()}), owner)
    sheet = ExpertSheet(request.POST)
    if sheet.is_valid():
        try:
            expert = nominate_expert(
                by=request.user, owner=owner, programme=sheet.form.cleaned_data["programme"],
                data=sheet.form.values(owner), works=sheet.work_rows(), conflicts=sheet.avoided() or [],
            )  # fmt: skip
        except Incomplete as refusal:
            sheet.add_errors(refusal.fields)
        else:
            messages.success(request, _("The expert is nominated. The person is asked for consent."))
            return redirect(expert)
    return _form(request, sheet, owner, status=422)


@require_http_methods(PAGE)
@access(SIGNED_IN)
@deciding
@autosaved
def expert_edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Change an entry; in the pool the person changes what is his."""
    expert = load(request, uuid)
    need(rules.can_edit(request.user, expert))
    person_only = expert.state == ExpertState.IN_POOL
    owner = expert.body.owner
    if request.method != "POST":
        return _form(request, ExpertSheet(expert=expert, person_only=person_only), owner, expert)
    sheet = ExpertSheet(request.POST, expert=expert, person_only=person_only)
    if sheet.is_valid():
        try:
            saved = update_expert(
                by=request.user, expert=expert, version=sheet.form.cleaned_data.get("version") or 0,
                data=sheet.form.values(owner, expert.body), works=sheet.work_rows(), conflicts=sheet.avoided(),
            )  # fmt: skip
        except Incomplete as refusal:
            sheet.add_errors(refusal.fields)
        except StaleState:
            return _conflict(request, expert, person_only)
        else:
            messages.success(request, _("The entry has been saved."))
            return redirect(saved)
    return _form(request, sheet, owner, expert, status=422)


def _conflict(request: HttpRequest, expert: Expert, person_only: bool) -> HttpResponse:
    """Show the form again with the person's own text; saving once more then writes over the newer version."""
    expert = load(request, expert.uuid)
    kept = request.POST.copy()
    kept["version"] = str(expert.version)
    sheet = ExpertSheet(kept, expert=expert, person_only=person_only)
    sheet.is_valid()
    return _form(request, sheet, expert.body.owner, expert, status=409, conflict=True)


def _form(
    request: HttpRequest, sheet: ExpertSheet, owner: Organisation, expert: Expert | None = None, *, status: int = 200,
    conflict: bool = False,
) -> HttpResponse:  # fmt: skip
    returned = expert is not None and expert.state == ExpertState.RETURNED
    notes = open_notes(expert, selectors.KIND) if returned else {}
    context = {
        "sheet": sheet,
        "form": sheet.form,
        "draft_key": f"expert:{expert.uuid if expert else 'new'}",
        "rail": rail_of(sheet, notes),
        "owner": owner,
        "expert": expert,
        "sections": laid_out(sheet, notes),
        "sent_back": last_return(expert, selectors.KIND) if returned else None,
        "cancel": expert.get_absolute_url() if expert else reverse("experts:expert_mine"),
        "conflict": latest_steps(request, expert) if conflict and expert else [],
    }
    return render(request, "experts/expert_form.html", context, status=status)


def _owner(request: HttpRequest) -> Organisation:
    """The unit of the chosen membership if it may nominate, else the first one that may."""
    owners = rules.owners_for_new(request.user)
    membership = getattr(request, "membership", None)  # set by the middleware of accounts
    chosen = membership.organisation_id if membership else None
    if not owners:
        raise PermissionDenied
    return next((owner for owner in owners if owner.pk == chosen), owners[0])


@require_http_methods(PAGE)
@access(SIGNED_IN)
@deciding
def expert_consent(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The person reads the text and consents."""
    expert = load(request, uuid)
    need(rules.can_consent(request.user, expert))
    text = consent_text()
    form = ConsentForm(request.POST or None, initial={"version": expert.version, "digest": text.digest})
    if form.is_valid():
        try:
            give_consent(by=request.user, expert=expert, publish=form.cleaned_data["publish"],
                         digest=form.cleaned_data["digest"], version=form.cleaned_data["version"])  # fmt: skip
        except TextChanged as refusal:
            form = ConsentForm(initial={"version": expert.version, "digest": text.digest})
            messages.error(request, str(refusal.message))
            return _consent_page(request, expert, form, 409)
        messages.success(request, _("Thank you. Your consent has been recorded."))
        return redirect(expert)
    return _consent_page(request, expert, form, 422 if form.is_bound else 200)


def _consent_page(request: HttpRequest, expert: Expert, form: ConsentForm, status: int) -> HttpResponse:
    heading, *parts = consent_text().text.strip().split("\n\n")
    context = {
        "expert": expert,
        "form": form,
        "heading": heading,
        "parts": parts,
        "conflicts": expert.conflicts.select_related("organisation"),
    }
    return render(request, "experts/expert_consent.html", context, status=status)


@require_http_methods(PAGE)
@access("expert.nominate")
@deciding
def expert_agree(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The unit agrees with its opinion, or returns the entry for correction with a reason."""
    expert = load(request, uuid)
    need(rules.can_agree(request.user, expert))
    returning = request.POST.get("do") == "return"
    start = {"version": expert.version}
    form = OpinionForm(None if returning else request.POST or None, initial=start)
    back = ReasonForm(request.POST if returning else None, initial=start, prefix="back")
    if form.is_valid():
        try:
            agree_unit(by=request.user, expert=expert, **form.cleaned_data)
        except Unchanged as refusal:
            messages.error(request, str(refusal.message))
        else:
            messages.success(request, _("The opinion has been recorded; the region checks the entry."))
        return redirect(expert)
    if back.is_valid():
        return_expert(by=request.user, expert=expert, **back.cleaned_data)
        messages.success(request, _("The entry has been returned for correction."))
        return redirect(expert)
    context = {"expert": expert, "form": form, "back": back}
    bound = form.is_bound or back.is_bound
    return render(request, "experts/expert_agree.html", context, status=422 if bound else 200)


@require_POST
@access(SIGNED_IN)
@deciding
def expert_submit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Hand a returned entry in again."""
    expert = load(request, uuid)
    hand_in_expert(by=request.user, expert=expert, version=version_of(request))
    messages.success(request, _("The entry goes on its way again."))
    return redirect(expert)


@require_POST
@access(SIGNED_IN)
@deciding
def expert_leave(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The person withdraws the consent and leaves, or declines the nomination."""
    expert = load(request, uuid)
    leave_pool(by=request.user, expert=expert, version=version_of(request))
    messages.success(request, _("Your consent is withdrawn. Nobody else sees the entry any more."))
    return redirect(expert)
