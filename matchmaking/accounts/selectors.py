"""Reads about organisations and people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse

from matchmaking.accounts import rules
from matchmaking.accounts.enums import DEPARTMENT_KINDS, PARK_KINDS, OrganisationState, Role
from matchmaking.accounts.models import Membership, Organisation, OrganisationAlias, User
from matchmaking.accounts.roles import kinds_with, managing_roles

# The sample people whose user names begin so stand on the sign-in page of a demonstration.
PERSONA_PREFIX = "demo."
# The personas of the sign-in page of a demonstration, with the picture beside each.
PERSONA_ICONS = {
    Role.UNIVERSITY_OFFICER: "school",
    Role.RESEARCHER: "flask",
    Role.ENTERPRISE_OWNER: "building-factory",
    Role.PARK_ADMIN: "building-community",
    Role.REGIONAL_OFFICER: "clipboard-check",
    Role.NATIONAL_OFFICER: "flag",
    Role.SECRETARY: "home",
    Role.EXPERT: "award",
    Role.BROKER: "link",
    Role.INVESTOR: "briefcase",
    Role.SUPPORT_OFFICER: "mail",
    Role.SYSTEM_ADMIN: "settings",
    Role.SECURITY_ADMIN: "shield-check",
    Role.AUDIT_ADMIN: "history",
}


@dataclass(frozen=True)
class Persona:
    """A fictional person as whom a visitor of the demonstration may look around."""

    name: str
    role: str
    organisation: str
    login_url: str
    icon: str


def demo_personas() -> list[Persona]:
    """Return the fictional people of the sign-in page, in the order of the roles."""
    held = Membership.objects.filter(
        user__is_sample=True, user__is_active=True, user__username__startswith=PERSONA_PREFIX, ended_at=None
    ).select_related("user", "organisation")
    order = list(Role.values)
    return [
        Persona(
            name=str(one.user),
            role=one.get_role_display(),
            organisation=one.organisation.name,
            login_url=reverse("accounts:demo_sign_in", args=[one.user_id]),
            icon=PERSONA_ICONS.get(Role(one.role), "user"),
        )
        for one in sorted(held, key=lambda one: (order.index(one.role), one.organisation.kind))
    ]


def find_account(name: str) -> User | None:
    """An account by its user name or address, for the operator of the machine."""
    return User.objects.filter(username=name).first() or User.objects.filter(email__iexact=name).first()


def with_profile(organisations: QuerySet[Organisation]) -> QuerySet[Organisation]:
    """With what a directory row and the organisation's page show; contacts are never loaded."""
    return (
        organisations.select_related("region", "park", "host_university")
        .defer("contacts")
        .prefetch_related("qualifications", Prefetch("aliases", OrganisationAlias.objects.order_by("pk")))
    )


def people_of(organisation: Organisation) -> QuerySet[Membership]:
    """The open memberships of an organisation, for its own people."""
    return organisation.memberships.filter(ended_at=None).select_related("user").order_by("role", "pk")


def managed_by(user: User) -> QuerySet[Organisation]:
    """The organisations whose people this person manages; the same answer as `rules.can_manage`, for many."""
    own = [one.pk for one in user.organisations_with("organisation.manage")]
    managed = Q(pk__in=own) | Q(kind__in=rules.kinds_entered_by(user))
    return Organisation.objects.filter(managed, state=OrganisationState.ACTIVE)


def may_see_people(user: User | Any, organisation: Organisation) -> bool:
    return user.is_authenticated and (organisation.pk in user.organisation_ids or rules.can_manage(user, organisation))


def holders_of(capability: str) -> QuerySet[User]:
    """The active people with a current role, in an active organisation, that carries a capability."""
    held = Q(pk__in=[])
    for role in Role.values:
        if kinds := kinds_with(role, capability):
            held |= Q(role=role, organisation__kind__in=kinds)
    return holders(held)


def current_holders(role: str) -> QuerySet[Membership]:
    """Who holds a role now and where, by name of the organisation."""
    held = Membership.objects.current().filter(role=role).select_related("user", "organisation__region")
    return held.order_by("organisation__name", "user__full_name", "pk")


def verifiers_of(organisation: Organisation) -> QuerySet[User]:
    """Who is told of an application: its park, else the nearest officers of its region; for parks, or without any, the
    secretary; of national bodies the system administrator.
    """
    if organisation.kind in rules.BY_SYSTEM:
        return holders(Q(role=Role.SYSTEM_ADMIN))
    if rules.decided_by_park(organisation):
        return holders(Q(role=Role.PARK_ADMIN, organisation=organisation.park))
    if organisation.region is not None and organisation.kind not in PARK_KINDS:
        region = organisation.region
        for place in [region.pk] if region.separately_planned else list(reversed(region.path)):
            found = holders(Q(role=Role.REGIONAL_OFFICER, organisation__region=place))
            if found.exists():
                return found
    return holders(Q(role=Role.SECRETARY))


def managers_of(organisation: Organisation) -> QuerySet[User]:
    """The people who manage an organisation, in whatever state it is."""
    managing = managing_roles(organisation.kind)
    held = Membership.objects.filter(organisation=organisation, role__in=managing, ended_at=None)
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("pk")


def applications_for(user: User) -> QuerySet[Organisation]:
    """The applications that this person may verify, the longest waiting first; the same answer as `rules.verifies`."""
    waiting = Organisation.objects.visible_to(user).filter(state=OrganisationState.APPLIED)
    return with_profile(verified_by(user, waiting)).order_by("state_since", "pk")


def verified_by(user: User, organisations: QuerySet[Organisation]) -> QuerySet[Organisation]:
    """Those of the organisations that this person verifies; the same answer as `rules.verifies`, for many."""
    others = organisations.exclude(pk__in=user.memberships.filter(ended_at=None).values("organisation"))
    applicants = Membership.objects.filter(organisation=OuterRef("pk"), ended_at=None)
    staff = Membership.objects.current().filter(organisation=OuterRef("park"), role=Role.PARK_ADMIN)
    others = others.annotate(by_park=Exists(applicants) & Exists(staff))
    mine = Q(by_park=True, park__in=[one.pk for one in user.organisations_with("tenant.verify")])
    if rules.is_secretary(user):
        mine |= ~Q(kind__in=rules.BY_SYSTEM)
    elif user.can("organisation.verify"):
        apart = [*PARK_KINDS, *DEPARTMENT_KINDS, *rules.BY_SYSTEM]
        mine |= user.in_reach("organisation.verify", "region") & Q(by_park=False) & ~Q(kind__in=apart)
    if user.can("national.verify"):
        mine |= Q(kind__in=rules.BY_SYSTEM)
    return others.filter(mine)


def applications_of(user: User) -> QuerySet[Organisation]:
    """The person's own applications that are not verified yet."""
    held = user.memberships.filter(ended_at=None).values("organisation")
    open_states = [OrganisationState.APPLIED, OrganisationState.RETURNED]
    return Organisation.objects.filter(pk__in=held, state__in=open_states).defer("contacts").order_by("pk")


def holders(held: Q) -> QuerySet[User]:
    """The people with a current role that fits."""
    found = Membership.objects.current().filter(held)
    return User.objects.filter(pk__in=found.values("user")).order_by("pk")
