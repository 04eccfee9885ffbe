"""Closing an account (PIPL 47): access ends at once, what need not be kept is taken away by a job.

What must be kept (history, signed matters, consents as proof) stays stored and is shown to nobody for any other
purpose; names in it are read by reference, and the reference leads to “closed account” from now on.
"""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from matchmaking.accounts.models import Consent, PastPassword, User
from matchmaking.accounts.privacy import rooms
from matchmaking.accounts.privacy.consents import withdraw_consent
from matchmaking.accounts.privacy.models import LeftAlone, PersonalExport
from matchmaking.accounts.services import end_membership
from matchmaking.accounts.sign_in.sessions import SessionsAdapter
from matchmaking.accounts.tokens import revoke_tokens
from matchmaking.activity.services import record
from matchmaking.jobs.services import enqueue

KIND = "erase_person"
CLOSED = "@closed.invalid"


class AlreadyClosed(Exception):
    """Somebody, or another window, closed the account before."""


@transaction.atomic
def close_account(*, by: User) -> User:
    """Close one's own account: every room lets the person leave, consents, roles, sessions and keys end, in one
    transaction; a job erases the rest. Raises AlreadyClosed.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if person.closed_at is not None:
        raise AlreadyClosed
    record(by=by, verb="account.closed", about=by, kind="account")
    for room in rooms.rooms():
        room.leave(by)
    for consent in Consent.objects.filter(user=by, withdrawn_at=None):
        withdraw_consent(by=by, consent=consent)
    for held in by.memberships.filter(ended_at=None).select_related("organisation"):
        end_membership(by=by, membership=held)
    LeftAlone.objects.filter(user=by, ended_at=None).update(ended_at=timezone.now())
    revoke_tokens(user=by)
    SessionsAdapter().end_sessions(UserSession.objects.filter(user=by))
    User.objects.filter(pk=by.pk).update(is_active=False, closed_at=timezone.now())
    enqueue(kind=KIND, args={"user": by.pk}, dedupe_key=f"{KIND}:{by.pk}")
    person.refresh_from_db()
    return person


def erase_room(*, person: User, room: rooms.Room) -> None:
    """What one room takes away of a closed account, in one transaction; a second time finds nothing."""
    with transaction.atomic():
        room.erase(person)


@transaction.atomic
def anonymise(*, person: User) -> User:
    """The last step: name, address and keys go; the row stays, because the history names it by its number.

    A second time does nothing.
    """
    if not person.full_name and person.email.endswith(CLOSED):
        return person
    EmailAddress.objects.filter(user=person).delete()
    SocialAccount.objects.filter(user=person).delete()
    Authenticator.objects.filter(user=person).delete()
    PastPassword.objects.filter(user=person).delete()
    open_copies = PersonalExport.objects.filter(person=person, removed_at=None)
    open_copies.update(data=None, removed_at=timezone.now())
    person.username = f"closed-{person.uuid.hex}"
    person.email = f"{person.uuid.hex}{CLOSED}"
    person.full_name = ""
    person.set_unusable_password()
    person.save(update_fields=["username", "email", "full_name", "password", "password_set_at"])
    record(by=None, verb="account.anonymised", about=person, kind="account")
    return person


def names_of_accounts(keys: Any) -> dict[int, str]:
    """What each of these accounts is called; of one that was closed only that."""
    people = User.objects.filter(pk__in=list(keys)).only("pk", "full_name", "username", "closed_at")
    return {one.pk: _("closed account") if one.closed_at else one.get_full_name() for one in people}
