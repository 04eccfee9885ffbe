"""Who is told about a team. Only its number travels."""

from collections.abc import Iterable

from django.db.models import Q

from experts.models import Expert, Team
from experts.teams.rules import KIND
from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import User
from matchmaking.notifications.services import notify
from matchmaking.programmes.reviewing import holders

__all__ = ["KIND", "keepers", "people_of", "tell"]


def keepers(team: Team) -> list[User]:
    """The lead, if he has an account, and the officers of his unit."""
    return [*people_of([team.lead_id]), *holders(Q(organisation=team.owner_id, role=Role.UNIVERSITY_OFFICER))]


def people_of(experts: Iterable[int]) -> list[User]:
    """The accounts of experts, as far as they have one."""
    known = Expert.objects.filter(pk__in=list(experts), body__user__is_active=True)
    return list(User.objects.filter(pk__in=known.values("body__user")).order_by("pk"))


def tell(people: Iterable[User], kind: str, team: Team, *, once: str = "") -> None:
    """Notify people of the team's present version, or of the event that `once` names; each once."""
    notify(
        recipients=list({person.pk: person for person in people}.values()),
        kind=kind,
        params={"team": team.public_no},
        url=team.get_absolute_url(),
        dedupe_key=f"{kind}:{team.public_no}:{once or team.version}",
    )
