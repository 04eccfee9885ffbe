"""Who is told about an achievement. Recipients hold the role now; nobody is told of what he may not see."""

from django.db.models import Q

from catalog.models import Achievement
from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import User
from matchmaking.notifications.services import notify
from matchmaking.programmes.reviewing import holders


def unit_officers(achievement: Achievement) -> list[User]:
    """The transfer officers of the owner."""
    return holders(Q(organisation=achievement.body.owner_id, role=Role.UNIVERSITY_OFFICER))


def owner_people(achievement: Achievement) -> list[User]:
    """Transfer officers, author and completers with an account: those whom a decision concerns."""
    persons = [completer.user_id for completer in achievement.completers.all() if completer.user_id]
    concerned = User.objects.filter(pk__in=[achievement.body.created_by_id, *persons], is_active=True)
    return list({user.pk: user for user in [*unit_officers(achievement), *concerned.order_by("pk")]}.values())


def tell(people: list[User], achievement: Achievement, kind: str, *, once: str = "") -> None:
    """Send one notification about the present version of the record, or about the event that `once` names."""
    notify(
        recipients=people,
        kind=kind,
        params={"number": achievement.public_no, "title": achievement.title},
        url=achievement.get_absolute_url(),
        dedupe_key=f"{kind}:{achievement.public_no}:{once or achievement.version}",
    )
