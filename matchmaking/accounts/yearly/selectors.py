"""Roles whose year is over soon, for those who confirm them."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from matchmaking.accounts.enums import OrganisationState
from matchmaking.accounts.models import CONFIRMED_EVERY, Membership, Organisation, User
from matchmaking.accounts.roles import ENTERED_BY, ROLES_OF_KIND, managing_roles
from matchmaking.accounts.selectors import holders, holders_of, managed_by, verified_by, verifiers_of
from matchmaking.accounts.yearly.rules import is_managing

ASKED_BEFORE = timedelta(days=30)


def due() -> QuerySet[Membership]:
    """Open roles in working organisations that were given or confirmed eleven months ago or earlier."""
    until = timezone.now() - CONFIRMED_EVERY + ASKED_BEFORE
    open_roles = Membership.objects.filter(
        _on_pages(), ended_at=None, user__is_active=True, user__is_sample=False, confirmed_at__lt=until
    )
    return open_roles.filter(organisation__state=OrganisationState.ACTIVE)


def due_for(user: User) -> QuerySet[Membership]:
    """Those that this person confirms, the first to lapse first; the same answer as `rules.can_confirm`, for many."""
    theirs = verified_by(user, Organisation.objects.active())
    mine = Q(organisation__in=managed_by(user).values("pk")) | _on_pages(managing=True) & Q(
        organisation__in=theirs.values("pk")
    )
    found = due().exclude(user=user).filter(mine).select_related("user", "organisation")
    return found.order_by("confirmed_at", "pk")


def confirmers_of(membership: Membership) -> list[User]:
    """Who is asked to confirm a role: the other managers; where there is none, whoever let the organisation in."""
    organisation = membership.organisation
    manages = Q(organisation=organisation, role__in=managing_roles(organisation.kind))
    others = [one for one in holders(manages) if one.pk != membership.user_id]
    if others or not is_managing(membership):
        return others
    if organisation.kind in ENTERED_BY:
        return list(holders_of(ENTERED_BY[organisation.kind]))
    return list(verifiers_of(organisation).exclude(pk=membership.user_id))


def _on_pages(*, managing: bool = False) -> Q:
    """Roles that are given on pages, or those that manage; the administrators of the system are the console's."""
    given = Q(pk__in=[])
    for kind, roles in ROLES_OF_KIND.items():
        given |= Q(organisation__kind=kind, role__in=managing_roles(kind) if managing else roles)
    return given
