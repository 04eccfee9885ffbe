"""`roles.py` as a person reads it: a row for each role, for officers of a region one for each track."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from matchmaking.accounts.enums import TRACK_OF_KIND, OrganisationKind, Role
from matchmaking.accounts.models import Membership
from matchmaking.accounts.roles import CAPABILITIES, ROLES_OF_KIND, capabilities_of


@dataclass(frozen=True)
class RoleRow:
    """A role in the kinds of organisation in which it means the same, and how many people hold it now."""

    role: Role
    kinds: tuple[OrganisationKind, ...]
    capabilities: tuple[Any, ...]
    people: int


def role_table() -> list[RoleRow]:
    """Every role with what it allows; the words of the capabilities are those of `CAPABILITIES`."""
    current = Membership.objects.current().values_list("role", "organisation__kind")
    held = {(role, kind): n for role, kind, n in current.annotate(n=Count("user", distinct=True))}
    rows = []
    for role in Role:
        for kinds in _kinds_of(role):
            allowed = capabilities_of(role, kinds[0] if kinds else "")
            words = tuple(text for name, text in CAPABILITIES.items() if name in allowed)
            people = sum(n for (one, kind), n in held.items() if one == role and (not kinds or kind in kinds))
            rows.append(RoleRow(role, kinds, words, people))
    return rows


def _kinds_of(role: Role) -> list[tuple[OrganisationKind, ...]]:
    """The kinds in which a role may be held; those of departments apart, as each track adds its own capabilities.

    The administrators of the system are appointed by the operator of the machine: one row without a kind.
    """
    kinds = tuple(OrganisationKind(kind) for kind, roles in ROLES_OF_KIND.items() if role in roles)
    if role == Role.REGIONAL_OFFICER:
        return [(kind,) for kind in kinds if kind in TRACK_OF_KIND]
    return [kinds]
