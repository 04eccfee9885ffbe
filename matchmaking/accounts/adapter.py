"""How allauth behaves here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come by invitation or organisation application, never by open sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """The pages speak the language the person chose for the account."""
        response = super().post_login(request, user, **kwargs)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, user.language, max_age=31_536_000, samesite="Lax", secure=request.is_secure()
        )
        return response

    def set_password(self, user: Any, password: str) -> None:
        """A new password ends what was given out under the old one."""
        from matchmaking.accounts.tokens import revoke_tokens  # models: the adapter is read before they are loaded

        super().set_password(user, password)
        revoke_tokens(user=user)


def user_display(user) -> str:
    return user.get_full_name()
