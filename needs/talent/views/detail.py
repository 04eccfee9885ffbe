"""The page of one talent post, as far as its reader may read it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from matchmaking.activity.selectors import history
from matchmaking.common.access import PUBLIC, access
from matchmaking.intake.filed import review_panel, sent_back
from matchmaking.intake.panels import panel
from needs.talent import rules, selectors
from needs.talent.sections import decisions, listed
from needs.talent.views.loading import load


@require_safe
@access(PUBLIC)
def talent_post_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Name and public data for all; duties and conditions for readers; the file for owner, park and officers."""
    post = load(request, uuid)
    [view] = selectors.shown(request.user, [post], bodies=True)
    may = selectors.actions(request.user, post)
    steps = decisions(post) if view.file_open else []
    own = request.user.organisation_ids if request.user.is_authenticated else []
    context = {
        "post": post,
        "view": view,
        "may": {name: name in may for name in selectors.ACTIONS},
        "owner_side": view.body is not None and view.body.owner_id in own,
        "problems": listed(selectors.problems_of(view)) if "submit" in may else [],
        "notes": steps,
        "sent_back": sent_back(steps),
        "review": review_panel(request.user, post, rules.KIND) if view.file_open else None,
        "history": history(post, kind=rules.KIND, show_people=True) if view.file_open else [],
        "files": panel(request.user, rules.KIND, post, revising="edit" in may and post.state in rules.REVISABLE),
        "invited": selectors.invited(post) if view.file_open else [],
    }
    return render(request, "talent/talent_post_detail.html", context)
