"""The forms of allauth, where ours have to differ."""

from typing import Any

from allauth.account.forms import LoginForm, SignupForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP
from django import forms
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from matchmaking.common.fields import TextField


class SignInForm(LoginForm):
    """Name or address and password."""

    def user_credentials(self) -> dict[str, str]:
        """What was typed goes under one name: allauth looks for an address there too, and given both ways it would
        hash a wrong password twice for a known address, once for an unknown one, which can be measured.
        """
        return {"username": self.cleaned_data["login"], "password": self.cleaned_data["password"]}


class SignUpForm(SignupForm):
    """Name, address and password. The answer to a known address is that to an unknown one; a mail tells its owner."""

    full_name = TextField(label=_("Your name"), max_length=100)
    username = TextField(required=False)  # allauth takes it out, because nobody chooses one
    field_order = ("full_name", "email", "password1", "password2")

    def try_save(self, request: HttpRequest) -> tuple[Any, Any]:
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])  # takes the time that a new account would take
        return super().try_save(request)


class SetUpCodeForm(ActivateTOTPForm):
    """The first code of an authenticator counts as used: nobody who saw it signs in with it."""

    code = TextField(
        label=_("Authentication code"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "one-time-code"})
    )

    def clean_code(self) -> str:
        code = super().clean_code()
        TOTP(Authenticator(user=self.user))._mark_code_used(code)  # noqa: SLF001 (allauth has no public name for it)
        return code
