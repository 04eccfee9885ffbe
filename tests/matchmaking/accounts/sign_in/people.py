"""People who can really sign in: with a password, a confirmed address and, where asked for, a second factor."""

import re

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth
from django.test import Client
from django.urls import reverse

from matchmaking.accounts.enums import OrganisationKind, Role
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory

PASSWORD = "correct-horse-93-staple"
WRONG = "wrong-horse-94-staple"


def person(username="zhang", *, role=None, kind=OrganisationKind.DEPT_EDU, password=PASSWORD, factor=True, **fields):
    """A person with an account; `role` is held in an organisation of `kind`."""
    user = UserFactory(username=username, **fields)
    if password is not None:
        user.set_password(password)
        user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if role:
        MembershipFactory(user=user, role=role, organisation=OrganisationFactory(kind=kind), second_factor=factor)
    return type(user).objects.get(pk=user.pk)


def officer(username="officer", **fields):
    return person(username, role=Role.REGIONAL_OFFICER, **fields)


def code(secret: str, *, ahead: int = 0) -> str:
    """The code that an authenticator shows now; `ahead` half minutes later."""
    return auth.format_hotp_value(auth.hotp_value(secret, int(auth.time.time()) // 30 + ahead))


def sign_in(client: Client, login="zhang", password=PASSWORD, **headers):
    return client.post(reverse("account_login"), {"login": login, "password": password}, **headers)


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("accounts:profile")).status_code == 200


def bare(response, *words) -> str:
    """What a page says, without tokens and without what was typed."""
    text = response.content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"', "", text)
    for word in words:
        text = text.replace(word, "")
    return text
