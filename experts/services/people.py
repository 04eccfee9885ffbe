"""Who is told about an expert's entry. Only its number travels: names and texts stay on the page."""

from collections.abc import Iterable

from django.db.models import Q

from experts.models import Expert
from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import User
from matchmaking.notifications.services import notify
from matchmaking.programmes.reviewing import holders


def person_of(expert: Expert) -> list[User]:
    """The expert, if he has an account."""
    user = expert.body.user
    return [user] if user is not None and user.is_active else []


def unit_people(expert: Expert) -> list[User]:
    """The officers of the nominating unit."""
    return holders(Q(organisation=expert.body.owner_id, role=Role.UNIVERSITY_OFFICER))


def account_of(email: str) -> User | None:
    """The active account that has this address."""
    return User.objects.filter(email__iexact=email, is_active=True).first() if email else None


def tell(people: Iterable[User], kind: str, expert: Expert, *, once: str = "") -> None:
    """Notify people of the entry's present version, or of the event that `once` names, each once."""
    notify(
        recipients=list({person.pk: person for person in people}.values()),
        kind=kind,
        params={"expert": expert.public_no},
        url=expert.get_absolute_url(),
        dedupe_key=f"{kind}:{expert.public_no}:{once or expert.version}",
    )
