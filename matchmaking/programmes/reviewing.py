"""Who reviews a record of a programme: departments of its region, on a track to which the programme gives that kind.

The secretariat reviews everything. Which tracks review what is data of the programme (`ProgrammeTrack.reviews`).
"""

from typing import Any

from django.db.models import Q

from matchmaking.accounts.enums import TRACK_OF_KIND, Role
from matchmaking.accounts.models import Membership, Organisation, User
from matchmaking.programmes.models import ListEntry, ProgrammeTrack
from matchmaking.programmes.selectors import reviewing_tracks
from matchmaking.vocabularies.models import Region


def reaches(membership: Membership, region: Region) -> bool:
    """The same reach as `User.in_reach`, for one membership and a region that is loaded."""
    place = membership.organisation.region
    if place is None:
        return True
    apart = place.kind == Region.Kind.PROVINCE and region.separately_planned
    return place.code in region.path and not apart


def reviewed_by(user: Any, capability: str, record_kind: str) -> Q:
    """A filter for the list entries of a kind that the person reviews, whatever their state."""
    mine = Q(pk__in=[])
    for membership in user.memberships_with(capability):
        department = membership.organisation
        within = ~Q(pk=None)
        if department.region is not None:
            within &= Q(region__path__contains=[department.region_id])
            if department.region.kind == Region.Kind.PROVINCE:
                within &= Q(region__separately_planned=False)
        if membership.role != Role.SECRETARY:
            tracks = ProgrammeTrack.objects.filter(code=department.track, reviews__contains=[record_kind])
            within &= Q(programme__in=tracks.values("programme"))
        mine |= within
    return mine


def reviewing_organisation(user: Any, record: ListEntry, capability: str, record_kind: str) -> Organisation | None:
    """The department (or the secretariat) for which a person may review this record."""
    if not user.is_authenticated:
        return None
    held = user.memberships_with(capability)
    tracks = reviewing_tracks(record.programme, record_kind) if held else []
    for membership in held:
        on_track = membership.role == Role.SECRETARY or membership.organisation.track in tracks
        if on_track and reaches(membership, record.region):
            return membership.organisation
    return None


def officers_for(record: ListEntry, record_kind: str) -> list[User]:
    """The officers who are told that a record waits: of the nearest department on the track; else the secretariat."""
    tracks = reviewing_tracks(record.programme, record_kind)
    kinds = [kind for kind, track in TRACK_OF_KIND.items() if track in tracks]
    region = record.region
    for place in [region.pk] if region.separately_planned else list(reversed(region.path)):
        officers = Q(role=Role.REGIONAL_OFFICER, organisation__region=place, organisation__kind__in=kinds)
        if found := holders(officers):
            return found
    return holders(Q(role=Role.SECRETARY))


def holders(held: Q) -> list[User]:
    """The active people with a current membership that fits, in an active organisation."""
    found = Membership.objects.filter(held, ended_at=None, organisation__state="active").values("user")
    return list(User.objects.filter(pk__in=found, is_active=True).order_by("pk"))
