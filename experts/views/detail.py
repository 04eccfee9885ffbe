"""The page of one expert, as far as its reader may read it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from experts import rules, selectors
from experts.completeness import missing_of
from experts.duplicates import selectors as same
from experts.enums import ExpertState
from experts.models import Expert
from experts.presenting import label_of
from experts.views.loading import load
from matchmaking.accounts.privacy.ledger import note_page
from matchmaking.activity.selectors import history
from matchmaking.common.access import PUBLIC, access
from matchmaking.intake.filed import review_panel
from matchmaking.intake.panels import panel


@require_safe
@access(PUBLIC)
def expert_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The public row for all who see it; the file for the person, the unit and the officers of the region."""
    expert = load(request, uuid)
    user = request.user
    note_page(viewer=user, kind=selectors.KIND, record=expert, subjects=[expert.body.user_id])
    file_open = rules.sees_file(user, expert)
    context = {
        "expert": expert,
        "may": selectors.actions(user, expert),
        "is_person": rules.is_person(user, expert),
        "sees_contact": rules.sees_contact(user, expert),
        "may_ask_removal": expert.state == ExpertState.IN_POOL and not rules.is_person(user, expert),
        "file_open": file_open,
        "files": panel(user, selectors.KIND, expert, editing=True) if file_open else None,
        "lineage": same.lineage(user, expert),
        "questions": same.questions(user, expert),
        "review": review_panel(user, expert, selectors.KIND) if file_open else None,
        "gaps": [label_of(name) for name in _gaps(expert)] if file_open else [],
        "conflicts": list(expert.conflicts.select_related("organisation")) if file_open else [],
        "decisions": selectors.decisions(expert) if file_open else [],
        "history": history(expert, kind=selectors.KIND, show_people=True) if file_open else [],
        "matches_url": _matches_url(expert) if rules.sees_matches(user, expert) else "",
    }
    return render(request, "experts/expert_detail.html", context)


def _gaps(expert: Expert) -> list[str]:
    """What an uploaded nomination lacks before the person can be asked."""
    return list(missing_of(expert, expert.body)) if expert.state == ExpertState.NOMINATED else []


def _matches_url(expert: Expert) -> str:
    """A page of the app above, found by name: this floor does not import it."""
    try:
        return reverse("matching:expert_matches", args=[expert.uuid])
    except NoReverseMatch:
        return ""
