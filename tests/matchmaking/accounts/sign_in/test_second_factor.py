"""Whoever decides or administers signs in with a second factor; without it nothing opens, neither page nor API."""

import re
import time
from io import StringIO
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache, caches
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from matchmaking.accounts.enums import Role
from matchmaking.accounts.roles import SECOND_FACTOR_ROLES
from matchmaking.accounts.sign_in.second_factor import needs_second_factor
from matchmaking.accounts.tokens import create_token
from matchmaking.activity.models import Entry
from matchmaking.common.crypto import unseal
from tests.factories.accounts import with_second_factor
from tests.matchmaking.accounts.sign_in.people import PASSWORD, code, is_signed_in, officer, person, sign_in

pytestmark = pytest.mark.django_db
SET_UP = "/accounts/2fa/totp/activate/"


@pytest.fixture
def half_minute(monkeypatch):
    """The clock of the codes, moved on by hand: no test may meet the end of a half minute."""
    now = [time.time()]
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", SimpleNamespace(time=lambda: now[0]))
    return now


@pytest.fixture
def guarded(half_minute):
    """(person, secret): an officer whose second factor is set up."""
    user = officer(factor=False)
    return user, with_second_factor(user)


def give(client, text):
    return client.post(reverse("mfa_authenticate"), {"code": text})


class TestSigningIn:
    def test_password_and_code_open_the_account(self, client, guarded):
        user, secret = guarded
        asked = sign_in(client, user.username)
        assert asked["Location"] == reverse("mfa_authenticate")
        assert not is_signed_in(client)
        assert give(client, code(secret)).status_code == 302
        assert is_signed_in(client)

    def test_a_used_code_is_refused_by_every_process(self, client, guarded):
        user, secret = guarded
        sign_in(client, user.username)
        give(client, code(secret))
        another = Client()
        caches.close_all()  # another process has no memory of its own; what it knows comes from the database
        sign_in(another, user.username)
        assert give(another, code(secret)).status_code == 200
        assert not is_signed_in(another)

    def test_used_codes_are_kept_in_postgresql(self, settings):
        assert settings.CACHES["default"]["BACKEND"] == "django.core.cache.backends.db.DatabaseCache"
        assert cache.add("used", "y", 30)
        assert not cache.add("used", "y", 30)

    def test_the_code_of_the_next_half_minute_counts_and_that_of_the_last_does_not(self, client, guarded, half_minute):
        user, secret = guarded
        old = code(secret)
        half_minute[0] += 30
        sign_in(client, user.username)
        assert give(client, old).status_code == 200
        assert give(client, code(secret)).status_code == 302

    def test_wrong_codes_run_out(self, client, guarded):
        user, secret = guarded
        sign_in(client, user.username)
        for _attempt in range(5):
            give(client, "000000")
        assert give(client, code(secret)).status_code == 200
        assert not is_signed_in(client)

    def test_a_recovery_code_counts_once(self, client, guarded, half_minute):
        user, _secret = guarded
        spare = RecoveryCodes.activate(user).get_unused_codes()[0]
        sign_in(client, user.username)
        assert give(client, spare).status_code == 302
        another = Client()
        sign_in(another, user.username)
        assert give(another, spare).status_code == 200

    def test_a_new_password_by_mail_does_not_go_round_it(self, client, guarded, mailoutbox):
        user, _secret = guarded
        client.post(reverse("account_reset_password"), {"email": user.email})
        link = re.search(r"http://\w+(/accounts/\S+)", mailoutbox[0].body)[1]
        new = "quite-another-82-horse"
        client.post(client.get(link)["Location"], {"password1": new, "password2": new})
        assert not is_signed_in(client)
        assert sign_in(client, user.username, new)["Location"] == reverse("mfa_authenticate")


