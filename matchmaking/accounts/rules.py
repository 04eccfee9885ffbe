"""Who may do what with an organisation. No writes here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matchmaking.accounts.enums import DEPARTMENT_KINDS, PARK_KINDS, OrganisationKind, OrganisationState, Role
from matchmaking.accounts.roles import ENTERED_BY
from matchmaking.vocabularies.models import Region

if TYPE_CHECKING:
    from matchmaking.accounts.models import Organisation

S = OrganisationState
# Bodies that nobody on the portal stands above but the administrator of the system.
BY_SYSTEM = (OrganisationKind.NATIONAL, OrganisationKind.OPERATOR)
NEEDED_OF_KIND: dict[str, tuple[str, ...]] = {
    OrganisationKind.ENTERPRISE: ("uscc", "size", "industry"),
    OrganisationKind.UNIVERSITY: ("uscc", "university_kinds"),
}


def is_secretary(user: Any) -> bool:
    return user.is_authenticated and any(held.role == Role.SECRETARY for held in user.active_memberships)


def is_member(user: Any) -> bool:
    """Works for a verified organisation now; every other account reads what a visitor reads."""
    return user.is_authenticated and bool(user.active_memberships)


def can_apply(user: Any) -> bool:
    """A signed-in person who works for no organisation here and has not applied yet."""
    return user.is_authenticated and not user.memberships.filter(ended_at=None).exists()


def is_applicant(user: Any, organisation: Organisation) -> bool:
    """The person who applied, while the application is open."""
    if not user.is_authenticated or organisation.state not in (S.APPLIED, S.RETURNED):
        return False
    return user.memberships.filter(organisation=organisation, ended_at=None).exists()


def manages(user: Any, organisation_id: int) -> bool:
    """Manages it from within, in an active organisation."""
    held = user.organisations_with("organisation.manage") if user.is_authenticated else ()
    return any(one.pk == organisation_id for one in held)


def can_manage(user: Any, organisation: Organisation) -> bool:
    """A manager of the organisation; for departments and national bodies whoever enters them."""
    if not user.is_authenticated or organisation.state != S.ACTIVE:
        return False
    if organisation.kind in ENTERED_BY and user.can(ENTERED_BY[organisation.kind]):
        return True
    return manages(user, organisation.pk)


def can_edit(user: Any, organisation: Organisation) -> bool:
    """A manager; the applicant of a returned application."""
    if organisation.state == S.RETURNED:
        return is_applicant(user, organisation)
    return can_manage(user, organisation)


def kinds_entered_by(user: Any) -> list[str]:
    """The kinds of organisation that this person enters."""
    if not user.is_authenticated:
        return []
    return [kind for kind, capability in ENTERED_BY.items() if user.can(capability)]


def works_for(user: Any, organisation: Organisation) -> bool:
    """Holds any role there, whatever the state of the organisation."""
    if organisation.pk is None:
        return False
    return bool(user.memberships.filter(organisation=organisation, ended_at=None).exists())


def verifies(user: Any, organisation: Organisation) -> bool:
    """The named park for its tenants, an officer of the region for the others; the secretary parks, departments and
    bodies without a region, the system administrator national bodies. Nobody his own organisation.
    """
    if not user.is_authenticated or works_for(user, organisation):
        return False
    if organisation.kind in BY_SYSTEM:
        return bool(user.can("national.verify"))
    if decided_by_park(organisation) and not is_secretary(user):
        return any(one.pk == organisation.park_id for one in user.organisations_with("tenant.verify"))
    held = user.memberships_with("organisation.verify")
    return any(verifies_from(one.organisation, organisation) for one in held)


def decided_by_park(organisation: Organisation) -> bool:
    """Whether an application is the park's: it names one where somebody works, and did not come from a department."""
    if organisation.park is None or organisation.pk is None:
        return False
    applicant = organisation.memberships.filter(ended_at=None).exists()
    return applicant and organisation.park.memberships.current().filter(role=Role.PARK_ADMIN).exists()


def verifies_from(department: Organisation, organisation: Organisation) -> bool:
    """Whether the people of this department (or of the secretariat) verify that organisation."""
    place, region = department.region, organisation.region
    if organisation.kind in BY_SYSTEM:
        return False
    if place is None:
        return True
    if region is None or organisation.kind in (*PARK_KINDS, *DEPARTMENT_KINDS):
        return False
    apart = place.kind == Region.Kind.PROVINCE and region.separately_planned
    return place.code in region.path and not apart


def can_verify(user: Any, organisation: Organisation) -> bool:
    return organisation.state == S.APPLIED and verifies(user, organisation)


def can_freeze(user: Any, organisation: Organisation) -> bool:
    """Whoever verifies it takes its rights away and gives them back."""
    return organisation.state in (S.ACTIVE, S.FROZEN) and verifies(user, organisation)


def missing_for_directory(kind: str, values: Mapping[str, Any]) -> list[str]:
    """The fields without which an organisation of this kind cannot be verified (records.md §3.1)."""
    return [name for name in NEEDED_OF_KIND.get(kind, ()) if not values.get(name)]


def sees_credential(user: Any, organisation: Organisation) -> bool:
    """Those who verify, and the organisation's own manager or applicant."""
    if not organisation.credential_file:
        return False
    own = is_applicant(user, organisation) or can_manage(user, organisation)
    return own or verifies(user, organisation)
