"""Mandates: the list of both sides, an offer to a client, and the answer."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from matchmaking.accounts.mandates import rules
from matchmaking.accounts.mandates.forms import AnswerForm, OfferForm
from matchmaking.accounts.mandates.models import Mandate
from matchmaking.accounts.mandates.services import MandateOpen, offer_mandate, revoke_mandate, sign_mandate
from matchmaking.accounts.membership import NotAllowed, ReasonMissing
from matchmaking.accounts.models import Organisation
from matchmaking.activity.selectors import history
from matchmaking.common.access import access
from matchmaking.common.deciding import conflict
from matchmaking.common.pagination import paginate
from matchmaking.common.workflow import IllegalMove, StaleState

PAGE = ["GET", "HEAD", "POST"]


@require_safe
@access("organisation.manage")
def mandate_list(request: HttpRequest) -> HttpResponse:
    """Mandates held or given by the person's organisations, the newest first."""
    seen = Mandate.objects.visible_to(request.user).select_related("broker", "client").order_by("-pk")
    context = {"page": paginate(request, seen), "offers": request.user.can("mandate.act")}
    return render(request, "matchmaking/accounts/mandate_list.html", context)


@require_http_methods(PAGE)
@access("mandate.act")
def mandate_offer(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Offer to act for this organisation."""
    client = get_object_or_404(Organisation.objects.visible_to(request.user), uuid=uuid)
    if not rules.can_offer(request.user, client):
        raise PermissionDenied
    form = OfferForm(request.POST or None)
    if form.is_valid():
        try:
            mandate = offer_mandate(by=request.user, client=client, **form.cleaned_data)
        except MandateOpen as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, _("The mandate is offered; the client is asked to sign."))
            return redirect(mandate)
    context = {"form": form, "client": client}
    return render(request, "matchmaking/accounts/mandate_offer.html", context, status=422 if form.is_bound else 200)


@require_http_methods(PAGE)
@access("organisation.manage")
def mandate_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Its terms, and for whoever may: sign, refuse, revoke."""
    seen = Mandate.objects.visible_to(request.user).select_related("broker", "client", "offered_by", "signed_by")
    mandate = get_object_or_404(seen, uuid=uuid)
    form = AnswerForm(request.POST or None, initial={"version": mandate.version})
    if form.is_valid():
        decided: dict[str, Any] = {"by": request.user, "mandate": mandate, "version": form.cleaned_data["version"]}
        try:
            if request.POST.get("do") == "sign":
                sign_mandate(**decided)
                messages.success(request, _("The mandate is signed by both sides."))
            else:
                revoke_mandate(**decided, reason=form.cleaned_data["reason"])
                messages.success(request, _("The mandate has ended."))
        except ReasonMissing as refusal:
            form.add_error("reason", str(refusal.message))
        except NotAllowed as refusal:
            raise PermissionDenied from refusal
        except (StaleState, IllegalMove):
            return conflict(request, back_url=mandate.get_absolute_url())
        else:
            return redirect(mandate)
    context = {
        "mandate": mandate,
        "form": form,
        "may_sign": rules.can_sign(request.user, mandate),
        "may_revoke": rules.can_revoke(request.user, mandate),
        "history": history(mandate, kind="mandate", show_people=True),
    }
    return render(request, "matchmaking/accounts/mandate_detail.html", context, status=422 if form.is_bound else 200)