class TestSettingUp:
    @pytest.fixture
    def bare(self, half_minute, monkeypatch):
        """An officer without it. What waits for the commit is done in the request, as if the test were none."""
        monkeypatch.setattr("django.db.transaction.on_commit", lambda do, *args, **kwargs: do())
        return officer(factor=False)

    def test_everything_leads_to_the_set_up(self, client, bare):
        sign_in(client, bare.username)
        for path in ("/", "/review/", "/needs/", reverse("accounts:profile"), reverse("accounts:token_list")):
            assert client.get(path)["Location"] == SET_UP, path
        assert client.post(reverse("accounts:token_list"))["Location"] == SET_UP

    def test_a_fragment_leads_there_as_a_page(self, client, bare):
        sign_in(client, bare.username)
        assert client.get(reverse("notifications:bell"), headers={"HX-Request": "true"})["HX-Redirect"] == SET_UP

    def test_the_way_out_the_language_and_the_health_stay_open(self, client, bare):
        sign_in(client, bare.username)
        assert client.get("/healthz").status_code == 200
        assert client.post(reverse("set_language"), {"language": "en", "next": SET_UP})["Location"] == SET_UP
        assert client.get(SET_UP).status_code == 200
        client.post(reverse("account_logout"))
        assert client.get(SET_UP).status_code == 302

    def test_the_api_refuses_the_session_and_the_token(self, client, bare):
        sign_in(client, bare.username)
        answer = client.get("/api/needs/")
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:tongti:problem:second-factor-missing")
        _token, text = create_token(by=bare)
        answer = Client().get("/api/needs/", headers={"Authorization": f"Token {text}"})
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:tongti:problem:second-factor-missing")
        with_second_factor(bare)
        assert Client().get("/api/needs/", headers={"Authorization": f"Token {text}"}).status_code == 200

    def test_setting_up_opens_the_portal_and_shows_the_recovery_codes_once(self, client, bare):
        sign_in(client, bare.username)
        page = client.get(SET_UP).content.decode()
        secret = re.search(r'id="totp-key">([A-Z2-7]+)<', page)[1]
        done = client.post(SET_UP, {"code": code(secret)})
        assert done["Location"] == reverse("mfa_view_recovery_codes")
        shown = re.findall(r"\b\d{10}\b", client.get(done["Location"]).content.decode())
        assert len(set(shown)) == 10
        assert not re.findall(r"\b\d{10}\b", client.get(done["Location"]).content.decode())
        assert is_signed_in(client)
        assert Entry.objects.filter(verb="account.second_factor_on", object_id=bare.uuid).count() == 1

    def test_the_secrets_are_stored_encrypted(self, client, bare):
        sign_in(client, bare.username)
        secret = re.search(r'id="totp-key">([A-Z2-7]+)<', client.get(SET_UP).content.decode())[1]
        client.post(SET_UP, {"code": code(secret)})
        stored = {one.type: one.data for one in Authenticator.objects.filter(user=bare)}
        assert unseal(stored["totp"]["secret"]) == secret
        assert secret not in str(stored)
        assert stored["recovery_codes"]["seed"].startswith("gAAAA")

    def test_the_code_of_the_set_up_is_used_up(self, client, bare):
        sign_in(client, bare.username)
        secret = re.search(r'id="totp-key">([A-Z2-7]+)<', client.get(SET_UP).content.decode())[1]
        client.post(SET_UP, {"code": code(secret)})
        another = Client()
        sign_in(another, bare.username)
        assert give(another, code(secret)).status_code == 200

    def test_sessions_without_the_factor_end_with_its_arrival(self, client, bare):
        older = Client()
        sign_in(older, bare.username)
        sign_in(client, bare.username)
        secret = re.search(r'id="totp-key">([A-Z2-7]+)<', client.get(SET_UP).content.decode())[1]
        client.post(SET_UP, {"code": code(secret)})
        assert is_signed_in(client)
        assert not is_signed_in(older)

    def test_whoever_needs_it_cannot_give_it_up(self, client, guarded):
        user, secret = guarded
        sign_in(client, user.username)
        give(client, code(secret))
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        client.post(reverse("mfa_deactivate_totp"))
        assert Authenticator.objects.filter(user=user, type="totp").exists()

    def test_whoever_does_not_need_it_may(self, client, half_minute):
        user = person()
        secret = with_second_factor(user)
        sign_in(client)
        give(client, code(secret))
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        client.post(reverse("mfa_deactivate_totp"))
        assert not Authenticator.objects.filter(user=user).exists()


class TestWhoNeedsIt:
    def test_the_roles_that_decide_or_administer(self):
        assert {
            Role.REGIONAL_OFFICER, Role.NATIONAL_OFFICER, Role.SECRETARY, Role.PARK_ADMIN, Role.SYSTEM_ADMIN,
            Role.SECURITY_ADMIN, Role.AUDIT_ADMIN,
        } == SECOND_FACTOR_ROLES  # fmt: skip

    @pytest.mark.parametrize("role", Role.values)
    def test_each_role(self, role):
        assert needs_second_factor(person(role=role)) == (role in SECOND_FACTOR_ROLES)

    def test_an_ended_role_asks_for_nothing(self):
        user = officer()
        user.memberships.update(ended_at="2026-01-01T00:00:00Z", started_at="2025-01-01T00:00:00Z")
        assert not needs_second_factor(type(user).objects.get(pk=user.pk))

    def test_fictional_people_need_none_in_a_demonstration_only(self, settings):
        user = officer(is_sample=True)
        assert not needs_second_factor(user)
        settings.SAMPLE_SIGN_IN = False
        assert needs_second_factor(user)
        settings.SAMPLE_SIGN_IN, settings.EMBEDDED = True, False
        assert needs_second_factor(user)

    def test_the_deploy_check_refuses_it_elsewhere(self, settings):
        settings.SAMPLE_SIGN_IN, settings.EMBEDDED = True, False
        assert "tongti.E011" in [error.id for error in run_checks(tags=["security"])]
        settings.SAMPLE_SIGN_IN = False
        assert "tongti.E011" not in [error.id for error in run_checks(tags=["security"])]


class TestReset:
    def test_a_lost_factor_is_taken_away_by_the_operator(self, client, guarded):
        user, secret = guarded
        sign_in(client, user.username)
        give(client, code(secret))
        call_command("reset_second_factor", user.email, verbosity=0, stdout=StringIO())
        assert not is_signed_in(client)
        sign_in(client, user.username)
        assert client.get("/")["Location"] == SET_UP
        assert Entry.objects.get(verb="account.second_factor_off").actor_id is None

    @pytest.mark.parametrize("name", ["nobody", "zhang"])
    def test_there_must_be_one(self, name):
        person()
        with pytest.raises(CommandError):
            call_command("reset_second_factor", name)


def test_an_address_that_waits_for_its_confirmation_is_no_dead_end(client, mailoutbox):
    """No factor is set up before it, and whoever needs one reaches the link in the mail nevertheless."""
    user = officer(factor=False)
    sign_in(client, user.username)
    waiting = EmailAddress.objects.create(user=user, email="new@example.test", verified=False)
    told = client.get(SET_UP, follow=True).content.decode()
    assert "请先打开邮件中的链接确认邮箱地址" in told
    page = reverse("account_confirm_email", args=[EmailConfirmationHMAC(waiting).key])
    assert client.get(page).status_code == 200
    client.post(page)
    waiting.refresh_from_db()
    assert waiting.verified
    assert client.get(SET_UP).status_code == 200
