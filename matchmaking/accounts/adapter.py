"""How allauth behaves here."""

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from matchmaking.common.addresses import NO_ADDRESS, caller_address
from matchmaking.common.language import remember

_NOT_KNOWN = _("The name or address and the password do not belong together.")


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come by sign-up with a confirmed address (`settings.SIGN_UP_OPEN`) or by invitation."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _NOT_KNOWN,
        "username_password_mismatch": _NOT_KNOWN,
        "too_many_login_attempts": _("Too many wrong codes. Please wait a few minutes."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whoever opened an invitation has the invited address in his session (`stash_verified_email`)."""
        return settings.SIGN_UP_OPEN or bool(request.session.get("account_verified_email"))

    def generate_unique_username(self, txts: list[str | None], regex: str | None = None) -> str:
        """A name that says nothing: people sign in with their address, and a chosen name would tell who has one."""
        return f"u{secrets.token_hex(8)}"

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        user.full_name = form.cleaned_data.get("full_name") or user.full_name
        user.language = get_language() or settings.LANGUAGE_CODE
        return super().save_user(request, user, form, commit=commit)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Wrong passwords are counted by django-axes (`sign_in/lockout.py`), for known and unknown names alike."""

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """The pages speak the language the person chose for the account."""
        response = super().post_login(request, user, **kwargs)
        remember(response, user.language)
        return response

    def set_password(self, user: Any, password: str) -> None:
        """A new password ends what was given out under the old one."""
        from matchmaking.accounts.tokens import revoke_tokens  # models: the adapter is read before they are loaded

        super().set_password(user, password)
        revoke_tokens(user=user)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever has just signed in sets his second factor up, and reads the codes that come with it, without giving
        the password again.
        """
        from matchmaking.accounts.sign_in.clock import has_just_signed_in  # as above
        from matchmaking.accounts.sign_in.second_factor import has_second_factor

        if app == "allauth.mfa" and has_just_signed_in(self.request):
            route = self.request.resolver_match.view_name
            if route == "mfa_view_recovery_codes" or not has_second_factor(self.request.user):
                return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def get_client_ip(self, request: HttpRequest) -> str:
        return caller_address(request) or NO_ADDRESS


def user_display(user) -> str:
    return user.get_full_name()
