"""What people say of a match: their grade, a line they dispute, and the officer's list of disputed lines."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from matchmaking.common.access import SIGNED_IN, access
from matchmaking.common.htmx import is_fragment, page_or_fragment
from matchmaking.common.pagination import paginate
from matchmaking.common.workflow import expect_version
from matchmaking.matching import rules
from matchmaking.matching.enums import DisputeState, Strength
from matchmaking.matching.filters import DisputeFilter
from matchmaking.matching.forms import DisputeForm
from matchmaking.matching.models import Dispute, Match
from matchmaking.matching.presenting import explanation, is_strong, shown_targets
from matchmaking.matching.selectors import disputes_in_reach, shown_needs, with_records
from matchmaking.matching.services.labels import (
    AlreadyDecided,
    NotAllowed,
    UnknownLine,
    decide_dispute,
    dispute,
    grade,
)
from matchmaking.matching.views.common import conflict_guard


def _match(request: HttpRequest, uuid: Any) -> Match:
    return get_object_or_404(with_records(Match.objects.visible_to(request.user)), uuid=uuid)


@require_POST
@access(SIGNED_IN)
def grade_match(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Take down a grade; with htmx the four buttons come back, with the grade pressed."""
    match = _match(request, uuid)
    given = request.POST.get("grade", "")
    if given not in {str(value) for value in Strength.values}:
        return HttpResponse(_("Please choose one of the four grades."), status=400)
    try:
        kept = grade(by=request.user, match=match, grade=int(given))
    except NotAllowed as error:
        raise PermissionDenied from error
    if not is_fragment(request):
        messages.success(request, _("Your grade is noted."))
        return redirect(match)
    context = {"match": match, "grade": kept, "grades": Strength.choices}
    return render(request, "matchmaking/matching/_grade.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access(SIGNED_IN)
def dispute_line(request: HttpRequest, uuid: Any, signal: str) -> HttpResponse:
    """Say what is wrong with one line of the explanation that the person sees."""
    match = _match(request, uuid)
    if rules.grades_as(request.user, match) is None:
        raise PermissionDenied
    need = shown_needs([match], request.user)[match.need_id]
    target = shown_targets([match], request.user)[match.pk]
    seen = explanation(match.reasons, match.score, need, target, strong=is_strong(match))["lines"]
    line = next((one for one in seen if one.signal == signal), None)
    if line is None:
        raise Http404
    form = DisputeForm(request.POST or None, prefix=f"dispute-{signal}")
    if request.method == "POST" and form.is_valid():
        try:
            kept = dispute(by=request.user, match=match, signal=signal, **form.cleaned_data)
        except (AlreadyDecided, UnknownLine) as error:
            form.add_error(None, error.message)
        except NotAllowed as error:  # released or closed since the form was opened
            raise PermissionDenied from error
        else:
            if is_fragment(request):
                return render(request, "matchmaking/matching/_dispute.html", {"dispute": kept})
            messages.success(request, _("Noted: the officer will look at it."))
            return redirect(match)
    context = {"match": match, "signal": signal, "line": line, "form": form, "inline": is_fragment(request)}
    page, part = "matchmaking/matching/dispute.html", "matchmaking/matching/_dispute_form.html"
    return page_or_fragment(request, page, part, context, status=422 if form.is_bound else 200)


@require_safe
@access("match.review")
def dispute_list(request: HttpRequest) -> HttpResponse:
    """The disputed lines of the matches an officer decides on."""
    filtered = DisputeFilter(request.GET, queryset=disputes_in_reach(request.user), request=request)
    page = paginate(request, filtered.qs)
    matches = [one.match for one in page.object_list]
    needs, targets = shown_needs(matches, request.user), shown_targets(matches, request.user)
    rows = []
    for one in page.object_list:
        need, target = needs[one.match.need_id], targets[one.match_id]
        seen = explanation([one.reason], one.match.score, need, target, strong=is_strong(one.match),
                           among=one.match.reasons)["lines"]  # fmt: skip
        rows.append({"dispute": one, "need": need, "target": target, "line": seen[0] if seen else None,
                     "is_mine": one.by_id == request.user.pk})  # fmt: skip
    context = {"page": page, "rows": rows, "filter": filtered}
    return page_or_fragment(
        request, "matchmaking/matching/dispute_list.html", "matchmaking/matching/_dispute_rows.html", context
    )


@require_POST
@access("match.review")
def dispute_decide(request: HttpRequest, uuid: Any) -> HttpResponse:
    found = get_object_or_404(Dispute.objects.in_reach_of(request.user).select_related("match__need"), uuid=uuid)
    state, version = request.POST.get("state", ""), request.POST.get("version", "")
    if state not in (DisputeState.NOTED, DisputeState.ACCEPTED) or not version.isdecimal():
        return HttpResponse(_("Please choose what becomes of it."), status=400)
    with conflict_guard(request, found.match, refused=NotAllowed) as guard:
        expect_version(found, int(version))
        decide_dispute(by=request.user, dispute=found, state=state)
        messages.success(request, _("Noted."))
    return guard.response or redirect("matching:dispute_list")
