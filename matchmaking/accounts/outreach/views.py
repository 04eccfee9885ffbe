"""The lists of a support body, and the link in the mail to an enterprise."""

from uuid import UUID

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from matchmaking.accounts.outreach.forms import ListForm
from matchmaking.accounts.outreach.models import InvitationList
from matchmaking.accounts.outreach.services import hand_in_list, open_row
from matchmaking.common.access import PUBLIC, access
from matchmaking.common.pagination import paginate
from matchmaking.jobs.selectors import progress_of

SESSION_KEY = "outreach"  # name and credit code of the invited enterprise, for the form of its application


@require_http_methods(["GET", "HEAD", "POST"])
@access("enterprise.invite")
def outreach_list(request: HttpRequest) -> HttpResponse:
    """Hand a list in, and see the earlier ones."""
    form = ListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        organisation = request.user.organisations_with("enterprise.invite")[0]
        made = hand_in_list(by=request.user, organisation=organisation, rows=form.cleaned_data["rows"])
        messages.success(request, _("The list is taken; the invitations are being sent."))
        return redirect("accounts:outreach_detail", made.uuid)
    lists = InvitationList.objects.visible_to(request.user).with_counts().order_by("-made_at", "-pk")
    context = {"form": form, "page": paginate(request, lists)}
    return render(request, "matchmaking/accounts/outreach_list.html", context, status=422 if form.is_bound else 200)


@require_safe
@access("enterprise.invite")
def outreach_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What became of a list: sent, opened, come."""
    seen = InvitationList.objects.visible_to(request.user).select_related("organisation", "job")
    made = get_object_or_404(seen, uuid=uuid)
    rows = made.rows.visible_to(request.user).with_arrival().order_by("number")
    figures = [
        (_("Invited"), rows.count()),
        (_("Sent"), rows.exclude(sent_at=None).count()),
        (_("Opened"), rows.exclude(opened_at=None).count()),
        (_("Registered"), rows.filter(came=True).count()),
    ]
    progress = progress_of(made.job, request.user) if made.job and made.job.is_open else None
    context = {"list": made, "page": paginate(request, rows), "figures": figures, "progress": progress}
    return render(request, "matchmaking/accounts/outreach_detail.html", context)


@require_safe
@never_cache
@access(PUBLIC)
def outreach_open(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail: to the account, and from there to the application with name and code filled in."""
    row = open_row(token=token)
    if row is None:
        return render(request, "matchmaking/accounts/invitation_over.html", status=404)
    request.session[SESSION_KEY] = {"kind": "enterprise", "name": row.name, "uscc": row.uscc}
    apply = reverse("accounts:organisation_create")
    if request.user.is_authenticated:
        return redirect(apply)
    get_adapter().stash_verified_email(request, row.email)
    return redirect(f"{reverse('account_signup')}?next={apply}")
