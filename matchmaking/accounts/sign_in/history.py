"""What the libraries of signing in do, put into the history of the account; connected in `accounts/apps.py`."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as factor
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as single
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from matchmaking.accounts.sign_in import clock
from matchmaking.accounts.sign_in.lockout import person_of
from matchmaking.accounts.sign_in.sessions import end_other_sessions
from matchmaking.activity.services import record

KIND = "account"


def connect() -> None:
    """Listen to the libraries. These are their signals: between our own apps there are none."""
    user_logged_in.connect(_started, dispatch_uid="sign_in.started")
    user_logged_out.connect(_ended, dispatch_uid="sign_in.ended")
    account.user_signed_up.connect(_signed_up, dispatch_uid="sign_in.signed_up")
    account.user_logged_in.connect(_signed_in, dispatch_uid="sign_in.signed_in")
    for signal in (account.password_changed, account.password_set, account.password_reset):
        signal.connect(_password, dispatch_uid="sign_in.password")
    account.email_changed.connect(_address, dispatch_uid="sign_in.address")
    factor.authenticator_added.connect(_factor_added, dispatch_uid="sign_in.factor_added")
    factor.authenticator_removed.connect(_factor_removed, dispatch_uid="sign_in.factor_removed")
    factor.authenticator_reset.connect(_codes_renewed, dispatch_uid="sign_in.codes_renewed")
    single.social_account_added.connect(_linked, dispatch_uid="sign_in.linked")
    single.social_account_removed.connect(_unlinked, dispatch_uid="sign_in.unlinked")
    user_locked_out.connect(_locked_out, dispatch_uid="sign_in.locked_out")


def _note(person: Any, verb: str, *, by_portal: bool = False, **detail: Any) -> None:
    record(by=None if by_portal else person, verb=f"{KIND}.{verb}", about=person, kind=KIND, detail=detail)


def _started(sender: Any, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    if request is not None and hasattr(request, "session"):
        clock.start(request)


def _ended(sender: Any, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    """`HeadersMiddleware` tells the browser to forget: a sentence for the next page makes a new session at once."""
    if request is not None and user is not None:
        request.signed_out = True  # type: ignore[attr-defined]


def _signed_up(sender: Any, user: Any, **kwargs: Any) -> None:
    _note(user, "signed_up")


def _signed_in(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    records = request.session.get("account_authentication_methods") or []
    _note(user, "signed_in", methods=[one["method"] for one in records])


def _password(sender: Any, user: Any, **kwargs: Any) -> None:
    _note(user, "password_set")


def _address(sender: Any, user: Any, **kwargs: Any) -> None:
    _note(user, "address_changed")


def _factor_added(sender: Any, request: HttpRequest, user: Any, authenticator: Authenticator, **kwargs: Any) -> None:
    """Sessions that began without the second factor end with its arrival."""
    if authenticator.type == Authenticator.Type.TOTP:
        _note(user, "second_factor_on")
        end_other_sessions(user=user, but=request.session.session_key)


def _factor_removed(sender: Any, user: Any, authenticator: Authenticator, **kwargs: Any) -> None:
    if authenticator.type == Authenticator.Type.TOTP:
        _note(user, "second_factor_off")


def _codes_renewed(sender: Any, user: Any, **kwargs: Any) -> None:
    _note(user, "recovery_codes_renewed")


def _linked(sender: Any, sociallogin: Any, **kwargs: Any) -> None:
    _note(sociallogin.user, "linked", provider=sociallogin.account.provider)


def _unlinked(sender: Any, socialaccount: Any, **kwargs: Any) -> None:
    _note(socialaccount.user, "unlinked", provider=socialaccount.provider)


def _locked_out(sender: Any, request: Any, username: str, **kwargs: Any) -> None:
    """Once for each wrong password that begins a wait, not for what is tried meanwhile."""
    if getattr(request, "axes_failures_since_start", None) and (person := person_of(username)):
        _note(person, "locked_out", by_portal=True)
