"""Lists of teams: the pool, the own ones, the export, and experts for the field of members."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from experts.models import Team
from experts.teams import exporting, rules, selectors
from experts.teams.filters import OwnTeamFilter, TeamFilter
from experts.teams.pool import list_item
from matchmaking.common.access import PUBLIC, access
from matchmaking.common.exporting import ExportTooLarge
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pools import facets_response, pool_context, pool_page

KEEPERS = ("expert.nominate", "expert.own")


@require_safe
@access(PUBLIC)
def team_list(request: HttpRequest) -> HttpResponse:
    """The teams in the pool, as far as the reader sees them."""
    return _list(request, selectors.pool(request.user), TeamFilter, tab="pool")


@require_safe
@access(*KEEPERS)
def team_mine(request: HttpRequest) -> HttpResponse:
    """The teams the person keeps or takes part in, in every state."""
    return _list(request, selectors.own(request.user), OwnTeamFilter, tab="mine")


def _list(request: HttpRequest, teams: QuerySet[Team], kind: type[TeamFilter], *, tab: str) -> HttpResponse:
    user = request.user
    rows = selectors.for_list(user, teams)
    found = kind(request.GET, queryset=rows)
    page = pool_page(request, found, rows)
    in_pool = tab == "pool"
    facets_url = reverse("teams:team_facets") if in_pool else ""
    context = pool_context(request, found, page, pool=rules.KIND if in_pool else "", facets_url=facets_url) | {
        "items": [list_item(team, found.text if found.has_words else "") for team in page],
        "tab": tab,
        "tabs": tabs(request, tab),
        "may_create": rules.possible_leads(user).exists(),
        "export_url": f"{reverse('teams:team_export')}?{_query(request)}"
        if in_pool and user.is_authenticated and user.can("export")
        else "",
    }
    return page_or_fragment(request, "teams/team_list.html", "teams/_team_table.html", context)


@require_safe
@access(PUBLIC)
def team_facets(request: HttpRequest) -> HttpResponse:
    """How many of the listed teams carry which code."""
    return facets_response(request, TeamFilter(request.GET, queryset=selectors.pool(request.user)))


def tabs(request: HttpRequest, active: str) -> list[dict[str, Any]]:
    """Return the lists this person has; nothing when there is only the pool."""
    user = request.user
    found = [{"label": _("All teams"), "url": reverse("teams:team_list"), "active": active == "pool"}]
    if user.is_authenticated and any(map(user.can, KEEPERS)):
        found.append({"label": _("Our teams"), "url": reverse("teams:team_mine"), "active": active == "mine"})
    if user.is_authenticated and user.can(rules.CAPABILITY):
        found.append({"label": _("Teams to review"), "url": reverse("teams:team_review"), "active": active == "review"})
    return found if len(found) > 1 else []


def _query(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


@require_safe
@access("export")
def team_export(request: HttpRequest) -> HttpResponseBase:
    """The filtered list as a workbook: what the person is shown, no more."""
    found = TeamFilter(request.GET, queryset=selectors.pool(request.user).order_by("-id"))
    try:
        name = f"{exporting.SHEET}-{timezone.localdate():%Y%m%d}.xlsx"
        return exporting.response(name, found.keys_for_export(), request.user)
    except ExportTooLarge as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse('teams:team_list')}?{_query(request)}")


@require_safe
@access(*KEEPERS)
def expert_options(request: HttpRequest) -> HttpResponse:
    """Experts for the suggestion list of the field of members."""
    names = selectors.expert_suggestions(request.user, request.GET.get("q", "")[:100])
    return render(request, "catalog/_organisation_options.html", {"names": names})
