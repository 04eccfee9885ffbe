"""Who is told about a match on each side. Recipients hold the role now; nobody is told of what he may not see."""

from django.db.models import Q

from catalog.models import Achievement, Completer
from experts.models import Expert, Team
from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import User
from matchmaking.accounts.roles import kinds_with
from matchmaking.matching.enums import Side
from matchmaking.matching.models import Match
from matchmaking.programmes.reviewing import holders, places_of

ENTERPRISE_ROLES = (Role.ENTERPRISE_OWNER, Role.ENTERPRISE_EDITOR)


def enterprise_people(match: Match) -> list[User]:
    """The people of the need's enterprise who may answer."""
    return holders(Q(organisation=match.need.body.owner_id, role__in=ENTERPRISE_ROLES))


def provider_people(match: Match) -> list[User]:
    """Completers and author of the achievement, the expert, or the lead of the team, the unit's officers, and the
    colleague to whom the request was handed."""
    target, unit = match.target, match.unit_id
    people = Q(pk__in=[one.pk for one in holders(Q(organisation=unit, role=Role.UNIVERSITY_OFFICER))])
    if isinstance(target, Team):
        people |= Q(pk=target.lead.body.user_id)
    if isinstance(target, Achievement):
        owner = target.body.owner_id
        people |= Q(pk__in=[one.pk for one in holders(Q(organisation=owner, user=target.body.created_by_id))])
        people |= Q(pk__in=Completer.objects.filter(achievement=target, user__isnull=False).values("user"))
    elif isinstance(target, Expert):
        people |= Q(pk=target.body.user_id)
    handed = match.sides.filter(side=Side.PROVIDER, handed_to__isnull=False).values("handed_to")
    people |= Q(pk__in=[one.pk for one in holders(Q(organisation=unit, user__in=handed))])
    return list(User.objects.filter(people, is_active=True).distinct().order_by("pk"))


def people_of(match: Match, side: str) -> list[User]:
    return enterprise_people(match) if side == Side.ENTERPRISE else provider_people(match)


def reviewers(match: Match) -> list[User]:
    """The officers of the need's region who review matches; the secretariat where there is none."""
    kinds = kinds_with(Role.REGIONAL_OFFICER, "match.review")
    places = Q(organisation__region__code__in=places_of(match.need))
    officers = holders(places & Q(role=Role.REGIONAL_OFFICER, organisation__kind__in=kinds))
    return officers or holders(Q(role=Role.SECRETARY))
