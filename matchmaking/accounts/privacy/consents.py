"""The consents of a person: which there are, their text word by word, and their withdrawal."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Consent, User
from matchmaking.accounts.privacy import rooms
from matchmaking.activity.services import record


class NotYours(Exception):
    message = _("This consent is not yours to withdraw.")


@dataclass(frozen=True)
class Given:
    """A consent as its person reads it."""

    consent: Consent
    label: str
    text: str
    part: str  # what of it can be taken back alone, in words; empty where nothing can


def consents_of(user: User) -> list[Given]:
    """All consents of a person, the newest first, those that were withdrawn as well."""
    found = []
    for consent in Consent.objects.filter(user=user).order_by("-given_at", "-pk"):
        kind = rooms.consent_kind(consent)
        if kind is None:
            found.append(Given(consent, consent.scope, "", ""))
            continue
        part = "" if consent.withdrawn_at else kind.part(consent)
        found.append(Given(consent, kind.label(consent), kind.text(consent), part))
    return found


@transaction.atomic
def withdraw_consent(*, by: User, consent: Consent) -> bool:
    """Withdraw a consent; the room that rests on it draws the consequence in the same transaction.

    A consent that was withdrawn before stays as it is; returns whether anything changed. Raises NotYours.
    """
    standing = _standing(by, consent)
    if standing is None:
        return False
    kind = rooms.consent_kind(standing)
    if kind is not None:
        kind.withdraw(by, standing)
    Consent.objects.filter(pk=standing.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    record(by=by, verb="account.consent_withdrawn", about=by, kind="account", detail={"consent": standing.pk})
    return True


@transaction.atomic
def narrow_consent(*, by: User, consent: Consent) -> bool:
    """Take back that part of a consent which can end alone; returns whether anything changed. Raises NotYours."""
    standing = _standing(by, consent)
    kind = rooms.consent_kind(standing) if standing else None
    if standing is None or kind is None or not kind.part(standing):
        return False
    kind.narrow(by, standing)
    record(by=by, verb="account.consent_narrowed", about=by, kind="account", detail={"consent": standing.pk})
    return True


def _standing(by: User, consent: Consent) -> Consent | None:
    """The consent, locked, unless it was withdrawn meanwhile."""
    if consent.user_id != by.pk:
        raise NotYours
    return Consent.objects.select_for_update().filter(pk=consent.pk, withdrawn_at=None).first()
