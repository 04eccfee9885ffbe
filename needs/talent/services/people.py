"""Who is told about a talent post: the owner's editors, and whoever decides on it."""

from django.db.models import Q

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import Organisation, User
from matchmaking.notifications.services import notify
from matchmaking.programmes.reviewing import holders, officers_for
from needs.services.people import park_people
from needs.talent.models import TalentPost, TalentPostBody
from needs.talent.rules import KIND


def owner_people(body: TalentPostBody) -> list[User]:
    """Return the people of the enterprise who may edit the post."""
    return holders(Q(organisation=body.owner_id, role__in=[Role.ENTERPRISE_OWNER, Role.ENTERPRISE_EDITOR]))


def deciders(post: TalentPost, owner: Organisation) -> list[User]:
    """Return the park's administrators for a tenant, where there are any; else the officers of the region."""
    park = park_people(owner.park) if owner.park else []
    return park or officers_for(post, KIND)


def tell(people: list[User], kind: str, post: TalentPost, *, once: str = "") -> None:
    """Notify people of the post's present version, or of the event that `once` names. Only its number travels: the
    text may be for few eyes."""
    notify(
        recipients=people,
        kind=kind,
        params={"post": post.public_no},
        url=post.get_absolute_url(),
        dedupe_key=f"{kind}:{post.public_no}:{once or post.version}",
    )
