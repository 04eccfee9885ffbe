"""Who is told about an achievement. Recipients hold the role now; nobody is told of what he may not see."""

from django.db.models import Q

from catalog.models import Achievement
from matchmaking.accounts.enums import TRACK_OF_KIND, OrganisationState, Role
from matchmaking.accounts.models import User
from matchmaking.notifications.services import notify
from matchmaking.programmes.selectors import reviewing_tracks


def unit_officers(achievement: Achievement) -> list[User]:
    """The transfer officers of the owner."""
    return _holders(Q(memberships__organisation=achievement.body.owner_id), Role.UNIVERSITY_OFFICER)


def owner_people(achievement: Achievement) -> list[User]:
    """Transfer officers, author and completers with an account: those whom a decision concerns."""
    persons = [completer.user_id for completer in achievement.completers.all() if completer.user_id]
    concerned = User.objects.filter(pk__in=[achievement.body.created_by_id, *persons], is_active=True)
    return list({user.pk: user for user in [*unit_officers(achievement), *concerned.order_by("pk")]}.values())


def region_reviewers(achievement: Achievement) -> list[User]:
    """The officers of the region on a track that reviews achievements; the secretariat where there is none."""
    region = achievement.region
    codes = [region.code] if region.separately_planned else region.path
    tracks = reviewing_tracks(achievement.programme, "achievement")
    kinds = [kind for kind, track in TRACK_OF_KIND.items() if track in tracks]
    here = Q(memberships__organisation__region__in=codes, memberships__organisation__kind__in=kinds)
    return _holders(here, Role.REGIONAL_OFFICER) or _holders(Q(), Role.SECRETARY)


def tell(people: list[User], achievement: Achievement, kind: str) -> None:
    """Send one notification about the present version of the record."""
    notify(
        recipients=people,
        kind=kind,
        params={"number": achievement.public_no, "title": achievement.title},
        url=achievement.get_absolute_url(),
        dedupe_key=f"{kind}:{achievement.public_no}:{achievement.version}",
    )


def _holders(where: Q, role: Role) -> list[User]:
    held = where & Q(
        memberships__role=role,
        memberships__ended_at=None,
        memberships__organisation__state=OrganisationState.ACTIVE,
        is_active=True,
    )
    return list(User.objects.filter(held).distinct().order_by("pk"))
