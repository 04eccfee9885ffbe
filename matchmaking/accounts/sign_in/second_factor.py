"""The second factor: who needs one, who has one, and how its secrets are kept."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.roles import SECOND_FACTOR_ROLES
from matchmaking.accounts.sign_in.sessions import end_other_sessions
from matchmaking.accounts.tokens import revoke_tokens
from matchmaking.activity.services import record
from matchmaking.common.crypto import seal, unseal


def has_second_factor(user: Any) -> bool:
    """Whether the person has set an authenticator up; recovery codes alone are none."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def needs_second_factor(user: Any) -> bool:
    """Whether one of the person's roles decides or administers. Fictional people of a demonstration need none."""
    if user.is_sample and settings.SAMPLE_SIGN_IN and settings.EMBEDDED:
        return False
    return any(held.role in SECOND_FACTOR_ROLES for held in user.active_memberships)


def lacks_second_factor(user: Any) -> bool:
    """Whether the person needs one and has none; asks nothing that the request has not asked already."""
    return needs_second_factor(user) and not user.active_memberships[0].has_second_factor


@transaction.atomic
def reset_second_factor(*, user: Any) -> bool:
    """Take the factor, the recovery codes and all sessions and tokens of a person away; False when there is none.

    For the operator of the machine, who has made sure who asks; nobody does it on a page.
    """
    if not Authenticator.objects.filter(user=user).delete()[0]:
        return False
    record(by=None, verb="account.second_factor_off", about=user, kind="account")
    end_other_sessions(user=user, but=None)
    revoke_tokens(user=user)
    return True


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets are stored encrypted with the keys of the field encryption; a needed factor cannot be given up."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right, or it has been used already. Wait for the next one."),
        "cannot_delete_authenticator": _("Your role needs a second factor."),
        "unverified_email": _(
            "First open the link in the mail that confirms your address; then set the second factor up."
        ),
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return authenticator.type != Authenticator.Type.TOTP or not needs_second_factor(authenticator.user)
