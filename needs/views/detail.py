"""The page of one need, as far as its reader may read it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from matchmaking.activity.selectors import history
from matchmaking.common.access import PUBLIC, access
from matchmaking.intake.filed import review_panel, sent_back
from matchmaking.intake.panels import panel
from needs import rules, selectors
from needs.duplicates.selectors import same_challenge
from needs.sections import decisions, listed
from needs.views.loading import load, upper_url


@require_safe
@access(PUBLIC)
def need_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Title and public data for all; problem and indicators for readers; the file for owner, park and officers."""
    need = load(request, uuid)
    [view] = selectors.shown(request.user, [need], bodies=True)
    may = selectors.actions(request.user, need)
    owner_side = view.body is not None and view.body.owner_id in _organisations(request)
    matches = rules.sees_matches(request.user, need)
    problems = listed(selectors.problems_of(view)) if "submit" in may else []
    rewriting = view.body is not None and rules.can_propose_rewrite(request.user, need)
    steps = decisions(need) if view.file_open else []
    context = {
        "need": need,
        "view": view,
        "may": {name: name in may for name in selectors.ACTIONS},
        "owner_side": owner_side,
        "problems": problems,
        "notes": steps,
        "sent_back": sent_back(steps),
        "review": review_panel(request.user, need, selectors.KIND) if view.file_open else None,
        "history": history(need, kind=selectors.KIND, show_people=True) if view.file_open else [],
        "invited": selectors.invited(need) if view.file_open else [],
        "open_rewrites": selectors.open_sentences(need) if owner_side else 0,
        "clinic_url": upper_url("need_clinic_stored", need.uuid) if rewriting else "",
        "same": same_challenge(request.user, need),
        "files": panel(request.user, selectors.KIND, need, revising="edit" in may and need.state in rules.REVISABLE),
        "matches_url": upper_url("need_matches", need.uuid) if matches else "",
        "progress_url": upper_url("need_progress", need.uuid) if matches else "",
    }
    return render(request, "needs/need_detail.html", context)


def _organisations(request: HttpRequest) -> list[int]:
    return request.user.organisation_ids if request.user.is_authenticated else []
