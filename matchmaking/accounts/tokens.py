"""Access to the API by programs: a person makes a token on his account page; it is shown once and stored as a hash.

A token is the person: it reaches what he reaches, ends after 90 days, when he revokes it, and with every change of
his password. Passwords are never sent to the API, so that a second factor cannot be gone round.
"""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken
from knox.settings import knox_settings

from matchmaking.accounts.models import User


class TooManyTokens(Exception):
    message = _("You hold as many tokens as are possible. Revoke one that is no longer used.")


def tokens_of(user: User) -> QuerySet[AuthToken]:
    """Return the tokens of a person that still work, newest first."""
    return working_tokens().filter(user=user).order_by("-created")


def working_tokens() -> QuerySet[AuthToken]:
    return AuthToken.objects.filter(expiry__gt=timezone.now())


@transaction.atomic
def create_token(*, by: User) -> tuple[AuthToken, str]:
    """Return a new token with its text, which can never be read again. Raises TooManyTokens."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # two clicks count one after the other
    if tokens_of(by).count() >= knox_settings.TOKEN_LIMIT_PER_USER:
        raise TooManyTokens
    AuthToken.objects.filter(user=by, expiry__lte=timezone.now()).delete()
    token, text = AuthToken.objects.create(user=by)
    return token, text


def revoke_token(*, by: User, token_key: str) -> bool:
    """End a token of the person; False when he has none of this key."""
    return bool(AuthToken.objects.filter(user=by, token_key=token_key).delete()[0])


def revoke_tokens(*, user: User) -> None:
    """End all tokens of a person."""
    AuthToken.objects.filter(user=user).delete()
