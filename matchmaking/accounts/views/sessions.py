"""Ending sessions: one of the own (their list is a page of allauth), or all of somebody else's."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from matchmaking.accounts.filters import PersonFilter
from matchmaking.accounts.forms import EndSessionsForm
from matchmaking.accounts.sign_in.sessions import EndReason, end_session, end_sessions_of, signed_in_people
from matchmaking.common.access import SIGNED_IN, access
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate


@require_POST
@access(SIGNED_IN)
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    if not end_session(by=request.user, pk=pk):
        raise Http404
    messages.success(request, _("That session has been ended."))
    return redirect("usersessions_list")


@require_safe
@access("session.end")
def signed_in_list(request: HttpRequest) -> HttpResponse:
    """Who is signed in now, for the administrator of security."""
    filtered = PersonFilter(request.GET, queryset=signed_in_people(by=request.user))
    context = {"filter": filtered, "page": paginate(request, filtered.qs)}
    return page_or_fragment(
        request, "matchmaking/accounts/signed_in_list.html", "matchmaking/accounts/_signed_in_table.html", context
    )


@require_http_methods(["GET", "HEAD", "POST"])
@access("session.end")
def person_sign_out(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """End all sessions and tokens of somebody else, after one more question."""
    person = get_object_or_404(signed_in_people(by=request.user), uuid=uuid)
    form = EndSessionsForm(request.POST or None)
    if form.is_valid():
        ended = end_sessions_of(by=request.user, person=person, reason=EndReason(form.cleaned_data["reason"]))
        words = ngettext("%(count)d session has been ended.", "%(count)d sessions have been ended.", ended)
        messages.success(request, words % {"count": ended})
        return redirect("accounts:signed_in_list")
    status = 422 if form.is_bound else 200
    context = {"person": person, "form": form}
    return render(request, "matchmaking/accounts/person_sign_out.html", context, status=status)
