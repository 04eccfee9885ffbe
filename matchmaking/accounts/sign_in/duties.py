"""What a signed-in person has to do before anything else: a password that is too old, a second factor not set up."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.sign_in.second_factor import lacks_second_factor


@dataclass(frozen=True)
class Duty:
    """`kind` names it to a program, `page` is the route where it is done, `sentence` says so to a person."""

    kind: str
    page: str
    sentence: str | Promise


NEW_PASSWORD = Duty(
    "password-too-old", "account_change_password",
    _("Your password is older than the rules of this portal allow. Please set a new one."),
)  # fmt: skip
SECOND_FACTOR = Duty(
    "second-factor-missing", "mfa_activate_totp",
    _("Your role needs a second factor. Please set it up before you go on."),
)  # fmt: skip


def duty_of(user: Any) -> Duty | None:
    """Return what the person has to do first, or None."""
    if _password_too_old(user):
        return NEW_PASSWORD
    if lacks_second_factor(user):
        return SECOND_FACTOR
    return None


def _password_too_old(user: Any) -> bool:
    if settings.PASSWORD_DAYS is None or user.is_sample or not user.has_usable_password():
        return False
    return bool(user.password_set_at < timezone.now() - timedelta(days=settings.PASSWORD_DAYS))
