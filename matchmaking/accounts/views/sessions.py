"""Ending one of the own sessions; the list is a page of allauth."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from matchmaking.accounts.sign_in.sessions import end_session
from matchmaking.common.access import SIGNED_IN, access


@require_POST
@access(SIGNED_IN)
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    if not end_session(by=request.user, pk=pk):
        raise Http404
    messages.success(request, _("That session has been ended."))
    return redirect("usersessions_list")
