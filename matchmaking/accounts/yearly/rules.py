"""Who confirms, once a year, that somebody still holds a role."""

from typing import Any

from matchmaking.accounts import rules
from matchmaking.accounts.models import Membership
from matchmaking.accounts.roles import ROLES_OF_KIND, managing_roles


def is_managing(membership: Membership) -> bool:
    return membership.role in managing_roles(membership.organisation.kind)


def can_confirm(user: Any, membership: Membership) -> bool:
    """A manager of the organisation for the others; for managers also whoever verifies it. Nobody for himself.

    The administrators of the system, and the last secretary, are confirmed at the console (`manage confirm_roles`).
    """
    if not user.is_authenticated or membership.user_id == user.pk or membership.ended_at is not None:
        return False
    organisation = membership.organisation
    if membership.role not in ROLES_OF_KIND.get(organisation.kind, ()):
        return False
    return rules.can_manage(user, organisation) or (is_managing(membership) and rules.verifies(user, organisation))
