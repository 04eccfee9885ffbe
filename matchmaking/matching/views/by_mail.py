"""The page behind the link in a mail: answer a request on the phone, without signing in.

Programs that look through mail open links: reading the page changes nothing, and it shows no more than a visitor of
the pools may read.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from matchmaking.common.access import PUBLIC, access
from matchmaking.common.pace import Pace, asker_of
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.matching.forms import AnswerForm
from matchmaking.matching.presenting import open_targets
from matchmaking.matching.selectors import shown_needs
from matchmaking.matching.services.answers import AnswerIncomplete
from matchmaking.matching.services.mail_links import Asked, LinkOver, LinkUsed, answer_by_link, read_link
from matchmaking.matching.services.review import NotAllowed, NotInPool, match_no

LATER_DAYS = 14  # what “later” proposes
pace = Pace()


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@access(PUBLIC)
def answer_by_mail(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is asked, and take the answer. A link that was used says what was answered (410); any other that does
    not work is answered alike (404), whether somebody made it up or its time is over."""
    try:
        response = _page(request, token)
    except LinkUsed as used:
        context = _head(used.asked) | {"side": used.asked.side, "before": True}
        response = render(request, "matchmaking/matching/by_mail_done.html", context, status=410)
    except (LinkOver, NotAllowed, NotInPool, StaleState, IllegalMove):
        wait = pace.take(asker_of(request), settings.BAD_LINKS_A_MINUTE)
        response = render(request, "matchmaking/matching/by_mail_over.html", status=429 if wait else 404)
        if wait:
            response["Retry-After"] = str(wait)
    # The address is a key: no request tells it to another place. “no-referrer” would take the origin from the POST, by
    # which the protection against forged requests knows it; our own log keeps no referrers.
    response["Referrer-Policy"] = "same-origin"
    return response


def _page(request: HttpRequest, token: str) -> HttpResponse:
    asked = read_link(token)
    later = timezone.localdate() + timedelta(days=LATER_DAYS)
    form = AnswerForm(request.POST if request.method == "POST" else None, initial={"ask_again_on": later})
    if form.is_valid():
        try:
            done = answer_by_link(token=token, **form.cleaned_data)
        except AnswerIncomplete as error:
            form.add_error(error.field, error.message)
        else:
            context = _head(done) | {"side": done.side, "before": False}
            return render(request, "matchmaking/matching/by_mail_done.html", context)
    context = (
        _head(asked) | _shown(asked) | {"form": form, "side": asked.side, "chosen": request.POST.get("answer", "")}
    )
    return render(request, "matchmaking/matching/by_mail.html", context, status=422 if form.is_bound else 200)


def _head(asked: Asked) -> dict[str, Any]:
    return {"match": asked.match, "match_no": match_no(asked.match)}


def _shown(asked: Asked) -> dict[str, Any]:
    """The pair as a visitor reads it, whoever is signed in here: the mail may have been handed on."""
    visitor: Any = AnonymousUser()
    match = asked.match
    need = shown_needs([match], visitor)[match.need_id]
    target = open_targets([match], visitor)[match.target_kind, match.target.pk]
    return {"need": need, "field": match.need.tech_field if need.title else "", "target": target}
