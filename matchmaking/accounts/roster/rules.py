"""Who keeps the roster of an organisation."""

from typing import Any

from matchmaking.accounts.enums import OrganisationState
from matchmaking.accounts.models import Organisation
from matchmaking.accounts.roster.enums import KEEPERS


def keeps_one(organisation: Organisation) -> bool:
    return organisation.kind in KEEPERS and organisation.state == OrganisationState.ACTIVE


def reads(user: Any, organisation: Organisation) -> bool:
    """The organisation's own people."""
    return user.is_authenticated and keeps_one(organisation) and organisation.pk in user.organisation_ids


def can_keep(user: Any, organisation: Organisation) -> bool:
    """Whoever manages it, from within."""
    if not reads(user, organisation):
        return False
    return any(one.pk == organisation.pk for one in user.organisations_with("organisation.manage"))
