"""Reads about teams for pages, exports and the API."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from experts.enums import ExpertState
from experts.models import Expert, Team, TeamMember
from experts.teams import rules
from matchmaking.accounts.models import User

KIND = rules.KIND


def for_list(user: Any, teams: QuerySet[Team]) -> QuerySet[Team]:
    """With what a row of a list shows; `heads` counts the lead and the members in the pool."""
    in_pool = Q(memberships__expert__state=ExpertState.IN_POOL)
    lead = Expert.objects.visible_to(user).filter(pk=OuterRef("lead"))
    return (
        teams.select_related("owner", "lead", "region")
        .defer("search_vector")
        .annotate(heads=Count("memberships", filter=in_pool, distinct=True) + 1, lead_seen=Exists(lead))
        .order_by("-id")
    )


def for_page(teams: QuerySet[Team]) -> QuerySet[Team]:
    """With what a page about one team shows."""
    return teams.select_related(
        "owner", "region", "programme", "lead__organisation", "lead__body__owner", "lead__body__user"
    ).defer("search_vector")


def pool(user: Any) -> QuerySet[Team]:
    """The teams in the pool that the reader sees."""
    return Team.objects.visible_to(user).matched()


def own(user: User) -> QuerySet[Team]:
    """The teams the person keeps or takes part in, in every state."""
    return Team.objects.visible_to(user).kept_by(user)


def waiting(user: User) -> QuerySet[Team]:
    """The teams that wait for this officer."""
    found = Team.objects.visible_to(user).waiting_for(user)
    return found.select_related("owner", "region", "programme").defer("search_vector")


def shown_members(user: Any, team: Team) -> list[TeamMember]:
    """The members whom this reader sees: experts in the pool who are visible to him, in their order.

    Those who keep the team also see who is not in the pool (any more), to mend the list.
    """
    seen = Expert.objects.visible_to(user)
    if not rules.keeps(user, team):
        seen = seen.filter(state=ExpertState.IN_POOL)
    members = TeamMember.objects.filter(team=team, expert__in=seen.values("pk"))
    return list(members.select_related("expert__organisation", "expert__body").order_by("position"))


def with_members(user: Any, teams: QuerySet[Team]) -> QuerySet[Team]:
    """The teams with what this reader sees of their people: `seen_members`, and `lead_seen` whether the lead's entry
    is open to him. A member or lead out of the pool, or for members only, is not shown to others."""
    seen = Expert.objects.visible_to(user).filter(state=ExpertState.IN_POOL)
    members = (
        TeamMember.objects.filter(expert__in=seen.values("pk")).select_related("expert__body").order_by("position")
    )
    lead = Expert.objects.visible_to(user).filter(pk=OuterRef("lead"))
    return teams.annotate(lead_seen=Exists(lead)).prefetch_related(
        Prefetch("memberships", members, to_attr="seen_members"), "units"
    )


def actions(user: Any, team: Team) -> dict[str, bool]:
    """{step: whether this person may take it now}."""
    return {
        "edit": rules.can_edit(user, team) or rules.can_revise(user, team),
        "submit": rules.can_submit(user, team),
        "reopen": rules.can_reopen(user, team),
        "dissolve": rules.can_dissolve(user, team),
        "decide": rules.can_review(user, team),
        "step_out": rules.membership_of(user, team) is not None and team.state != "left",
    }


def expert_suggestions(user: Any, text: str, limit: int = 10) -> list[str]:
    """“name number · unit” of experts in the pool whose name or number begins like the text; for the member field."""
    text = text.strip()
    if not text:
        return []
    begins = Q(name__startswith=text) | Q(public_no__istartswith=text)
    found = rules.possible_members(user).filter(begins).select_related("organisation").order_by("name", "pk")[:limit]
    return [f"{one.name} {one.public_no}" + (f" · {one.organisation}" if one.organisation else "") for one in found]
