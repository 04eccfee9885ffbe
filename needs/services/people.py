"""Who is told about a need: the owner's editors and the park's checkers; officers are found by programmes.reviewing."""

from django.db.models import Q

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import Organisation, User
from matchmaking.notifications.services import notify
from matchmaking.programmes.reviewing import holders
from needs.models import NeedBody, TechNeed


def owner_people(body: NeedBody) -> list[User]:
    """Return the people of the enterprise who may edit the need."""
    return holders(Q(organisation=body.owner_id, role__in=[Role.ENTERPRISE_OWNER, Role.ENTERPRISE_EDITOR]))


def park_people(park: Organisation) -> list[User]:
    """Return the park's administrators."""
    return holders(Q(organisation=park, role=Role.PARK_ADMIN))


def tell(people: list[User], kind: str, need: TechNeed, *, once: str = "") -> None:
    """Notify people of the need's present version, or of the event that `once` names. Only its number travels: the
    text may be for few eyes."""
    notify(
        recipients=people,
        kind=kind,
        params={"need": need.public_no},
        url=need.get_absolute_url(),
        dedupe_key=f"{kind}:{need.public_no}:{once or need.version}",
    )
