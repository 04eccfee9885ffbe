"""Who crawls: 32 principals, each with what the test itself says of him, not what the product thinks of him."""

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from matchmaking.accounts.enums import OrganisationKind as K
from matchmaking.accounts.enums import OrganisationState, Role
from matchmaking.accounts.models import Organisation
from tests.factories.accounts import OrganisationFactory, UserFactory, member, region

# name → (organisation, role); who is not listed in a group below is in none of them.
SEATS: dict[str, tuple[str, str]] = {
    "owner": ("enterprise", Role.ENTERPRISE_OWNER),
    "editor": ("enterprise", Role.ENTERPRISE_EDITOR),
    "reader": ("enterprise", Role.ENTERPRISE_READER),
    "hidden_owner": ("hidden", Role.ENTERPRISE_OWNER),
    "foreign_owner": ("foreign", Role.ENTERPRISE_OWNER),
    "guest": ("guest", Role.ENTERPRISE_OWNER),
    "park": ("park", Role.PARK_ADMIN),
    "other_park": ("other_park", Role.PARK_ADMIN),
    "miit": ("dept_miit", Role.REGIONAL_OFFICER),
    "edu": ("dept_edu", Role.REGIONAL_OFFICER),
    "sti": ("dept_sti", Role.REGIONAL_OFFICER),
    "ip": ("dept_ip", Role.REGIONAL_OFFICER),
    "other_miit": ("other_miit", Role.REGIONAL_OFFICER),
    "other_edu": ("other_edu", Role.REGIONAL_OFFICER),
    "national": ("national", Role.NATIONAL_OFFICER),
    "secretary": ("office", Role.SECRETARY),
    "transfer": ("university", Role.UNIVERSITY_OFFICER),
    "author": ("university", Role.RESEARCHER),
    "colleague": ("university", Role.RESEARCHER),
    "completer": ("other_university", Role.RESEARCHER),
    "other_transfer": ("other_university", Role.UNIVERSITY_OFFICER),
    "expert": ("university", Role.EXPERT),
    "student": ("university", Role.STUDENT),
    "broker": ("broker_firm", Role.BROKER),
    "investor": ("fund", Role.INVESTOR),
    "system": ("office", Role.SYSTEM_ADMIN),
    "security": ("office", Role.SECURITY_ADMIN),
    "audit": ("office", Role.AUDIT_ADMIN),
    "frozen": ("frozen_firm", Role.ENTERPRISE_OWNER),
    "former": ("enterprise", Role.ENTERPRISE_OWNER),
}
ANONYMOUS, STRANGER = "anonymous", "stranger"
EVERYBODY = frozenset({ANONYMOUS, STRANGER, *SEATS})
# Who works for no organisation that stands: he reads what a visitor reads.
OUTSIDE = frozenset({ANONYMOUS, STRANGER, "frozen", "former"})
MEMBERS = EVERYBODY - OUTSIDE

_HOUSES = {
    "park": (K.PARK_HITECH, "32"),
    "enterprise": (K.ENTERPRISE, "32"), "hidden": (K.ENTERPRISE, "32"),
    "foreign": (K.ENTERPRISE, "37"),
    "guest": (K.ENTERPRISE, "11"), "frozen_firm": (K.ENTERPRISE, "32"),
    "other_park": (K.PARK_HITECH, "37"), "dept_miit": (K.DEPT_MIIT, "32"), "dept_edu": (K.DEPT_EDU, "32"),
    "dept_sti": (K.DEPT_STI, "32"), "dept_ip": (K.DEPT_IP, "32"), "other_miit": (K.DEPT_MIIT, "37"),
    "other_edu": (K.DEPT_EDU, "37"), "national": (K.NATIONAL, None), "office": (K.OPERATOR, None),
    "university": (K.UNIVERSITY, "32"), "other_university": (K.UNIVERSITY, "37"), "broker_firm": (K.BROKER, "32"),
    "fund": (K.FUND, "32"),
}  # fmt: skip


@dataclass
class Cast:
    """The people by name (None for the visitor without account), and the organisations they sit in."""

    people: dict[str, Any] = field(default_factory=dict)
    houses: dict[str, Organisation] = field(default_factory=dict)


def make_cast(names: dict[str, str]) -> Cast:
    """Everybody, once. `names` gives organisations a name of their own (the hidden owner's is a canary)."""
    cast = Cast(people={ANONYMOUS: None})
    for house, (kind, place) in _HOUSES.items():
        park = cast.houses["park"] if house in {"enterprise", "hidden"} else None
        cast.houses[house] = OrganisationFactory(
            name=names.get(house, f"测试{house}"), kind=kind, region=region(place) if place else None, park=park
        )
    cast.people[STRANGER] = UserFactory(username=STRANGER, full_name="路人甲")
    for name, (house, role) in SEATS.items():
        cast.people[name] = member(cast.houses[house], role, username=f"cast_{name}", full_name=f"人员{name}")
    cast.people["former"].memberships.update(ended_at=timezone.now())
    Organisation.objects.filter(pk=cast.houses["frozen_firm"].pk).update(state=OrganisationState.FROZEN)
    return cast
