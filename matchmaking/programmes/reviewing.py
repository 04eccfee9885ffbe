"""Who reviews a record of a programme: departments of its region, on a track to which the programme gives that kind.

The secretariat reviews everything. Which tracks review what is data of the programme (`ProgrammeTrack.reviews`).
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from matchmaking.accounts.enums import TRACK_OF_KIND, Role
from matchmaking.accounts.enums import OrganisationKind as K
from matchmaking.accounts.models import Membership, Organisation, User
from matchmaking.programmes.models import Desk, ListEntry, ProgrammeTrack, ReportingUnit, StepRule
from matchmaking.programmes.selectors import reviewing_tracks
from matchmaking.vocabularies.models import Region

CHECKERS = (Role.UNIVERSITY_OFFICER, Role.PARK_ADMIN, Role.REGIONAL_OFFICER, Role.SECRETARY)


def reaches(membership: Membership, record: ListEntry) -> bool:
    """The same reach as `User.in_reach` with the programme, for one membership and a record that is loaded."""
    place = membership.organisation.region
    if place is None:
        return True
    if place.code not in record.region.path:
        return False
    return place.kind != Region.Kind.PROVINCE or not reports_for_itself(record)


def reviewed_by(user: Any, capability: str, record_kind: str) -> Q:
    """A filter for the list entries of a kind that the person reviews, whatever their state."""
    mine = Q(pk__in=[])
    for membership in user.memberships_with(capability):
        department = membership.organisation
        within = department.reach("region", programme="programme")
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
        if on_track and reaches(membership, record):
            return membership.organisation
    return None


def kinds_asked_of(user: Any, kinds: Mapping[str, str]) -> set[str]:
    """Of {capability: kind of record}, the kinds that some programme brings to a desk of the person."""
    held = [(one, kind) for name, kind in kinds.items() for one in user.memberships_with(name)]
    everything = {kind for one, kind in held if one.role == Role.SECRETARY}
    tracks = {(one.organisation.track, kind) for one, kind in held if kind not in everything}
    if not tracks:
        return everything
    rows = ProgrammeTrack.objects.filter(code__in=[code for code, _kind in tracks]).values_list("code", "reviews")
    given = {(code, kind) for code, reviews in rows for kind in reviews}
    return everything | {kind for code, kind in tracks & given}


def officers_for(record: ListEntry, record_kind: str) -> list[User]:
    """The officers who are told that a record waits: of the nearest department on the track; else the secretariat."""
    tracks = reviewing_tracks(record.programme, record_kind)
    kinds = [kind for kind, track in TRACK_OF_KIND.items() if track in tracks]
    for place in places_of(record):
        officers = Q(role=Role.REGIONAL_OFFICER, organisation__region=place, organisation__kind__in=kinds)
        if found := holders(officers):
            return found
    return holders(Q(role=Role.SECRETARY))


def organisation_at(
    desk: str, record: ListEntry, record_kind: str, *, owner: Organisation | None = None
) -> Organisation | None:
    """The organisation that stands behind a desk for this record; None where the record has none.

    The region is the nearest department that has an officer on the track, else the secretariat; the province is a
    department above that one.
    """
    if desk == Desk.UNIT:
        return owner
    if desk == Desk.PARK:
        return owner.park if owner else None
    departments = _departments(record, record_kind)
    if desk == Desk.PROVINCE:
        return departments[-1] if len({one.region_id for one in departments}) > 1 else None
    if desk == Desk.REGION and departments:
        return departments[0]
    officers = Membership.objects.current().filter(role=Role.SECRETARY)
    return Organisation.objects.filter(pk__in=officers.values("organisation")).order_by("pk").first()


# Who steps in where the rule names nobody, or where the record has nobody at that desk.
_NEXT = {
    Desk.UNIT: (),
    Desk.PARK: (Desk.REGION, Desk.PROVINCE, Desk.SECRETARY),
    Desk.REGION: (Desk.PROVINCE, Desk.SECRETARY),
    Desk.PROVINCE: (Desk.SECRETARY,),
    Desk.SECRETARY: (),
}


def deputy_at(
    rule: StepRule, record: ListEntry, record_kind: str, responsible: Organisation | None, *, owner: Organisation
) -> Organisation | None:
    """Who steps in for the responsible organisation of a step; that organisation itself stands for its other officers.

    The rule's desk; where the record has nobody there, the next instance above. Every step has a deputy.
    """
    desks = [Desk(rule.deputy)] if rule.deputy and rule.deputy != rule.responsible else []
    for desk in (*desks, *_NEXT[Desk(rule.responsible)]):
        found = organisation_at(desk, record, record_kind, owner=owner)
        if found is not None and found != responsible:
            return found
    return responsible


def _departments(record: ListEntry, record_kind: str) -> list[Organisation]:
    """The departments with an officer that review the record, the nearest first."""
    tracks = reviewing_tracks(record.programme, record_kind)
    kinds = [kind for kind, track in TRACK_OF_KIND.items() if track in tracks]
    places = places_of(record)
    officers = Membership.objects.current().filter(role=Role.REGIONAL_OFFICER)
    found = Organisation.objects.filter(pk__in=officers.values("organisation"), kind__in=kinds, region__in=places)
    order = [kind for track in tracks for kind in kinds if TRACK_OF_KIND[kind] == track]
    return sorted(found, key=lambda one: (places.index(str(one.region_id)), order.index(K(one.kind)), one.pk))


def people_at(organisation: Organisation) -> list[User]:
    """The people of an organisation who check or hand in records for it."""
    return holders(Q(organisation=organisation, role__in=CHECKERS))


def places_of(record: ListEntry) -> list[str]:
    """The regions whose departments are concerned with a record, the nearest first."""
    return [record.region.code] if reports_for_itself(record) else list(reversed(record.region.path))


def reports_for_itself(record: ListEntry) -> bool:
    """Whether the record comes from a separately planned city that is a reporting unit of the record's programme."""
    if not record.region.separately_planned:
        return False
    return ReportingUnit.objects.filter(programme=record.programme_id, region=record.region_id).exists()


def holders(held: Q) -> list[User]:
    """The active people with a current membership that fits, in an active organisation."""
    found = Membership.objects.current().filter(held).values("user")
    return list(User.objects.filter(pk__in=found).order_by("pk"))
