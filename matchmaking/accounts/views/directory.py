"""The directory of organisations, the own account, and the one-click sign-in of the demonstration."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from matchmaking.accounts import rules
from matchmaking.accounts.filters import OrganisationFilter
from matchmaking.accounts.forms import ProfileForm
from matchmaking.accounts.invitations.forms import InviteForm
from matchmaking.accounts.mandates import rules as mandate_rules
from matchmaking.accounts.mandates.enums import OPEN
from matchmaking.accounts.mandates.models import Mandate
from matchmaking.accounts.middleware import SESSION_KEY
from matchmaking.accounts.models import Membership, Organisation, User
from matchmaking.accounts.roster import rules as roster_rules
from matchmaking.accounts.roster.selectors import by_grade
from matchmaking.accounts.selectors import applications_for, applications_of, may_see_people, people_of, with_profile
from matchmaking.accounts.sign_in.second_factor import has_second_factor, needs_second_factor
from matchmaking.accounts.views.organisations import VERIFIERS
from matchmaking.activity.selectors import history
from matchmaking.common.access import PUBLIC, SIGNED_IN, access
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.language import remember
from matchmaking.common.pagination import paginate
from matchmaking.common.returning import page_to_return_to

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@require_safe
@access(PUBLIC)
def organisation_list(request: HttpRequest) -> HttpResponse:
    organisations = with_profile(Organisation.objects.visible_to(request.user)).order_by("name")
    filtered = OrganisationFilter(request.GET, queryset=organisations)
    user = request.user
    verifies = user.is_authenticated and any(user.can(name) for name in VERIFIERS)
    context = {
        "filter": filtered,
        "page": paginate(request, filtered.qs),
        "may_apply": rules.can_apply(user),
        "verifies": verifies,
        "to_verify": applications_for(user).count() if verifies else 0,
    }
    return page_or_fragment(
        request,
        "matchmaking/accounts/organisation_list.html",
        "matchmaking/accounts/_organisation_table.html",
        context,
    )


@require_safe
@access(PUBLIC)
def organisation_detail(request: HttpRequest, uuid: Any) -> HttpResponse:
    organisation = get_object_or_404(with_profile(Organisation.objects.visible_to(request.user)), uuid=uuid)
    user = request.user
    people = people_of(organisation) if may_see_people(user, organisation) else None
    manages = rules.can_manage(user, organisation)
    may_offer = mandate_rules.can_offer(user, organisation)
    mandates = Mandate.objects.visible_to(user).filter(client=organisation, state__in=OPEN)
    context = {
        "organisation": organisation,
        "people": people,
        "may_edit": rules.can_edit(user, organisation),
        "may_verify": rules.can_verify(user, organisation),
        "manages": manages,
        "brokers": by_grade(organisation) if roster_rules.keeps_one(organisation) else [],
        "reads_roster": roster_rules.reads(user, organisation),
        "may_offer": may_offer,
        "mandate": mandates.filter(broker__in=user.organisations_with("mandate.act")).first() if may_offer else None,
        "may_freeze": rules.can_freeze(user, organisation),
        "sees_credential": rules.sees_credential(user, organisation),
        "invite_form": InviteForm(kind=organisation.kind) if manages else None,
        "invitations": organisation.invitations.visible_to(user).open().order_by("-sent_at") if manages else [],
        "history": history(organisation, kind="organisation", show_people=True) if manages else [],
    }
    return render(request, "matchmaking/accounts/organisation_detail.html", context)


@require_POST
@access(SIGNED_IN)
def switch_organisation(request: HttpRequest) -> HttpResponse:
    """Choose the membership the pages are seen from. Rights never depend on it."""
    chosen = request.POST.get("membership", "")
    for held in request.user.active_memberships:
        if str(held.pk) == chosen:
            request.session[SESSION_KEY] = held.pk
    return redirect(page_to_return_to(request))


@require_http_methods(["GET", "HEAD", "POST"])
@access(SIGNED_IN)
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your account has been saved."))
        response = redirect("accounts:profile")
        remember(response, form.cleaned_data["language"])
        return response
    status = 422 if form.is_bound else 200
    lapsed = list(Membership.objects.lapsed().filter(user=request.user.pk).select_related("organisation", "user"))
    context = {
        "form": form,
        "memberships": [*request.user.active_memberships, *lapsed],
        "lapsed": lapsed,
        "applications": applications_of(request.user),
        "second_factor": has_second_factor(request.user),
        "needs_second_factor": needs_second_factor(request.user),
        "may_apply": rules.can_apply(request.user),
    }
    return render(request, "matchmaking/accounts/profile.html", context, status=status)


@require_POST
@access(PUBLIC)
def demo_sign_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign in as a fictional person with one click; exists only on an embedded instance."""
    if not (settings.EMBEDDED and settings.SAMPLE_SIGN_IN):
        raise Http404
    person = get_object_or_404(User.objects.filter(is_sample=True, is_active=True), pk=pk)
    login(request, person, backend=BACKEND)
    UserSession.objects.create_from_request(request)
    return redirect("portal:home")
