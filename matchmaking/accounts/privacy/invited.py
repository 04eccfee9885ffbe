"""What is held of a person who was invited: the address to which an invitation went, before and after it was taken."""

from collections.abc import Iterator
from typing import Any

from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.invitations.models import Invitation
from matchmaking.accounts.invitations.services import LASTS
from matchmaking.accounts.models import User
from matchmaking.accounts.outreach.models import ListedEnterprise
from matchmaking.accounts.privacy.retention import HALF_YEAR, Rule, first_keys, register_rule
from matchmaking.accounts.privacy.rooms import Held, Room, register_room

GONE = "@erased.invalid"


def _to(user: User) -> Any:
    return Invitation.objects.filter(Q(email=user.email.lower()) | Q(accepted_by=user))


def held(user: User) -> Iterator[Held]:
    for one in _to(user).select_related("organisation").order_by("-pk"):
        yield Held(title=gettext("Invitation from %(organisation)s") % {"organisation": one.organisation.name},
                   data={"email": one.email, "role": one.role}, source=one.organisation.name, since=one.sent_at,
                   kind="invitation", object_id=one.uuid, owner=one.organisation)  # fmt: skip
    for row in ListedEnterprise.objects.filter(email__iexact=user.email).select_related("list__organisation"):
        yield Held(title=gettext("Invitation from %(organisation)s") % {"organisation": row.list.organisation.name},
                   data={"email": row.email, "enterprise": row.name}, source=row.list.organisation.name,
                   since=row.sent_at, kind="invitation_list", object_id=row.list.uuid,
                   owner=row.list.organisation)  # fmt: skip


def leave(user: User) -> None:
    """Nothing is offered any more to whoever has gone."""
    _to(user).filter(accepted_at=None, revoked_at=None).update(revoked_at=timezone.now())


def erase(user: User) -> None:
    _empty(_to(user))
    _empty(ListedEnterprise.objects.filter(email__iexact=user.email))


def _empty(rows: Any) -> int:
    """Put a number in the place of the address: that somebody was invited stays, and by whom."""
    number = Cast(F("pk"), CharField())
    return rows.exclude(email__endswith=GONE).update(email=Concat(number, Value(GONE), output_field=CharField()))


def drop_addresses(most: int) -> int:
    """Half a year after an invitation is over its address goes; one that was accepted became an account of its own."""
    before = timezone.now() - HALF_YEAR
    over = Invitation.objects.filter(expires_at__lt=before).exclude(email__endswith=GONE)
    listed = ListedEnterprise.objects.filter(sent_at__lt=before - LASTS).exclude(email__endswith=GONE)
    count = 0
    for rows in (over, listed):
        count += _empty(rows.model.objects.filter(pk__in=first_keys(rows, most)))
    return count


def register() -> None:
    register_rule(
        Rule("invitations", _("addresses of invitations"), _("180 days"), _("the day the invitation is over"),
             _("the address is removed, the role that was offered stays"),
             _("PIPL art. 19 and 47: no longer than the purpose needs"), drop_addresses)
    )  # fmt: skip
    register_room(
        Room("invitations", _("Invitations"), _("to offer you a role in an organisation"),
             _("contract: the use of the portal (PIPL art. 13 no. 2)"), "invitations", held, leave=leave, erase=erase)
    )  # fmt: skip
