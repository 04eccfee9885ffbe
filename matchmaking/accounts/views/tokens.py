"""The person's access to the API: make a token, see it once, revoke it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from matchmaking.accounts.tokens import TooManyTokens, create_token, revoke_token, tokens_of
from matchmaking.common.access import SIGNED_IN, access


@require_http_methods(["GET", "HEAD", "POST"])
@access(SIGNED_IN)
def token_list(request: HttpRequest) -> HttpResponse:
    """The tokens of the person; a POST makes one. Its text stands on the answer to that POST and nowhere else."""
    text = ""
    if request.method == "POST":
        try:
            _token, text = create_token(by=request.user)
        except TooManyTokens as refusal:
            messages.error(request, str(refusal.message))
    context = {"tokens": tokens_of(request.user), "text": text}
    return render(request, "matchmaking/accounts/token_list.html", context)


@require_POST
@access(SIGNED_IN)
def token_revoke(request: HttpRequest, key: str) -> HttpResponse:
    """End an own token. One of another person is answered like one that is not there."""
    if not revoke_token(by=request.user, token_key=key):
        raise Http404
    messages.success(request, _("The token has been revoked."))
    return redirect("accounts:token_list")
