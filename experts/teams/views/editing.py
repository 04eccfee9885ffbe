"""The pages of the lead and his unit, and of a member who leaves."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from experts.models import Team
from experts.teams import rules
from experts.teams.enums import TeamState
from experts.teams.forms import TeamForm, TeamSheet
from experts.teams.presenting import laid_out, rail_of
from experts.teams.services import (
    Incomplete,
    create_team,
    dissolve_team,
    reopen_team,
    revise_team,
    step_out,
    submit_team,
    update_team,
)
from experts.teams.views.lists import KEEPERS
from experts.teams.views.loading import deciding, latest_steps, load, need
from matchmaking.common.access import SIGNED_IN, access
from matchmaking.common.deciding import version_of
from matchmaking.common.workflow import StaleState
from matchmaking.intake.autosave import autosaved
from matchmaking.intake.filed import change_notes
from matchmaking.intake.once import once
from matchmaking.intake.selectors import last_return, open_notes, returned_change
from matchmaking.intake.services import changes
from matchmaking.intake.versions import Unchanged
from matchmaking.intake.views.revising import revised
from matchmaking.programmes.selectors import current_programmes

PAGE = ["GET", "HEAD", "POST"]


@require_http_methods(PAGE)
@access(*KEEPERS)
@once
@autosaved
def team_create(request: HttpRequest) -> HttpResponse:
    """A new team, led by an expert of the unit or by the person himself."""
    leads = rules.possible_leads(request.user)
    if not leads.exists():
        raise PermissionDenied
    if request.method != "POST":
        only = leads.first() if leads.count() == 1 else None
        return _form(request, _sheet(request, initial={"programme": current_programmes().first(), "lead": only}))
    return _save(request, _sheet(request, posted=True), None)


@require_http_methods(PAGE)
@access(SIGNED_IN)
@deciding
@autosaved
def team_edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Change a team; of one in the pool, what the programme checks waits for the region."""
    team = load(request, uuid)
    revising = rules.can_revise(request.user, team)
    need(revising or rules.can_edit(request.user, team))
    if request.method != "POST":
        return _form(request, _sheet(request, team, initial=_waiting(team) if revising else {}), team)
    sheet = _sheet(request, team, posted=True)
    return _revise(request, sheet, team) if revising else _save(request, sheet, team)


def _waiting(team: Team) -> dict[str, Any]:
    """The fields of a change of a team in the pool that wait for a check, as the form shows them."""
    change = changes.open_change(team, rules.KIND)
    return {name: value for name, value in change.content.items() if name in TeamForm.base_fields} if change else {}


def _sheet(request: HttpRequest, team: Team | None = None, *, posted: bool = False, **more: object) -> TeamSheet:
    return TeamSheet(
        request.POST if posted else None,
        leads=rules.possible_leads(request.user),
        experts=rules.possible_members(request.user),
        team=team,
        **more,  # type: ignore[arg-type]
    )


def _save(request: HttpRequest, sheet: TeamSheet, team: Team | None) -> HttpResponse:
    """Save the sheet, and hand the team in when that button was pressed: both or neither."""
    handing_in = request.POST.get("do") == "submit"
    if not sheet.is_valid(strict=handing_in):
        return _form(request, sheet, team, status=422)
    try:
        with transaction.atomic():
            saved = _write(request, sheet, team)
            if handing_in:
                submit_team(by=request.user, team=saved)
    except Incomplete as refusal:
        sheet.add_errors(refusal.fields)
        return _form(request, sheet, team, status=422)
    except Unchanged as refusal:
        sheet.form.add_error(None, str(refusal.message))
        return _form(request, sheet, team, status=422)
    except StaleState:
        if team is None:
            raise
        return _conflict(request, team)
    kept = _("The team has been saved.") if saved.state == TeamState.IN_POOL else _("The draft has been saved.")
    messages.success(request, _("The team has been handed in.") if handing_in else kept)
    return redirect(saved)


