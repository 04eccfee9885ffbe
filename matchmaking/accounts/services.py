"""Use cases of organisations and memberships."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import OrganisationState
from matchmaking.accounts.models import Membership, Organisation, OrganisationAlias, User
from matchmaking.accounts.names import fold_name
from matchmaking.activity.services import record

__all__ = ["OrganisationRefused", "create_organisation", "end_membership", "find_organisation", "fold_name",
           "grant_role", "refuse_taken"]  # fmt: skip


class OrganisationRefused(Exception):
    """The organisation cannot be taken as it is; the message says why."""


def refuse_taken(names: Iterable[str], *, but: Organisation | None = None) -> None:
    """Raise OrganisationRefused when one of the names already means another organisation."""
    taken = OrganisationAlias.objects.filter(folded__in=[fold_name(name) for name in names])
    if but is not None:
        taken = taken.exclude(organisation=but)
    if found := taken.select_related("organisation").first():
        raise OrganisationRefused(
            _("“%(name)s” already names %(other)s.") % {"name": found.name, "other": found.organisation}
        )


@transaction.atomic
def create_organisation(*, by: User | None, aliases: tuple[str, ...] = (), **fields: Any) -> Organisation:
    """Create an organisation with its canonical name and aliases.

    Raises OrganisationRefused when the folded name or an alias already names another organisation.
    """
    names = [fields["name"], *aliases]
    refuse_taken(names)
    organisation = Organisation.objects.create(**fields)
    folded = {fold_name(name): name for name in names}
    OrganisationAlias.objects.bulk_create(OrganisationAlias.of(organisation, name) for name in folded.values())
    if by is not None:
        record(by=by, verb="organisation.created", about=organisation, kind="organisation")
    return organisation


def find_organisation(name: str) -> Organisation | None:
    """Return the active organisation that a name or alias means, or None when it is unknown or ambiguous."""
    found = list(
        Organisation.objects.filter(aliases__folded=fold_name(name), state=OrganisationState.ACTIVE).distinct()[:2]
    )
    return found[0] if len(found) == 1 else None


@transaction.atomic
def grant_role(*, by: User | None, user: User, organisation: Organisation, role: str) -> Membership:
    """Give a person a role in an organisation; an open membership of that kind is returned as it is."""
    membership, created = Membership.objects.get_or_create(
        user=user, organisation=organisation, role=role, ended_at=None
    )
    if created and by is not None:
        record(by=by, verb="membership.granted", about=organisation, kind="organisation", detail={"role": role})
    return membership


@transaction.atomic
def end_membership(*, by: User, membership: Membership) -> None:
    """End a membership; access is gone with the person's next request, history stays."""
    Membership.objects.filter(pk=membership.pk, ended_at=None).update(ended_at=timezone.now())
    record(
        by=by,
        verb="membership.ended",
        about=membership.organisation,
        kind="organisation",
        detail={"role": membership.role},
    )
