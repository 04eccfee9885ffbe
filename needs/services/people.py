"""Who is told about a need: the owner's editors, the park's checkers, the officers who publish."""

from django.db.models import Q

from matchmaking.accounts.enums import TRACK_OF_KIND, Role
from matchmaking.accounts.models import Membership, Organisation, User
from matchmaking.notifications.services import notify
from needs.models import NeedBody, TechNeed, reviewing_tracks


def owner_people(body: NeedBody) -> list[User]:
    """Return the people of the enterprise who may edit the need."""
    return _holders(Q(organisation=body.owner_id, role__in=[Role.ENTERPRISE_OWNER, Role.ENTERPRISE_EDITOR]))


def park_people(park: Organisation) -> list[User]:
    """Return the park's administrators."""
    return _holders(Q(organisation=park, role=Role.PARK_ADMIN))


def region_people(need: TechNeed) -> list[User]:
    """Return the officers of the reviewing track in the need's region, nearest region first; else the secretariat."""
    kinds = [kind for kind, track in TRACK_OF_KIND.items() if track in reviewing_tracks(need.programme_id)]
    places = [need.region_id] if need.region.separately_planned else list(reversed(need.region.path))
    for place in places:
        officers = Q(role=Role.REGIONAL_OFFICER, organisation__region=place, organisation__kind__in=kinds)
        if found := _holders(officers):
            return found
    return _holders(Q(role=Role.SECRETARY))


def tell(people: list[User], kind: str, need: TechNeed) -> None:
    """Notify people of the need's present version. Only its number travels: the text may be for few eyes."""
    notify(
        recipients=people,
        kind=kind,
        params={"need": need.public_no},
        url=need.get_absolute_url(),
        dedupe_key=f"{kind}:{need.public_no}:{need.version}",
    )


def _holders(held: Q) -> list[User]:
    holders = Membership.objects.filter(held, ended_at=None, organisation__state="active").values("user")
    return list(User.objects.filter(pk__in=holders, is_active=True).order_by("pk"))
