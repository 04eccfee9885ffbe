"""Search “like this”: a whole text, or a record, against one pool."""

import hashlib
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from matchmaking.common.access import PUBLIC, access
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pace import Pace, asker_of
from matchmaking.finding.forms import LikeForm
from matchmaking.finding.liking import first_kind, ranked, source_of
from matchmaking.matching.likeness import CHOSEN_ONLY, WHOLE

pace = Pace()


@require_http_methods(["GET", "HEAD", "POST"])
@access(PUBLIC)
@never_cache
def like_this(request: HttpRequest) -> HttpResponse:
    """The form, filled with the text of a record if the address names one, and what is like it.

    The text is posted, so that it stands in no address and no log; it is compared and forgotten. Whoever compares many
    texts in a minute is asked to wait (429).
    """
    named = request.POST.get("like", "") if request.method == "POST" else request.GET.get("like", "")
    source = source_of(request.user, named) if named else None
    if request.method != "POST" and named and source is None:
        raise Http404
    start = {"text": source.text if source else "", "kind": first_kind(request.user, source), "like": named}
    form = LikeForm(request.POST if request.method == "POST" else None, initial=start)
    context: dict[str, Any] = {"form": form, "source": source, "likeness": None, "shown": []}
    status, wait = (422 if form.is_bound and form.errors else 200), 0
    if form.is_valid():
        asker, asked = asker_of(request), form.cleaned_data
        if wait := pace.take(asker, _most(request), _digest(asked)):
            status = 429
        else:
            likeness, shown = ranked(request.user, asked["kind"], asked["text"], but=source.number if source else "")
            context |= {"likeness": likeness, "shown": shown, "kind": asked["kind"]}
            if likeness.state in (WHOLE, CHOSEN_ONLY):  # a page that asks again for the rest asks once
                pace.answered(asker)
    response = page_or_fragment(request, "matchmaking/finding/like.html", "matchmaking/finding/_like_results.html",
                                context | {"wait": wait}, status=status)  # fmt: skip
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _digest(asked: dict[str, Any]) -> str:
    """What is asked, without its words being kept."""
    return hashlib.sha256(f"{asked['kind']} {asked['text']}".encode()).hexdigest()


def _most(request: HttpRequest) -> int:
    return settings.TEXTS_A_MINUTE_SIGNED_IN if request.user.is_authenticated else settings.TEXTS_A_MINUTE
