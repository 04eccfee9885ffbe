"""The page on which people confirm, once a year, who still holds which role."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from matchmaking.accounts.membership import NotAllowed
from matchmaking.accounts.views.organisations import VERIFIERS
from matchmaking.accounts.yearly.selectors import due_for
from matchmaking.accounts.yearly.services import confirm_roles
from matchmaking.common.access import access
from matchmaking.common.pagination import paginate

MANY = 200


@require_http_methods(["GET", "HEAD", "POST"])
@access("organisation.manage", "office.enter", *VERIFIERS)
def role_confirmation(request: HttpRequest) -> HttpResponse:
    """Roles that are due, and the confirmation of those that are ticked."""
    due = due_for(request.user)
    if request.method != "POST":
        return render(request, "matchmaking/accounts/role_confirmation.html", {"page": paginate(request, due)})
    ticked = [int(pk) for pk in request.POST.getlist("pk")[:MANY] if pk.isascii() and pk.isdigit() and len(pk) < 19]
    if not ticked:
        messages.warning(request, _("Nothing was ticked."))
        return redirect("accounts:role_confirmation")
    try:
        done = confirm_roles(by=request.user, memberships=due.filter(pk__in=ticked))
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    if done:
        said = ngettext("%(count)d role is confirmed for a year.", "%(count)d roles are confirmed for a year.", done)
        messages.success(request, said % {"count": done})
    if lost := len(set(ticked)) - done:
        said = ngettext("%(count)d role was left: confirmed or ended by somebody else.",
                        "%(count)d roles were left: confirmed or ended by somebody else.", lost)  # fmt: skip
        messages.warning(request, said % {"count": lost})
    return redirect("accounts:role_confirmation")
