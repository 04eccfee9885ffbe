"""Who is told about a match on each side. Recipients hold the role now; nobody is told of what he may not see."""

from django.db.models import Q

from catalog.models import Achievement, Completer
from experts.models import Expert, Team
from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import User
from matchmaking.accounts.roles import kinds_with
from matchmaking.matching.models import Match
from matchmaking.programmes.reviewing import places_of

ENTERPRISE_ROLES = (Role.ENTERPRISE_OWNER, Role.ENTERPRISE_EDITOR)


def enterprise_people(match: Match) -> list[User]:
    """The people of the need's enterprise who may answer."""
    return _holders(match.need.body.owner_id, ENTERPRISE_ROLES)


def provider_people(match: Match) -> list[User]:
    """Completers and author of the achievement, the expert, or the lead of the team, and the unit's officers."""
    target = match.target
    unit = target.owner_id if isinstance(target, Team) else target.body.owner_id
    people = Q(pk__in=[user.pk for user in _holders(unit, (Role.UNIVERSITY_OFFICER,))])
    if isinstance(target, Team):
        people |= Q(pk=target.lead.body.user_id)
    if isinstance(target, Achievement):
        owner = target.body.owner_id
        people |= Q(pk=target.body.created_by_id, memberships__organisation=owner, memberships__ended_at=None)
        people |= Q(pk__in=Completer.objects.filter(achievement=target, user__isnull=False).values("user"))
    elif isinstance(target, Expert):
        people |= Q(pk=target.body.user_id)
    return list(User.objects.filter(people, is_active=True).distinct().order_by("pk"))


def reviewers(match: Match) -> list[User]:
    """The officers of the need's region who review matches; the secretariat where there is none."""
    officers = User.objects.filter(
        is_active=True,
        memberships__ended_at=None,
        memberships__role=Role.REGIONAL_OFFICER,
        memberships__organisation__kind__in=kinds_with(Role.REGIONAL_OFFICER, "match.review"),
        memberships__organisation__region__code__in=places_of(match.need),
    ).distinct()
    if not officers.exists():
        officers = User.objects.filter(
            is_active=True, memberships__ended_at=None, memberships__role=Role.SECRETARY
        ).distinct()
    return list(officers.order_by("pk"))


def _holders(organisation_id: int, roles: tuple[Role, ...]) -> list[User]:
    return list(
        User.objects.filter(
            is_active=True,
            memberships__organisation=organisation_id,
            memberships__role__in=roles,
            memberships__ended_at=None,
        )
        .distinct()
        .order_by("pk")
    )
