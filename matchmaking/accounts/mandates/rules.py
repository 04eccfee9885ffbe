"""Who may do what with a mandate. No writes here."""

from typing import Any

from matchmaking.accounts.enums import PROVIDER_KINDS, OrganisationKind, OrganisationState, Role
from matchmaking.accounts.mandates.enums import OPEN, MandateState
from matchmaking.accounts.mandates.models import Mandate
from matchmaking.accounts.models import Organisation
from matchmaking.accounts.rules import manages

CLIENT_KINDS = (OrganisationKind.ENTERPRISE, *PROVIDER_KINDS)


def firm_of(user: Any) -> Organisation | None:
    """The broker institution for which the person acts."""
    if not user.is_authenticated:
        return None
    held = user.memberships_with("mandate.act")
    return next((one.organisation for one in held if one.role == Role.BROKER), None)


def can_offer(user: Any, client: Organisation) -> bool:
    """A broker, to an enterprise or a provider that counts now."""
    return client.kind in CLIENT_KINDS and client.state == OrganisationState.ACTIVE and firm_of(user) is not None


def can_sign(user: Any, mandate: Mandate) -> bool:
    """Who manages the client, and nobody of the broker."""
    both = manages(user, mandate.broker_id)
    return mandate.state == MandateState.OFFERED and manages(user, mandate.client_id) and not both


def can_revoke(user: Any, mandate: Mandate) -> bool:
    """Either side, at any time."""
    return mandate.state in OPEN and (manages(user, mandate.client_id) or manages(user, mandate.broker_id))
