"""Who is asked: a request handed to a colleague, and the reserve of a need."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from matchmaking.common.access import access
from matchmaking.common.deciding import conflict
from matchmaking.common.workflow import StaleState
from matchmaking.matching import rules
from matchmaking.matching.enums import MatchState, Side
from matchmaking.matching.forms import HandOnForm
from matchmaking.matching.models import Match
from matchmaking.matching.selectors import proposed_beside, with_records
from matchmaking.matching.services.handing import colleagues, hand_on
from matchmaking.matching.services.reserves import ReserveRefused, approve_reserve, mark_of
from matchmaking.matching.services.review import NotAllowed
from matchmaking.matching.views.asked import reserve_choices
from matchmaking.matching.views.common import conflict_guard
from needs.models import TechNeed

MOST_TICKS = 20


@require_POST
@access("match.answer_provider")
def hand_on_request(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Hand a request to a colleague of the unit; its clock runs on."""
    match = get_object_or_404(with_records(Match.objects.visible_to(request.user)), uuid=uuid)
    if match.state != MatchState.RELEASED or rules.speaks_for(request.user, match) != Side.PROVIDER:
        raise PermissionDenied
    people = {one.pk: one for one in colleagues(match, request.user)}
    form = HandOnForm(request.POST, people=people.values(), prefix="hand")
    if not form.is_valid():
        messages.error(request, _("Nothing was handed on: please choose a colleague."))
        return redirect(match)
    with conflict_guard(request, match, refused=NotAllowed) as guard:
        to = people[form.cleaned_data["to"]]
        hand_on(by=request.user, match=match, to=to)
        messages.success(request, _("Handed to %(name)s. The answer is due by the same day.") % {"name": to})
    return guard.response or redirect(match)


@require_http_methods(["GET", "HEAD", "POST"])
@access("match.review")
def reserve(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Who moves up by himself when an answer to this need fails."""
    need = get_object_or_404(TechNeed.objects.visible_to(request.user).matched(), uuid=uuid)
    if not rules.decides_on(request.user, need):
        raise Http404
    refused = ""
    if request.method == "POST":
        ticked = ticked_for_reserve(request, need)
        try:
            count = approve_reserve(by=request.user, need=need, matches=ticked, seen=request.POST.get("seen", ""))
        except StaleState:
            return conflict(request, back_url=request.path)
        except ReserveRefused as refusal:
            refused = str(refusal.message)
        else:
            said = ngettext("%(n)s candidate waits in the reserve.", "%(n)s candidates wait in the reserve.", count)
            messages.success(request, said % {"n": count} if count else _("The reserve is empty."))
            return redirect(need)
    context = {"need": need, "reserve": reserve_choices(need, request.user), "refused": refused,
               "places": settings.RESERVE_PLACES, "seen": mark_of(need)}  # fmt: skip
    status = 422 if refused else 200
    return render(request, "matchmaking/matching/need_reserve.html", context, status=status)


def ticked_for_reserve(request: HttpRequest, need: TechNeed) -> list[Match]:
    """The proposals of the need that were ticked, in the order in which the page showed them."""
    ticked = request.POST.getlist("reserve")[:MOST_TICKS]
    found = {str(one.uuid): one for one in proposed_beside(need, request.user)}
    return [found[uuid] for uuid in dict.fromkeys(ticked) if uuid in found]
