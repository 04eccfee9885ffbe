"""The roster of an organisation, and an entry of it."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from matchmaking.accounts.models import Organisation
from matchmaking.accounts.roster import rules
from matchmaking.accounts.roster.forms import RosterForm
from matchmaking.accounts.roster.models import RosterEntry
from matchmaking.accounts.roster.services import CertificateTaken, add_to_roster, update_roster
from matchmaking.common.access import SIGNED_IN, access
from matchmaking.common.deciding import conflict
from matchmaking.common.pagination import paginate
from matchmaking.common.workflow import StaleState

PAGE = ["GET", "HEAD", "POST"]


@require_safe
@access(SIGNED_IN)
def roster_list(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The people on the roster, those who left last."""
    organisation = _load(request, uuid)
    if not rules.reads(request.user, organisation):
        raise PermissionDenied
    people = RosterEntry.objects.visible_to(request.user).filter(organisation=organisation)
    context = {
        "organisation": organisation,
        "page": paginate(request, people.highest_first()),
        "keeps": rules.can_keep(request.user, organisation),
    }
    return render(request, "matchmaking/accounts/roster_list.html", context)


@require_http_methods(PAGE)
@access("organisation.manage")
def roster_add(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Enter somebody."""
    organisation = _load(request, uuid)
    if not rules.can_keep(request.user, organisation):
        raise PermissionDenied
    form = RosterForm(request.POST or None)
    if form.is_valid():
        try:
            add_to_roster(by=request.user, organisation=organisation, **form.entry())
        except CertificateTaken as refusal:
            form.add_error("certificate_no", str(refusal.message))
        else:
            messages.success(request, _("The person is on the roster."))
            return redirect("accounts:roster_list", organisation.uuid)
    return _form(request, form, organisation)


@require_http_methods(PAGE)
@access("organisation.manage")
def roster_edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Change an entry, or give its last day."""
    seen = RosterEntry.objects.visible_to(request.user).select_related("organisation")
    entry = get_object_or_404(seen, uuid=uuid)
    if not rules.can_keep(request.user, entry.organisation):
        raise PermissionDenied
    form = RosterForm(request.POST or None, initial={name: getattr(entry, name) for name in RosterForm.base_fields})
    if form.is_valid():
        try:
            update_roster(by=request.user, entry=entry, version=form.cleaned_data["version"], **form.entry())
        except CertificateTaken as refusal:
            form.add_error("certificate_no", str(refusal.message))
        except StaleState:
            return conflict(request, back_url=request.path)
        else:
            messages.success(request, _("The roster has been saved."))
            return redirect("accounts:roster_list", entry.organisation.uuid)
    return _form(request, form, entry.organisation, entry)


def _load(request: HttpRequest, uuid: UUID) -> Organisation:
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), uuid=uuid)
    if not rules.keeps_one(organisation):
        raise Http404
    return organisation


def _form(
    request: HttpRequest, form: RosterForm, organisation: Organisation, entry: RosterEntry | None = None
) -> HttpResponse:
    context = {"form": form, "organisation": organisation, "entry": entry}
    return render(request, "matchmaking/accounts/roster_form.html", context, status=422 if form.is_bound else 200)
