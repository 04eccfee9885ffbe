"""Use cases of mandates. `state` changes through `move` alone."""

from collections.abc import Iterable
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.mandates import rules
from matchmaking.accounts.mandates.enums import MandateState
from matchmaking.accounts.mandates.models import Mandate
from matchmaking.accounts.mandates.workflow import MANDATE
from matchmaking.accounts.membership import NotAllowed, ReasonMissing
from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.selectors import managers_of
from matchmaking.activity.services import record
from matchmaking.common.workflow import expect_version, move
from matchmaking.notifications.services import notify

KIND = "mandate"


class MandateOpen(Exception):
    """There is one between the two already."""

    message = _("A mandate between the two is open already.")


@transaction.atomic
def offer_mandate(*, by: User, client: Organisation, subject: str, starts_on: date, ends_on: date) -> Mandate:
    """Offer to act for a client, which is the broker's signature. Raises NotAllowed, MandateOpen."""
    firm = rules.firm_of(by)
    if firm is None or not rules.can_offer(by, client):
        raise NotAllowed
    try:
        with transaction.atomic():
            mandate = Mandate.objects.create(broker=firm, client=client, subject=subject, starts_on=starts_on,
                                             ends_on=ends_on, offered_by=by)  # fmt: skip
    except IntegrityError as error:
        raise MandateOpen from error
    record(by=by, verb="mandate.offered", about=mandate, kind=KIND, organisation=firm, to_state=mandate.state)
    _tell(managers_of(client), "mandate_offered", mandate)
    return mandate


@transaction.atomic
def sign_mandate(*, by: User, mandate: Mandate, version: int) -> Mandate:
    """Sign for the client; on and after its first day it is in force at once. Raises NotAllowed, StaleState."""
    expect_version(mandate, version)
    if not rules.can_sign(by, mandate):
        raise NotAllowed
    move(mandate, MandateState.SIGNED, workflow=MANDATE, signed_by=by, signed_at=timezone.now())
    record(by=by, verb="mandate.signed", about=mandate, kind=KIND, organisation=mandate.client,
           from_state=MandateState.OFFERED, to_state=mandate.state)  # fmt: skip
    if mandate.starts_on <= timezone.localdate():
        _begin(mandate)
    _tell(managers_of(mandate.broker), "mandate_signed", mandate)
    return mandate


@transaction.atomic
def revoke_mandate(*, by: User, mandate: Mandate, version: int, reason: str) -> Mandate:
    """End it before its day, or refuse it, by either side; what it allowed is gone with the next request.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    expect_version(mandate, version)
    if not rules.can_revoke(by, mandate):
        raise NotAllowed
    if not reason.strip():
        raise ReasonMissing
    before = mandate.state
    move(mandate, MandateState.REVOKED, workflow=MANDATE, reason=reason.strip())
    side = mandate.client if rules.manages(by, mandate.client_id) else mandate.broker
    record(by=by, verb="mandate.revoked", about=mandate, kind=KIND, organisation=side, from_state=before,
           to_state=mandate.state)  # fmt: skip
    other = mandate.broker if side == mandate.client else mandate.client
    _tell(managers_of(other), "mandate_revoked", mandate)
    return mandate


@transaction.atomic
def turn_mandate(*, mandate: Mandate) -> bool:
    """Begin a signed one on its first day, end one after its last; the portal's own act. False when nothing is due."""
    today = timezone.localdate()
    if mandate.state == MandateState.SIGNED and mandate.starts_on <= today:
        _begin(mandate)
    if mandate.state == MandateState.ACTIVE and mandate.ends_on < today:
        move(mandate, MandateState.ENDED, workflow=MANDATE)
        record(by=None, verb="mandate.ended", about=mandate, kind=KIND, from_state=MandateState.ACTIVE,
               to_state=mandate.state)  # fmt: skip
        return True
    return mandate.state == MandateState.ACTIVE


def _begin(mandate: Mandate) -> None:
    move(mandate, MandateState.ACTIVE, workflow=MANDATE)
    record(by=None, verb="mandate.begun", about=mandate, kind=KIND, from_state=MandateState.SIGNED,
           to_state=mandate.state)  # fmt: skip


def _tell(people: Iterable[User], kind: str, mandate: Mandate) -> None:
    notify(recipients=list(people), kind=kind, params={"broker": mandate.broker.name, "client": mandate.client.name},
           url=mandate.get_absolute_url(), dedupe_key=f"{kind}:{mandate.uuid}")  # fmt: skip
