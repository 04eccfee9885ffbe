"""Reads about organisations and people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import Membership, Organisation, OrganisationAlias, User

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
