"""The officer's queue: proposed matches with their reasons; release or drop, one or many at once."""

from functools import cache
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from matchmaking.accounts.models import User
from matchmaking.common.access import access
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate
from matchmaking.matching import warming, whatif
from matchmaking.matching.closed import closed_pairs
from matchmaking.matching.filters import ReviewFilter
from matchmaking.matching.forms import DropForm
from matchmaking.matching.models import Match
from matchmaking.matching.presenting import brief_of, shown_targets
from matchmaking.matching.selectors import log_exposure, review_queue, shown_needs, with_records
from matchmaking.matching.services.attention import AttentionSpent
from matchmaking.matching.services.reserves import ReserveRefused, release_with_reserve
from matchmaking.matching.services.review import (
    ClosedText,
    NotAllowed,
    drop_match,
    drop_matches,
    release_matches,
    restore_match,
)
from matchmaking.matching.views.asking import ticked_for_reserve
from matchmaking.matching.views.common import conflict_guard, queue_around, queue_asked, say_closed, say_released
from matchmaking.matching.views.matches import detail_context


@require_safe
@access("match.review")
def queue(request: HttpRequest) -> HttpResponse:
    warming.begin()
    waiting = with_records(review_queue(request.user), sides=False)
    filtered = ReviewFilter(request.GET, queryset=waiting, request=request)
    page = paginate(request, filtered.qs)
    needs = shown_needs(page.object_list, request.user)
    closed = closed_pairs(page.object_list)
    targets = shown_targets(page.object_list, request.user)
    line_of = cache(whatif.line_of)
    rows = [
        {
            "match": match,
            "need": needs[match.need_id],
            "target": targets[match.pk],
            "closed": closed.get(match.pk),
            "lines": brief_of(match, needs[match.need_id], targets[match.pk], line_of),
        }
        for match in page.object_list
    ]
    log_exposure(page.object_list, request.user, first=page.start_index())
    context = {"page": page, "rows": rows, "filter": filtered, "drop_form": DropForm(prefix="drop")}
    context["asked"] = queue_asked(request)
    return page_or_fragment(
        request, "matchmaking/matching/review_queue.html", "matchmaking/matching/_review_rows.html", context
    )


@require_POST
@access("match.review")
def decide_many(request: HttpRequest) -> HttpResponse:
    """Release or drop the ticked matches; those somebody else has decided meanwhile are named, not hidden."""
    chosen = _chosen(request)
    back = redirect("matching:review_queue")
    if not chosen:
        messages.warning(request, _("Tick at least one match first."))
        return back
    if request.POST.get("do") == "release":
        done, moved, closed = release_matches(by=request.user, matches=chosen)
        say_released(request, len(done))
        say_closed(request, closed)
    else:
        form = DropForm(request.POST, prefix="drop")
        if not form.is_valid():
            messages.error(request, _("Nothing was dropped: please choose a reason."))
            return back
        done, moved = drop_matches(by=request.user, matches=chosen, **form.cleaned_data)
        if done:
            said = ngettext("%(n)s match dropped.", "%(n)s matches dropped.", len(done))
            messages.success(request, said % {"n": len(done)})
    if moved:
        messages.warning(
            request,
            _("Somebody else has decided meanwhile on: %(which)s.")
            % {"which": "、".join(match.need.public_no for match in moved)},
        )
    return back


def _chosen(request: HttpRequest) -> list[Match]:
    asked = [text for text in request.POST.getlist("pk") if text.isascii() and text.isdigit()][:200]
    keys = [int(text) for text in asked if len(text) < 18]
    return list(with_records(review_queue(request.user).filter(pk__in=keys)))


@require_POST
@access("match.review")
def release(request: HttpRequest, uuid: Any) -> HttpResponse:
    match = _match(request.user, uuid)
    next_url = queue_around(request, match)["next_url"]
    knows = request.POST.get("though") == "closed"
    seen = request.POST.get("seen")  # only where the page showed the reserve
    ticked = ticked_for_reserve(request, match.need) if seen is not None else None
    with conflict_guard(request, match, refused=NotAllowed) as guard:
        try:
            release_with_reserve(by=request.user, match=match, reserve=ticked, seen=seen, though_closed=knows)
        except (ClosedText, AttentionSpent, ReserveRefused) as refusal:
            messages.warning(request, _("Not released yet: %(why)s") % {"why": refusal.message})
            return redirect(match.get_absolute_url() + queue_asked(request))
        said = _("Released {match}: both sides have been told and their clocks run.")
        messages.success(request, format_html(said, match=_link(match)))
    return guard.response or redirect(next_url or match)


@require_POST
@access("match.review")
def drop(request: HttpRequest, uuid: Any) -> HttpResponse:
    match = _match(request.user, uuid)
    form = DropForm(request.POST, prefix="drop")
    if not form.is_valid():
        context = detail_context(request, match, drop_form=form)
        return render(request, "matchmaking/matching/match_detail.html", context, status=422)
    next_url = queue_around(request, match)["next_url"]
    with conflict_guard(request, match, refused=NotAllowed) as guard:
        drop_match(by=request.user, match=match, **form.cleaned_data)
        said = _("Dropped {match}. It can be restored from its page.")
        messages.success(request, format_html(said, match=_link(match)))
    return guard.response or redirect(next_url or reverse("matching:review_queue"))


@require_POST
@access("match.review")
def restore(request: HttpRequest, uuid: Any) -> HttpResponse:
    match = _match(request.user, uuid)
    with conflict_guard(request, match, refused=NotAllowed) as guard:
        restore_match(by=request.user, match=match)
        messages.success(request, _("Restored to the queue."))
    return guard.response or redirect(match)


def _link(match: Match) -> SafeString:
    return format_html(
        '<a href="{}">{} × {}</a>', match.get_absolute_url(), match.need.public_no, match.target.public_no
    )


def _match(user: User, uuid: Any) -> Match:
    return get_object_or_404(with_records(Match.objects.visible_to(user)), uuid=uuid)
