"""Who keeps the roster of an organisation."""

from typing import Any

from matchmaking.accounts.enums import OrganisationState, Role
from matchmaking.accounts.models import Organisation
from matchmaking.accounts.roster.enums import KEEPERS
from matchmaking.accounts.rules import manages


def keeps_one(organisation: Organisation) -> bool:
    return organisation.kind in KEEPERS and organisation.state == OrganisationState.ACTIVE


def reads(user: Any, organisation: Organisation) -> bool:
    """The organisation's own people, but not its students: a roster holds names and certificates."""
    if not user.is_authenticated or not keeps_one(organisation):
        return False
    held = [one.role for one in user.active_memberships if one.organisation_id == organisation.pk]
    return any(role != Role.STUDENT for role in held)


def can_keep(user: Any, organisation: Organisation) -> bool:
    """Whoever manages it, from within."""
    return reads(user, organisation) and manages(user, organisation.pk)
