"""The pages of the officers: the queue and the decision."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from experts.models import Team
from experts.teams import rules, selectors
from experts.teams.enums import TeamState
from experts.teams.filters import TeamQueueFilter
from experts.teams.presenting import NOTED, as_read, decisions
from experts.teams.services import Incomplete, admit_team, refuse_team, return_team
from experts.teams.views.loading import deciding, load, need
from matchmaking.common.access import access
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate
from matchmaking.common.workflow import StaleState
from matchmaking.intake import queues, reviewed
from matchmaking.intake.comparing import since_return
from matchmaking.intake.deciding import DecisionForm
from matchmaking.intake.filed import standing


@require_safe
@access(rules.CAPABILITY)
def team_review(request: HttpRequest) -> HttpResponse:
    """The desk in groups: what waits, is overdue, came back; by due day."""
    how, choice = reviewed.find(rules.KIND), queues.Choice.of(request.GET)
    found = TeamQueueFilter(request.GET, queryset=queues.rows(how, request.user, choice))
    context = {
        "filter": found,
        "page": paginate(request, found.qs),
        "group": choice.group,
        "groups": queues.tabs(how, request.user, choice),
    }
    return page_or_fragment(request, "teams/team_review.html", "teams/_review_queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access(rules.CAPABILITY)
@deciding
def team_decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One team with a place for a note at every field: admit, return or refuse."""
    team = load(request, uuid)
    need(rules.reviewer(request.user, team) is not None and team.state != TeamState.DRAFT)
    if team.state != TeamState.SUBMITTED:
        raise StaleState(team.public_no)
    form = DecisionForm(request.POST or None, noted=NOTED, initial={"version": team.version})
    if form.is_valid():
        try:
            said = _decide(request, team, form)
        except Incomplete as refusal:
            for sentence in refusal.fields.values():
                form.add_error(None, sentence)
        else:
            messages.success(request, said)
            return redirect("teams:team_review")
    members = selectors.shown_members(request.user, team)
    context = {"team": team, "form": form, "lines": as_read(team, members, form), "decisions": decisions(team),
               "standing": standing(team, rules.KIND),
               "since": since_return(request.user, team, rules.KIND, "region")}  # fmt: skip
    return render(request, "teams/team_decide.html", context, status=422 if form.is_bound else 200)


def _decide(request: HttpRequest, team: Team, form: DecisionForm) -> str:
    """Make the one call that the decision means, and return what to tell the person."""
    seen: dict[str, Any] = {"by": request.user, "team": team, "version": form.cleaned_data["version"]}
    decision = form.cleaned_data["decision"]
    if decision == DecisionForm.PASS:
        admit_team(**seen)
        return _("The team is in the pool.")
    if decision == DecisionForm.REJECT:
        refuse_team(**seen, reason=form.cleaned_data["reason"], reasons=form.cleaned_data["reasons"])
        return _("The team has been refused.")
    return_team(**seen, **form.refusal())
    return _("The team has been returned for correction.")
