"""The page of one team, as far as its reader may read it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from experts.models import Expert
from experts.teams import rules, selectors
from experts.teams.completeness import missing_of
from experts.teams.presenting import decisions, label_of
from experts.teams.views.loading import load
from matchmaking.accounts.privacy.ledger import note_page
from matchmaking.activity.selectors import history
from matchmaking.common.access import PUBLIC, access
from matchmaking.intake.filed import review_panel, sent_back
from matchmaking.intake.panels import panel


@require_safe
@access(PUBLIC)
def team_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What the team says of itself for all who see it; its file for the lead, his unit and the officers."""
    team = load(request, uuid)
    user = request.user
    may = selectors.actions(user, team)
    file_open = rules.sees_file(user, team)
    problems = missing_of(team) if may["submit"] else {}
    steps = decisions(team) if file_open else []
    members = selectors.shown_members(user, team)
    lead_seen = Expert.objects.visible_to(user).filter(pk=team.lead_id).exists()
    named = [*([team.lead] if lead_seen else []), *(one.expert for one in members)]
    note_page(viewer=user, kind=rules.KIND, record=team, subjects=[one.body.user_id for one in named])
    context = {
        "team": team,
        "may": may,
        "lead_seen": lead_seen,
        "members": members,
        "units": team.units.order_by("name"),
        "my_part": rules.membership_of(user, team),
        "file_open": file_open,
        "files": panel(user, rules.KIND, team, editing=True) if file_open else None,
        "problems": [{"label": label_of(field), "sentence": text} for field, text in problems.items()],
        "decisions": steps,
        "sent_back": sent_back(steps),
        "review": review_panel(user, team, rules.KIND) if file_open else None,
        "history": history(team, kind=rules.KIND, show_people=True) if file_open else [],
    }
    return render(request, "teams/team_detail.html", context)
