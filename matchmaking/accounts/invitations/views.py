"""Inviting people into an organisation, and the answer of whoever was invited."""

from uuid import UUID

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from matchmaking.accounts import rules
from matchmaking.accounts.enums import OrganisationState
from matchmaking.accounts.invitations.forms import InviteForm
from matchmaking.accounts.invitations.models import Invitation
from matchmaking.accounts.invitations.services import (
    InvitationOver,
    OtherAddress,
    accept_invitation,
    has_address,
    invite,
    revoke_invitation,
)
from matchmaking.accounts.membership import NotAllowed, RoleRefused
from matchmaking.accounts.models import Organisation
from matchmaking.common.access import PUBLIC, SIGNED_IN, access

SESSION_KEY = "invitation"  # the token, between the link and the answer, so that it leaves the address at once


@require_POST
@access(SIGNED_IN)
def person_invite(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Invite a person by address. The answer is the same whether the address has an account or not."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), uuid=uuid)
    if not rules.can_manage(request.user, organisation):
        raise PermissionDenied
    form = InviteForm(request.POST, kind=organisation.kind)
    if form.is_valid():
        try:
            invite(by=request.user, organisation=organisation, **form.cleaned_data)
        except RoleRefused as refusal:
            form.add_error("role", str(refusal.message))
        else:
            messages.success(request, _("The invitation is on its way."))
            return redirect(organisation)
    context = {"organisation": organisation, "form": form}
    return render(request, "matchmaking/accounts/person_invite.html", context, status=422)


@require_POST
@access(SIGNED_IN)
def invitation_revoke(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take an open invitation back."""
    seen = Invitation.objects.visible_to(request.user).select_related("organisation")
    invitation = get_object_or_404(seen, uuid=uuid)
    try:
        revoke_invitation(by=request.user, invitation=invitation)
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    except InvitationOver as refusal:
        messages.warning(request, str(refusal.message))
    else:
        messages.success(request, _("The invitation has been revoked."))
    return redirect(invitation.organisation)


@require_safe
@never_cache
@access(PUBLIC)
def invitation_open(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail. Reading it uses nothing up: programs that look through mail read links too.

    Whoever holds it reads the mail at the invited address, so an account made now needs no second proof of it.
    """
    invitation = _open(token)
    if invitation is None:
        return render(request, "matchmaking/accounts/invitation_over.html", status=404)
    request.session[SESSION_KEY] = token
    if not request.user.is_authenticated:
        get_adapter().stash_verified_email(request, invitation.email)
    return redirect("accounts:invitation_answer")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@access(PUBLIC)
def invitation_answer(request: HttpRequest) -> HttpResponse:
    """What is offered, and the way to take it: by a new account, by signing in, or by one click when signed in."""
    invitation = _open(request.session.get(SESSION_KEY, ""))
    if invitation is None:
        return render(request, "matchmaking/accounts/invitation_over.html", status=404)
    signed_in = request.user.is_authenticated
    if request.method == "POST" and signed_in:
        try:
            held = accept_invitation(by=request.user, invitation=invitation)
        except (InvitationOver, OtherAddress) as refusal:
            messages.error(request, str(refusal.message))
            return redirect("accounts:invitation_answer")
        del request.session[SESSION_KEY]
        messages.success(request, _("You now work for %(organisation)s.") % {"organisation": held.organisation})
        return redirect(held.organisation)
    fits = signed_in and has_address(request.user, invitation.email)
    return render(request, "matchmaking/accounts/invitation_answer.html", {"invitation": invitation, "fits": fits})


def _open(token: str) -> Invitation | None:
    """The invitation of a token, as long as it can be taken."""
    found = Invitation.objects.open().of_token(token).filter(organisation__state=OrganisationState.ACTIVE)
    return found.select_related("organisation", "invited_by").first() if token else None
