"""The administrator of security sees who is signed in and ends what somebody else has open."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from matchmaking.accounts.enums import OrganisationKind, Role
from matchmaking.accounts.tokens import create_token
from matchmaking.activity.models import Entry
from matchmaking.notifications.models import Notification, OutboxMail
from tests.factories.accounts import OrganisationFactory, member
from tests.matchmaking.accounts.sign_in.people import is_signed_in, person, sign_in

pytestmark = pytest.mark.django_db
LIST = reverse("accounts:signed_in_list")


def end_of(user):
    return reverse("accounts:person_sign_out", args=[user.uuid])


@pytest.fixture
def zhang():
    """(person, here, there): somebody signed in twice, with a token beside."""
    user, here, there = person(), Client(), Client()
    sign_in(here)
    sign_in(there)
    return user, here, there


@pytest.fixture
def operator():
    return OrganisationFactory(name="平台运营单位", kind=OrganisationKind.OPERATOR)


@pytest.fixture
def security_admin(operator):
    return member(operator, Role.SECURITY_ADMIN, username="keeper")


@pytest.fixture
def office(login, security_admin):
    return login(security_admin)


def test_all_sessions_and_tokens_end_with_the_next_request(zhang, office, security_admin):
    user, here, there = zhang
    _token, text = create_token(by=user)
    assert is_signed_in(here)
    assert office.post(end_of(user), {"reason": "lost"})["Location"] == LIST
    assert not is_signed_in(here)
    assert not is_signed_in(there)
    assert Client().get("/api/needs/", HTTP_AUTHORIZATION=f"Token {text}").status_code == 401
    entry = Entry.objects.get(verb="account.sessions_ended_by_administrator")
    assert (entry.actor_id, entry.object_id) == (security_admin.pk, user.uuid)
    assert entry.detail == {"count": 2, "tokens": 1, "reason_code": "lost"}
    assert not Entry.objects.filter(verb="account.sessions_ended").exists()


def test_the_person_is_told_by_mail_too_and_may_come_back(zhang, office):
    user, here, _there = zhang
    office.post(end_of(user), {"reason": "misuse"})
    assert Notification.objects.get(recipient=user).kind == "sessions_ended"
    assert OutboxMail.objects.filter(to=user.email, body__contains="/accounts/sessions/").exists()
    sign_in(here)
    assert is_signed_in(here)


def test_without_a_reason_nothing_ends(zhang, office):
    user, here, _there = zhang
    for said in ("", "because"):
        assert office.post(end_of(user), {"reason": said}).status_code == 422
    assert office.get(end_of(user)).status_code == 200
    assert is_signed_in(here)


def test_the_list_names_who_is_there_and_nobody_else(zhang, office, security_admin):
    user, *_rest = zhang
    gone = person("li")
    sign_in(Client(), "li")
    Session.objects.filter(session_key__in=UserSession.objects.filter(user=gone).values("session_key")).update(
        expire_date=timezone.now()
    )
    page = office.get(LIST).content.decode()
    assert user.username in page
    assert "li</td>" not in page
    assert security_admin.username not in page
    assert user.username in office.get(LIST, {"q": user.full_name[:4]}).content.decode()
    assert user.username not in office.get(LIST, {"q": "wang"}).content.decode()


def test_the_list_costs_the_same_for_many(zhang, office, django_assert_max_num_queries):
    for name in ("li", "wang", "zhao"):
        person(name)
        sign_in(Client(), name)
    office.get(LIST)
    with django_assert_max_num_queries(12):
        office.get(LIST)


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, Role.SECRETARY])
def test_nobody_else_sees_or_ends(zhang, login, operator, role):
    user, here, _there = zhang
    client = login(member(operator, role, username="another"))
    assert client.get(LIST).status_code == 403
    assert client.post(end_of(user), {"reason": "lost"}).status_code == 403
    assert is_signed_in(here)


def test_the_own_sessions_are_ended_on_the_own_page(office, security_admin):
    key = office.session.session_key
    UserSession.objects.create(user=security_admin, ip="192.0.2.1", session_key=key, user_agent="Keeper/1")
    assert "keeper" not in office.get(LIST).content.decode().partition('id="results"')[2]
    assert office.post(end_of(security_admin), {"reason": "lost"}).status_code == 404
