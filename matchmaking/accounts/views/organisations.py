"""Applying for an organisation, changing it, verifying it, and the people who work there."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from matchmaking.accounts import rules
from matchmaking.accounts.bulk import verify_organisations
from matchmaking.accounts.entering import enter_organisation
from matchmaking.accounts.forms import EnterForm, OrganisationForm, VerifyForm
from matchmaking.accounts.membership import (
    apply_organisation,
    return_organisation,
    update_organisation,
    verify_organisation,
)
from matchmaking.accounts.models import Organisation
from matchmaking.accounts.outreach.views import SESSION_KEY as OUTREACH_KEY
from matchmaking.accounts.selectors import applications_for
from matchmaking.accounts.services import OrganisationRefused
from matchmaking.activity.selectors import history
from matchmaking.common.access import SIGNED_IN, access
from matchmaking.common.deciding import conflict
from matchmaking.common.pagination import paginate
from matchmaking.common.workflow import IllegalMove, StaleState

PAGE = ["GET", "HEAD", "POST"]
VERIFIERS = ("organisation.verify", "tenant.verify", "national.verify")
MANY = 100


def _load(request: HttpRequest, uuid: UUID) -> Organisation:
    seen = Organisation.objects.visible_to(request.user).select_related("region")
    return get_object_or_404(seen, uuid=uuid)


def _allow(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied


def _stale(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """409: somebody else was faster; who and when, for those who verify or manage the organisation."""
    known = rules.verifies(request.user, organisation) or rules.can_manage(request.user, organisation)
    steps = history(organisation, kind="organisation", show_people=True, limit=3) if known else []
    return conflict(request, back_url=organisation.get_absolute_url(), steps=steps)


@require_http_methods(PAGE)
@access(SIGNED_IN)
def organisation_create(request: HttpRequest) -> HttpResponse:
    """Apply for a new organisation."""
    _allow(rules.can_apply(request.user))
    invited = request.session.get(OUTREACH_KEY)
    form = OrganisationForm(request.POST or None, request.FILES or None, initial=invited)
    if form.is_valid():
        try:
            organisation = apply_organisation(
                by=request.user, data=form.values(), aliases=form.cleaned_data["aliases"],
                credential=form.cleaned_data["credential"],
            )  # fmt: skip
        except OrganisationRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The application has been handed in. You are told when it is decided."))
            return redirect(organisation)
    return _form(request, form, None)


@require_http_methods(PAGE)
@access(SIGNED_IN)
def organisation_edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Change the own organisation, or correct a returned application."""
    organisation = _load(request, uuid)
    _allow(rules.can_edit(request.user, organisation))
    form = OrganisationForm(request.POST or None, request.FILES or None, organisation=organisation)
    if form.is_valid():
        try:
            update_organisation(
                by=request.user, organisation=organisation, version=form.cleaned_data.get("version") or 0,
                data=form.values(), aliases=form.cleaned_data["aliases"],
                credential=form.cleaned_data.get("credential"),
            )  # fmt: skip
        except OrganisationRefused as refusal:
            form.add_error(None, str(refusal))
        except StaleState:
            return _stale(request, organisation)
        else:
            messages.success(request, _("The organisation has been saved."))
            return redirect(organisation)
    return _form(request, form, organisation)


def _form(request: HttpRequest, form: OrganisationForm, organisation: Organisation | None) -> HttpResponse:
    cancel = organisation.get_absolute_url() if organisation else reverse("accounts:organisation_list")
    context = {"form": form, "organisation": organisation, "cancel": cancel}
    status = 422 if form.is_bound else 200
    return render(request, "matchmaking/accounts/organisation_form.html", context, status=status)


@require_http_methods(PAGE)
@access("office.enter", "national.verify")
def organisation_enter(request: HttpRequest) -> HttpResponse:
    """Enter a department or a national body and invite its first person."""
    form = EnterForm(request.POST or None, kinds=rules.kinds_entered_by(request.user))
    if form.is_valid():
        try:
            organisation = enter_organisation(by=request.user, **form.cleaned_data)
        except OrganisationRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The organisation is entered, and its first person is invited."))
            return redirect(organisation)
    status = 422 if form.is_bound else 200
    return render(request, "matchmaking/accounts/organisation_enter.html", {"form": form}, status=status)


@require_safe
@access(*VERIFIERS)
def organisation_review(request: HttpRequest) -> HttpResponse:
    """The applications that wait for this officer."""
    context = {
        "page": paginate(request, applications_for(request.user)),
        "uploads": request.user.can("organisation.verify"),
        "enters": bool(rules.kinds_entered_by(request.user)),
    }
    return render(request, "matchmaking/accounts/organisation_review.html", context)


@require_http_methods(PAGE)
@access(*VERIFIERS)
def organisation_verify(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Verify or return one application."""
    organisation = _load(request, uuid)
    _allow(rules.verifies(request.user, organisation))
    if not rules.can_verify(request.user, organisation):
        return _stale(request, organisation)
    form = VerifyForm(request.POST or None, initial={"version": organisation.version})
    if form.is_valid():
        decided: dict[str, Any] = {"by": request.user, "organisation": organisation,
                                   "version": form.cleaned_data["version"]}  # fmt: skip
        try:
            if form.cleaned_data["decision"] == "return":
                return_organisation(**decided, reason=form.cleaned_data["reason"])
                messages.success(request, _("The application has been returned."))
            else:
                verify_organisation(**decided)
                messages.success(request, _("The organisation is verified."))
        except (StaleState, IllegalMove):
            return _stale(request, organisation)
        except OrganisationRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("accounts:organisation_review")
    context = {"organisation": organisation, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "matchmaking/accounts/organisation_verify.html", context, status=status)


@require_POST
@access(*VERIFIERS)
def organisation_verify_many(request: HttpRequest) -> HttpResponse:
    """Verify the ticked applications; each box carries the organisation and the version that was looked at."""
    chosen = dict(_ticked(request))
    seen = Organisation.objects.visible_to(request.user).filter(uuid__in=chosen).select_related("region")
    found = [(one, chosen[one.uuid]) for one in seen.order_by("pk")]
    done, left = verify_organisations(by=request.user, organisations=found)
    if not chosen:
        messages.warning(request, _("Nothing was ticked."))
    if done:
        words = ngettext("%(count)d organisation is verified.", "%(count)d organisations are verified.", len(done))
        messages.success(request, words % {"count": len(done)})
    if lost := len(chosen) - len(done):
        words = ngettext(
            "%(count)d organisation was left: incomplete, changed, or decided by somebody else. %(names)s",
            "%(count)d organisations were left: incomplete, changed, or decided by somebody else. %(names)s",
            lost,
        )
        messages.warning(request, words % {"count": lost, "names": "、".join(one.name for one in left[:10])})
    return redirect("accounts:organisation_review")


def _ticked(request: HttpRequest) -> list[tuple[UUID, int]]:
    found = []
    for value in request.POST.getlist("pk")[:MANY]:
        uuid, _colon, version = value.partition(":")
        try:
            found.append((UUID(uuid), int(version)))
        except ValueError:
            continue
    return found


@require_safe
@access(SIGNED_IN)
def organisation_credential(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The credential as a download, for those who verify and the organisation's own managers."""
    organisation = _load(request, uuid)
    if not rules.sees_credential(request.user, organisation):
        raise Http404
    ending = organisation.credential_file.name.rpartition(".")[2]
    try:
        file = organisation.credential_file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(file, as_attachment=True, filename=f"credential.{ending}",
                        content_type="application/octet-stream")  # fmt: skip
