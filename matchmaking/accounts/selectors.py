"""Reads about organisations and people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import Membership, Organisation, OrganisationAlias, User

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
    """Return one fictional person per role and kind of department, in the order of the roles."""
    held = (
        Membership.objects.filter(
            user__is_sample=True, user__is_active=True, ended_at=None, organisation__is_sample=True
        )
        .select_related("user", "organisation")
        .order_by("organisation__kind", "role", "pk")
        .distinct("organisation__kind", "role")
    )
    order = list(Role.values)
    first: dict[tuple[str, str], Membership] = {}
    for one in held:
        kind = one.organisation.kind if one.role == Role.REGIONAL_OFFICER else ""
        first.setdefault((one.role, kind), one)
    chosen = sorted(first.values(), key=lambda one: (order.index(one.role), one.organisation.kind))
    return [
        Persona(
            name=str(one.user),
            role=one.get_role_display(),
            organisation=one.organisation.name,
            login_url=reverse("accounts:demo_sign_in", args=[one.user.pk]),
            icon=PERSONA_ICONS.get(Role(one.role), "user"),
        )
        for one in chosen
    ]


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


def may_see_people(user: User | Any, organisation: Organisation) -> bool:
    return user.is_authenticated and organisation.pk in user.organisation_ids
