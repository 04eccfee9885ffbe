"""The officer's pages about records that may have been entered twice: one list for all kinds, one page for a pair."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from matchmaking.activity.selectors import Line
from matchmaking.common import deciding
from matchmaking.common.access import access
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate
from matchmaking.common.tones import state_tone
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.intake.duplicates import selectors
from matchmaking.intake.duplicates.deciding import NotAllowed
from matchmaking.intake.duplicates.enums import PairState
from matchmaking.intake.duplicates.forms import PairForm
from matchmaking.intake.duplicates.kinds import DuplicateKind, kinds_of
from matchmaking.intake.models.duplicates import PairBase

OFFICERS = ("achievement.review", "need.publish", "expert.review")


@require_safe
@access(*OFFICERS)
def pair_list(request: HttpRequest) -> HttpResponse:
    """Pairs of the first kind that the person decides on; the others stand behind their tabs."""
    offered = kinds_of(request.user)
    asked = request.GET.get("kind", "")
    how = next((one for one in offered if one.kind == asked), offered[0])
    group = request.GET.get("group", "")
    group = group if group in PairState.values else PairState.FOUND
    across = request.GET.get("across") == "1"
    counts = selectors.counts_for(how, request.user, across=across)
    page = paginate(request, selectors.pairs_in(how, request.user, group, across=across))
    context = {
        "how": how,
        "group": group,
        "across": across,
        "across_count": selectors.across_count(how, request.user),
        "page": page,
        "rows": selectors.rows(how, page.object_list),
        "searched": selectors.was_searched(how),
        "kinds": [
            {"label": one.name, "url": f"?kind={one.kind}", "active": one is how,
             "count": counts[PairState.FOUND] if one is how else selectors.waiting_count(one, request.user)}
            for one in offered
        ],
        "tabs": [{"label": how.label_of(state), "url": f"?kind={how.kind}&group={state}{'&across=1' * across}",
                  "active": state == group, "count": counts[state]} for state in PairState.values],
    }  # fmt: skip
    return page_or_fragment(
        request, "matchmaking/intake/duplicate_list.html", "matchmaking/intake/_duplicate_list.html", context
    )


@require_http_methods(["GET", "HEAD", "POST"])
@access(*OFFICERS)
def pair_detail(request: HttpRequest, kind: str, uuid: UUID) -> HttpResponse:
    """Both records side by side, field by field, why they may be one, and the decision."""
    how = selectors.kind_or_404(request.user, kind)
    pair = selectors.pair_or_404(how, request.user, uuid)
    sides, choices = how.sides(pair), how.choices(request.user, pair)
    form = PairForm(request.POST or None, pair=pair, fills=how.fills(request.user, pair), choices=choices)
    if form.is_bound:
        if str(pair.version) != request.POST.get("version", str(pair.version)):
            return _decided_meanwhile(request, how, pair)
        if form.is_valid():
            chosen = form.chosen()
            try:
                how.decide(request.user, pair, chosen)
            except (StaleState, IllegalMove):
                pair.refresh_from_db()
                return _decided_meanwhile(request, how, pair)
            except NotAllowed as refusal:
                if not refusal.message:
                    raise PermissionDenied from refusal
                form.add_error(None, refusal.message)
            else:
                done = next(str(one.done) for one in choices if one.value == chosen.value)
                messages.success(request, done)
                return redirect(f"{reverse('duplicates:list')}?kind={kind}")
    lines, alike = how.lines(request.user, pair)
    context = {
        "how": how,
        "pair": pair,
        "state": how.label_of(pair.state),
        "tone": state_tone(pair.state),
        "sides": sides,
        "form": form,
        "lines": lines,
        "alike": alike,
        "choices": choices,
        "hindered": how.hindered(request.user, pair) if choices else (),
        "answers": how.answers(request.user, pair),
        "gone": how.gone(pair),
        "closed": how.closed(pair),
    }
    status = 422 if form.is_bound else 200
    return render(request, "matchmaking/intake/duplicate_detail.html", context, status=status)


def _decided_meanwhile(request: HttpRequest, how: DuplicateKind, pair: PairBase) -> HttpResponse:
    """409 for the officer who came second: what was decided about the pair, by whom and when."""
    steps: list[Line] = []
    if pair.decided_by and pair.decided_at:
        steps = [{"at": pair.decided_at, "verb": "", "title": str(how.label_of(pair.state)),
                  "by": pair.decided_by.full_name, "text": pair.reason}]  # fmt: skip
    page = pair.get_absolute_url()  # type: ignore[attr-defined]  # each kind has its own
    return deciding.conflict(request, back_url=page, steps=steps)