def _revise(request: HttpRequest, sheet: TeamSheet, team: Team) -> HttpResponse:
    """Change a team in the pool: what the programme checks waits, the rest is live at once."""
    if not sheet.is_valid():
        return _form(request, sheet, team, status=422)
    values = dict(sheet.form.cleaned_data)
    version, lead = values.pop("version", None) or 0, values.pop("lead", None)
    try:
        came = revise_team(by=request.user, team=team, version=version, data=values, lead=lead,
                           units=sheet.organisations(), members=sheet.chosen())  # fmt: skip
    except Incomplete as refusal:
        sheet.add_errors(refusal.fields)
        return _form(request, sheet, team, status=422)
    except StaleState:
        return _conflict(request, team)
    return revised(request, came)


def _write(request: HttpRequest, sheet: TeamSheet, team: Team | None) -> Team:
    values = dict(sheet.form.cleaned_data)
    version, lead = values.pop("version", None) or 0, values.pop("lead", None)
    units, members = sheet.organisations(), sheet.chosen()
    if team is None:
        return create_team(by=request.user, lead=lead, programme=values.pop("programme"), data=values, units=units,
                           members=members)  # fmt: skip
    return update_team(by=request.user, team=team, version=version, data=values, lead=lead, units=units,
                       members=members)  # fmt: skip


def _conflict(request: HttpRequest, team: Team) -> HttpResponse:
    """Show the form again with the person's own text; saving once more then writes over the newer version."""
    team = load(request, team.uuid)
    kept = request.POST.copy()
    kept["version"] = str(team.version)
    sheet = TeamSheet(kept, leads=rules.possible_leads(request.user), experts=rules.possible_members(request.user),
                      team=team)  # fmt: skip
    sheet.is_valid()
    return _form(request, sheet, team, status=409, conflict=True)


def _form(
    request: HttpRequest, sheet: TeamSheet, team: Team | None = None, *, status: int = 200, conflict: bool = False
) -> HttpResponse:
    returned = team is not None and team.state == TeamState.RETURNED
    revising = team is not None and rules.can_revise(request.user, team)
    if team and revising:
        notes = change_notes(team, rules.KIND)
    else:
        notes = open_notes(team, rules.KIND) if team and returned else {}
    context = {
        "form": sheet.form,
        "members": sheet.members,
        "units": sheet.units,
        "team": team,
        "steps": laid_out(sheet, notes, checked_in=team.programme if team and revising else None),
        "rail": rail_of(sheet, notes),
        "draft_key": f"{rules.KIND}:{team.uuid if team else 'new'}",
        "revising": revising,
        "returned_change": returned_change(team, rules.KIND) if team and revising else None,
        "sent_back": last_return(team, rules.KIND) if returned else None,
        "cancel": team.get_absolute_url() if team else reverse("teams:team_mine"),
        "conflict": latest_steps(request, team) if conflict and team else [],
    }
    return render(request, "teams/team_form.html", context, status=status)


@require_POST
@access(SIGNED_IN)
@deciding
def team_submit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Hand the stored text in; when something is missing, the page says what."""
    team = load(request, uuid)
    try:
        submit_team(by=request.user, team=team, version=version_of(request))
    except Unchanged as refusal:
        messages.error(request, str(refusal.message))
    except Incomplete:
        messages.error(request, _("Some things are missing before the team can be handed in; they are listed here."))
    else:
        messages.success(request, _("The team has been handed in."))
    return redirect(team)


@require_POST
@access(SIGNED_IN)
@deciding
def team_reopen(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Make a draft of the team again."""
    team = load(request, uuid)
    reopen_team(by=request.user, team=team, version=version_of(request))
    messages.success(request, _("The team is a draft again."))
    return redirect("teams:team_edit", team.uuid)


@require_POST
@access(SIGNED_IN)
@deciding
def team_dissolve(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Dissolve the team."""
    team = load(request, uuid)
    dissolve_team(by=request.user, team=team, version=version_of(request))
    messages.success(request, _("The team is dissolved."))
    return redirect("teams:team_mine") if request.user.can("expert.nominate") else redirect(team)


@require_POST
@access(SIGNED_IN)
@deciding
def team_step_out(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Leave a team as its member."""
    team = load(request, uuid)
    step_out(by=request.user, team=team)
    messages.success(request, _("You have left the team. Nobody sees you in it any more."))
    return redirect("teams:team_list")
