"""Single sign-on by configuration: OpenID Connect and SAML, for accounts that exist or are invited."""

import base64
import json
import re
import time

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import User
from matchmaking.activity.models import Entry
from matchmaking.settings.single_sign_on import providers_from
from tests.factories.accounts import with_second_factor
from tests.matchmaking.accounts.sign_in.people import code, is_signed_in, person
from tests.matchmaking.accounts.sign_in.providers import ISSUER, SERVICE, OpenIdProvider, SamlProvider, new_key

pytestmark = pytest.mark.django_db
MAIL, WHO, NAME = "urn:oid:0.9.2342.19200300.100.1.3", "urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "displayName"
ADDRESS = "zhang@nju.example"


@pytest.fixture(scope="module")
def campus():
    provider = OpenIdProvider()
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def carsi():
    return SamlProvider()


@pytest.fixture
def configured(settings, campus, carsi):
    entries = [
        {"kind": "oidc", "id": "campus", "name": "统一身份认证", "url": campus.url, "client_id": "portal",
         "secret": "s", "domains": ["nju.example"]},
        {"kind": "saml", "id": "carsi", "name": "CARSI", "entity_id": ISSUER, "sso_url": SERVICE,
         "certificate": carsi.certificate, "domains": ["nju.example"]},
    ]  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS, settings.SINGLE_SIGN_ON = providers_from(json.dumps(entries))


@pytest.fixture
def by_openid(client, campus, configured):
    """`by_openid(email=…)`: the visitor goes there, signs in, and comes back with these claims."""

    def go(**claims):
        campus.claims = {"sub": "0001", "email": ADDRESS, "email_verified": True, "name": "张三"} | claims
        away = client.post("/accounts/oidc/campus/login/?process=login")
        assert away["Location"].startswith(f"{campus.url}/authorise?")
        return client.get("/accounts/oidc/campus/login/callback/", campus.authorise(away["Location"]))

    return go


@pytest.fixture
def by_saml(client, carsi, configured):
    """`by_saml({attribute: value})`: the same with a SAML provider; `change` spoils the answer on the way."""

    def go(attributes=None, *, key=None, audience=None, change=lambda text: text, request=None):
        away = client.post("/accounts/saml/carsi/login/?process=login", HTTP_HOST="localhost")
        assert away["Location"].startswith(SERVICE)
        back = "http://localhost/accounts/saml/carsi/acs/"
        answer = carsi.answer(
            to=back, audience=audience or "http://localhost/accounts/saml/carsi/metadata/",
            request=request or carsi.asked(away["Location"]), key=key,
            attributes=attributes or {MAIL: ADDRESS, WHO: "zhang@nju.example", NAME: "张三"},
        )  # fmt: skip
        client.post("/accounts/saml/carsi/acs/", {"SAMLResponse": change(answer)}, HTTP_HOST="localhost")
        return client.get("/accounts/saml/carsi/acs/finish/", HTTP_HOST="localhost")

    return go


@pytest.fixture
def zhang():
    return person(email=ADDRESS)


class TestOpenIdConnect:
    def test_an_account_is_found_by_its_verified_address_and_linked(self, client, by_openid, zhang):
        assert by_openid().status_code == 302
        assert is_signed_in(client)
        link = SocialAccount.objects.get()
        assert (link.user, link.provider, link.uid, link.extra_data) == (zhang, "campus", "0001", {})
        assert Entry.objects.filter(verb="account.linked", object_id=zhang.uuid).count() == 1

    def test_once_linked_the_key_counts_and_not_the_address(self, client, by_openid, zhang):
        by_openid()
        client.post(reverse("account_logout"))
        by_openid(email="renamed@nju.example")
        assert is_signed_in(client)
        assert SocialAccount.objects.count() == 1

    @pytest.mark.parametrize(
        "claims",
        [{"email": "li@nju.example"}, {"email_verified": False}, {"email": "boss@ministry.example"}, {"email": ""},
         {"email": "boss@nju.example.evil.example"}, {"email": "boss@evilnju.example"}],
    )  # fmt: skip
    def test_nobody_else_gets_in(self, client, by_openid, zhang, claims):
        person("boss", email="boss@ministry.example")
        person("boss2", email="boss@nju.example.evil.example")
        people = User.objects.count()
        assert by_openid(**claims).status_code == 403
        assert not is_signed_in(client)
        assert User.objects.count() == people
        assert not SocialAccount.objects.exists()

    def test_an_invited_address_opens_an_account(self, client, by_openid):
        session = client.session
        session["account_verified_email"] = ADDRESS
        session.save()
        by_openid()
        assert is_signed_in(client)
        user = User.objects.get(email=ADDRESS)
        assert (user.full_name, user.has_usable_password()) == ("张三", False)

    def test_the_second_factor_is_asked_for_all_the_same(self, client, by_openid):
        officer = person("officer", role=Role.REGIONAL_OFFICER, email=ADDRESS, factor=False)
        secret = with_second_factor(officer)
        assert by_openid()["Location"] == reverse("mfa_authenticate")
        assert not is_signed_in(client)
        client.post(reverse("mfa_authenticate"), {"code": code(secret)})
        assert is_signed_in(client)

    def test_a_closed_account_stays_closed(self, client, by_openid, zhang):
        User.objects.filter(pk=zhang.pk).update(is_active=False)
        by_openid()
        assert not is_signed_in(client)

    @pytest.mark.parametrize("claims", [{"iss": "https://evil.example"}, {"aud": "other"}, {"exp": time.time() - 60}])
    def test_a_token_for_others_or_out_of_time_opens_nothing(self, client, by_openid, zhang, claims):
        by_openid(**claims)
        assert not is_signed_in(client)

    def test_an_answer_nobody_asked_for_opens_nothing(self, client, campus, by_openid, zhang):
        by_openid()
        client.post(reverse("account_logout"))
        away = client.post("/accounts/oidc/campus/login/?process=login")
        answer = campus.authorise(away["Location"])
        client.get("/accounts/oidc/campus/login/callback/", answer | {"state": "other"})
        assert not is_signed_in(client)

    def test_an_unknown_provider_is_none(self, client, configured):
        assert client.get("/accounts/oidc/nobody/login/").status_code == 404
        assert client.get("/accounts/saml/nobody/login/").status_code == 404


