"""A person sees where he is signed in and ends what he does not know; a session does not last for ever."""

import time

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from matchmaking.accounts.sign_in import clock
from matchmaking.activity.models import Entry
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.matchmaking.accounts.sign_in.people import PASSWORD, is_signed_in, person, sign_in

pytestmark = pytest.mark.django_db
LIST = "/accounts/sessions/"


@pytest.fixture
def two():
    """(person, here, there): the same person in two browsers."""
    user, here, there = person(), Client(), Client()
    sign_in(here, HTTP_USER_AGENT="Here/1")
    sign_in(there, HTTP_USER_AGENT="There/2")
    return user, here, there


def test_the_list_names_both(two):
    page = two[1].get(LIST).content.decode()
    assert "Here/1" in page
    assert "There/2" in page


def test_an_ended_session_is_refused_at_the_next_request(two):
    user, here, there = two
    ended = UserSession.objects.get(user=user, user_agent="There/2")
    assert is_signed_in(there)
    assert here.post(reverse("accounts:session_end", args=[ended.pk]))["Location"] == LIST
    assert not is_signed_in(there)
    assert is_signed_in(here)
    assert Entry.objects.get(verb="account.sessions_ended").detail == {"count": 1}


def test_all_others_end_at_once(two):
    _user, here, there = two
    here.post(LIST)
    assert not is_signed_in(there)
    assert is_signed_in(here)


def test_a_new_password_ends_the_others(two):
    _user, here, there = two
    new = "another-horse-95-staple"
    here.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert not is_signed_in(there)
    assert is_signed_in(here)


def test_nobody_ends_the_session_of_another(two):
    stranger = Client()
    person("li")
    sign_in(stranger, "li")
    foreign = UserSession.objects.get(user=two[0], user_agent="Here/1")
    assert stranger.post(reverse("accounts:session_end", args=[foreign.pk])).status_code == 404
    assert is_signed_in(two[1])


def test_signing_out_kills_the_session(client):
    person()
    sign_in(client)
    kept = client.cookies["session"].value
    client.post(reverse("account_logout"))
    client.cookies["session"] = kept
    assert not is_signed_in(client)


CLEAR = "Clear-Site-Data"


def test_signing_out_makes_the_browser_forget(client):
    person()
    sign_in(client)
    assert CLEAR not in client.get("/").headers
    assert client.post(reverse("account_logout"))[CLEAR] == '"cache", "storage"'
    assert CLEAR not in client.get("/").headers


def test_so_does_a_session_that_is_over(two):
    _user, here, there = two
    here.post(LIST)
    assert there.get("/")[CLEAR] == '"cache", "storage"'


def test_signing_in_changes_the_key_of_the_session(client):
    person()
    client.get(reverse("account_login"))
    client.post(reverse("set_language"), {"language": "en"})
    session = client.session
    session["mine"] = 1
    session.save()
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before


def test_the_one_click_of_a_demonstration_is_listed_too(client):
    persona = MembershipFactory(user=UserFactory(username="demo.x", is_sample=True)).user
    client.post(reverse("accounts:demo_sign_in", args=[persona.pk]))
    assert UserSession.objects.filter(user=persona).count() == 1


class TestItsEnd:
    @pytest.fixture
    def at(self, client):
        """`at(began=, seen=)` says how many seconds ago the session began and was last used."""
        person()
        sign_in(client)

        def set_back(*, began=0, seen=0):
            session = client.session
            session[clock.BEGAN], session[clock.SEEN] = int(time.time()) - began, int(time.time()) - seen
            session.save()

        return set_back

    def test_after_half_a_day_it_is_over(self, client, at, settings):
        at(began=settings.SESSION_COOKIE_AGE + 5)
        assert not is_signed_in(client)

    def test_without_an_act_for_too_long_it_is_over(self, client, at, settings):
        settings.SESSION_IDLE_SECONDS = 900
        at(began=1000, seen=890)
        assert is_signed_in(client)
        at(began=2000, seen=905)
        assert not is_signed_in(client)

    def test_what_the_page_asks_by_itself_is_no_act(self, client, at, settings):
        settings.SESSION_IDLE_SECONDS = 900
        at(began=1000, seen=800)
        client.get(reverse("notifications:bell"), headers={"HX-Request": "true", "X-Live": "1"})
        assert time.time() - client.session[clock.SEEN] > 790
        client.get(reverse("notifications:list"))
        assert time.time() - client.session[clock.SEEN] < 10

    def test_the_other_profile_knows_no_idle_time(self, client, at):
        at(began=20_000, seen=20_000)
        assert is_signed_in(client)
