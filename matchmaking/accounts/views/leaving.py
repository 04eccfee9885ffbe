"""The end of access: a role ended by a manager, given up by its holder, an organisation frozen."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from matchmaking.accounts import rules
from matchmaking.accounts.enums import OrganisationState
from matchmaking.accounts.forms import FreezeForm
from matchmaking.accounts.membership import (
    NotAllowed,
    RoleRefused,
    freeze_organisation,
    leave_organisation,
    remove_person,
    thaw_organisation,
)
from matchmaking.accounts.models import Membership, Organisation
from matchmaking.accounts.views.organisations import VERIFIERS
from matchmaking.common.access import SIGNED_IN, access
from matchmaking.common.deciding import conflict
from matchmaking.common.workflow import IllegalMove, StaleState


@require_POST
@access(SIGNED_IN)
def person_end(request: HttpRequest, uuid: UUID, pk: int) -> HttpResponse:
    """End a role."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), uuid=uuid)
    if not rules.can_manage(request.user, organisation):
        raise PermissionDenied
    membership = get_object_or_404(
        Membership.objects.filter(organisation=organisation, ended_at=None).select_related("organisation"), pk=pk
    )
    try:
        remove_person(by=request.user, membership=membership)
    except RoleRefused as refusal:
        messages.error(request, str(refusal.message))
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    else:
        messages.success(request, _("The role has been ended."))
    return redirect(organisation)


@require_http_methods(["GET", "HEAD", "POST"])
@access(SIGNED_IN)
def membership_leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up an own role, after one more question."""
    own = Membership.objects.filter(user=request.user.pk, ended_at=None).select_related("organisation")
    membership = get_object_or_404(own, pk=pk)
    if request.method == "POST":
        try:
            leave_organisation(by=request.user, membership=membership)
        except RoleRefused as refusal:
            messages.error(request, str(refusal.message))
        except NotAllowed as refusal:
            raise PermissionDenied from refusal
        else:
            messages.success(request, _("You have left. What you entered stays with the organisation."))
        return redirect("accounts:profile")
    return render(request, "matchmaking/accounts/membership_leave.html", {"membership": membership})


@require_http_methods(["GET", "HEAD", "POST"])
@access(*VERIFIERS)
def organisation_freeze(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Freeze an organisation, or open a frozen one again: whoever verifies it."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user).select_related("park"), uuid=uuid)
    if not rules.can_freeze(request.user, organisation):
        raise PermissionDenied
    frozen = organisation.state == OrganisationState.FROZEN
    form = FreezeForm(request.POST or None, initial={"version": organisation.version}, thaw=frozen)
    if form.is_valid():
        decided: dict[str, Any] = {"by": request.user, "organisation": organisation, **form.cleaned_data}
        try:
            thaw_organisation(**decided) if frozen else freeze_organisation(**decided)
        except (StaleState, IllegalMove):
            return conflict(request, back_url=organisation.get_absolute_url())
        messages.success(request, _("The organisation is open again.") if frozen else _("The organisation is frozen."))
        return redirect(organisation)
    context = {"organisation": organisation, "form": form, "frozen": frozen}
    status = 422 if form.is_bound else 200
    return render(request, "matchmaking/accounts/organisation_freeze.html", context, status=status)