class TestSaml:
    def test_an_account_is_found_by_its_address_and_linked_by_the_lasting_name(self, client, by_saml, zhang):
        assert by_saml().status_code == 302
        assert is_signed_in(client)
        link = SocialAccount.objects.get()
        assert (link.user, link.provider, link.uid, link.extra_data) == (zhang, "carsi", "zhang@nju.example", {})

    def test_an_address_outside_its_domains_opens_nothing(self, client, by_saml):
        person("boss", email="boss@ministry.example")
        assert by_saml({MAIL: "boss@ministry.example", WHO: "x@nju.example"}).status_code == 403
        assert not is_signed_in(client)

    def test_a_foreign_signature_opens_nothing(self, client, by_saml, zhang):
        by_saml(key=new_key())
        assert not is_signed_in(client)

    def test_a_changed_answer_opens_nothing(self, client, by_saml, zhang):
        def forge(text):
            return base64.b64encode(base64.b64decode(text).replace(b"li@nju.example", ADDRESS.encode())).decode()

        by_saml({MAIL: "li@nju.example", WHO: "li@nju.example"}, change=forge)
        assert not is_signed_in(client)

    def test_an_unsigned_answer_opens_nothing(self, client, by_saml, zhang):
        def strip(text):
            plain = re.sub(rb"<(ds:)?Signature\b.*</(ds:)?Signature>", b"", base64.b64decode(text), flags=re.DOTALL)
            return base64.b64encode(plain).decode()

        by_saml(change=strip)
        assert not is_signed_in(client)

    def test_an_answer_for_another_service_opens_nothing(self, client, by_saml, zhang):
        by_saml(audience="https://other.example/")
        assert not is_signed_in(client)

    def test_an_answer_nobody_asked_for_opens_nothing(self, client, by_saml, zhang):
        by_saml(request="_other")
        assert not is_signed_in(client)

    def test_the_university_reads_who_we_are(self, client, configured):
        answer = client.get("/accounts/saml/carsi/metadata/", HTTP_HOST="localhost")
        assert answer.status_code == 200
        assert b"/accounts/saml/carsi/acs/" in answer.content


def test_the_sign_in_page_offers_both(client, configured):
    page = client.get(reverse("account_login")).content.decode()
    assert "统一身份认证" in page
    assert "CARSI" in page
    assert "/accounts/saml/carsi/login/?process=login" in page


def test_without_configuration_it_offers_none(client):
    assert "/saml/" not in client.get(reverse("account_login")).content.decode()


def test_linked_accounts_are_listed_and_unlinked(client, by_openid, zhang):
    by_openid()
    page = reverse("socialaccount_connections")
    assert "统一身份认证" in client.get(page).content.decode()
    client.post(reverse("account_reauthenticate"), {"password": "correct-horse-93-staple"})
    client.post(page, {"account": SocialAccount.objects.get().pk})
    assert not SocialAccount.objects.exists()


class TestConfiguration:
    GOOD = {"kind": "oidc", "id": "campus", "name": "N", "url": "https://idp.nju.example", "client_id": "a",
            "secret": "b", "domains": ["nju.example"]}  # fmt: skip

    def test_the_form_may_lead_to_what_is_named(self):
        _providers, known = providers_from(json.dumps([self.GOOD | {"origins": ["https://login.nju.example"]}]))
        assert known["campus"]["origins"] == ["https://idp.nju.example", "https://login.nju.example"]

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [({"kind": "ldap"}, "kind"), ({"id": "Big One"}, "id"), ({"url": "http://idp.nju.example"}, "https"),
         ({"url": ""}, "url"), ({"secret": ""}, "secret"), ({"domains": []}, "domains"),
         ({"domains": ["*"]}, "domains"),
         ({"domains": ["cn"]}, "domains")],
    )  # fmt: skip
    def test_what_is_missing_stops_the_start_with_a_sentence(self, change, sentence):
        with pytest.raises(ImproperlyConfigured, match=sentence):
            providers_from(json.dumps([self.GOOD | change]))

    @pytest.mark.parametrize("text", ["{", "{}", "[1]", json.dumps([GOOD, GOOD])])
    def test_what_is_no_list_of_providers(self, text):
        with pytest.raises(ImproperlyConfigured, match="SSO_PROVIDERS"):
            providers_from(text)

    def test_nothing_is_configured_without_it(self):
        assert providers_from("  ")[1] == {}
