"""A confirmed address leads to the application of an organisation; until then it reads what visitors do."""

import re

import pytest
from django.urls import reverse

from matchmaking.accounts.models import User
from matchmaking.activity.models import Entry
from matchmaking.notifications.models import OutboxMail
from tests.factories.needs import make_need
from tests.matchmaking.accounts.sign_in.people import is_signed_in, person, sign_in

pytestmark = pytest.mark.django_db
SIGN_UP = "/accounts/signup/"
WORDS = {"full_name": "张三", "email": "zhangsan@example.test", "password1": "quite-another-82-horse",
         "password2": "quite-another-82-horse"}  # fmt: skip


@pytest.fixture(autouse=True)
def outbox(settings):
    """Mail goes into the rows that it goes into in production."""
    settings.EMAIL_BACKEND = "matchmaking.notifications.mail.OutboxBackend"


def link_of(address) -> str:
    body = OutboxMail.objects.filter(to=address).latest("pk").body
    return re.search(r"https?://[^/\s]+(/accounts/\S+)", body)[1]


def test_signing_up_confirming_and_applying(client):
    assert client.post(SIGN_UP, WORDS)["Location"] == reverse("account_email_verification_sent")
    assert not is_signed_in(client)
    link = link_of(WORDS["email"])
    assert client.get(link).status_code == 200
    assert not is_signed_in(client)  # a program that opens links confirms nothing
    assert client.post(link)["Location"] == reverse("accounts:organisation_create")
    assert client.get(reverse("accounts:organisation_create")).status_code == 200
    user = User.objects.get(email=WORDS["email"])
    assert (user.full_name, user.get_full_name()) == ("张三", "张三")
    assert "zhangsan" not in user.username
    verbs = Entry.objects.filter(object_id=user.uuid).values_list("verb", flat=True)
    assert {"account.signed_up", "account.signed_in"} <= set(verbs)


def test_without_a_confirmed_address_nobody_gets_in(client):
    client.post(SIGN_UP, WORDS)
    assert sign_in(client, WORDS["email"], WORDS["password1"])["Location"] == reverse("account_email_verification_sent")
    assert not is_signed_in(client)


def test_an_account_without_organisation_reads_what_a_visitor_reads(client, login, enterprise, enterprise_lead):
    public = make_need(enterprise, enterprise_lead)
    members = make_need(enterprise, enterprise_lead, visibility="members")
    newcomer = login(person())
    for one in (public, members):
        path = one.get_absolute_url()
        assert newcomer.get(path).status_code == client.get(path).status_code
    assert newcomer.get("/api/needs/").json() == client.get("/api/needs/").json()
    assert newcomer.get(reverse("matching:review_queue")).status_code == 403


def test_the_first_page_of_such_an_account_offers_the_application(client):
    person()
    sign_in(client)
    assert reverse("accounts:organisation_create") in client.get("/").content.decode()


def test_closed_when_the_setting_says_so(client, settings):
    settings.SIGN_UP_OPEN = False
    client.post(SIGN_UP, WORDS)
    assert not User.objects.filter(email=WORDS["email"]).exists()
    assert SIGN_UP not in client.get(reverse("account_login")).content.decode()


def test_an_invited_address_signs_up_even_then(client, settings):
    settings.SIGN_UP_OPEN = False
    session = client.session
    session["account_verified_email"] = WORDS["email"]
    session.save()
    client.post(SIGN_UP, WORDS)
    assert User.objects.filter(email=WORDS["email"]).exists()


def test_a_weak_password_is_refused_at_the_field(client):
    page = client.post(SIGN_UP, WORDS | {"password1": "tongti-portal", "password2": "tongti-portal"})
    assert page.status_code == 200
    assert not User.objects.filter(email=WORDS["email"]).exists()


def test_the_address_changes_when_the_new_one_is_confirmed(client):
    user = person()
    sign_in(client)
    client.post(reverse("account_email"), {"action_add": "", "email": "new@example.test"})
    assert User.objects.get(pk=user.pk).email == "zhang@example.test"
    client.post(link_of("new@example.test"))
    assert User.objects.get(pk=user.pk).email == "new@example.test"


def test_a_link_of_a_reset_works_once(client):
    person()
    client.post(reverse("account_reset_password"), {"email": "zhang@example.test"})
    link = link_of("zhang@example.test")
    new = {"password1": "quite-another-82-horse", "password2": "quite-another-82-horse"}
    inner = client.get(link)["Location"]
    assert client.post(inner, new).status_code == 302
    assert sign_in(client, "zhang", new["password1"]).status_code == 302
    client.post(reverse("account_logout"))
    assert client.get(link).status_code == 200  # the page says that it was used
    assert not is_signed_in(client)
