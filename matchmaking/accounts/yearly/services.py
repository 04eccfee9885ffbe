"""A role is confirmed for another year; who has to do it is told in time."""

from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from matchmaking.accounts.membership import NotAllowed
from matchmaking.accounts.models import Membership, Organisation, User
from matchmaking.accounts.yearly import rules
from matchmaking.accounts.yearly.selectors import confirmers_of, due
from matchmaking.activity.services import record
from matchmaking.notifications.services import notify


@transaction.atomic
def confirm_roles(*, by: User | None, memberships: Iterable[Membership]) -> int:
    """Confirm roles for another year and return how many. Raises NotAllowed, and then none is confirmed.

    `by` is None for the operator of the machine. A role that ended meanwhile is left out.
    """
    confirmed = 0
    for membership in memberships:
        if by is not None and not rules.can_confirm(by, membership):
            raise NotAllowed
        if not Membership.objects.filter(pk=membership.pk, ended_at=None).update(confirmed_at=timezone.now()):
            continue
        confirmed += 1
        record(by=by, verb="membership.confirmed", about=membership.organisation, kind="organisation",
               detail={"role": membership.role})  # fmt: skip
    return confirmed


@transaction.atomic
def ask_to_confirm(*, organisation: Organisation) -> None:
    """Tell those who confirm the roles of an organisation that some are due, once a month; and the holders of roles
    that have lapsed, once.
    """
    found = due().filter(organisation=organisation).select_related("user", "organisation")
    asked = {one.pk: one for membership in found for one in confirmers_of(membership)}
    notify(recipients=list(asked.values()), kind="roles_to_confirm", params={"organisation": organisation.name},
           url=reverse("accounts:role_confirmation"),
           dedupe_key=f"roles_to_confirm:{organisation.uuid}:{timezone.localdate():%Y-%m}")  # fmt: skip
    for membership in found:
        if membership.has_lapsed:
            notify(recipients=[membership.user], kind="role_lapsed", params={"organisation": organisation.name},
                   url=reverse("accounts:profile"),
                   dedupe_key=f"role_lapsed:{membership.pk}:{membership.lapses_on}")  # fmt: skip
