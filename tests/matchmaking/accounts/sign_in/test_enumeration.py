"""Nobody learns from an answer, its status or its time whether somebody has an account here."""

import statistics
import time

import pytest
from django.contrib.auth import hashers
from django.test import Client
from django.urls import reverse

from matchmaking.accounts.models import User
from matchmaking.notifications.models import OutboxMail
from tests.matchmaking.accounts.sign_in.people import WRONG, bare, person, sign_in

pytestmark = pytest.mark.django_db
RESET, SIGN_UP = "/accounts/password/reset/", "/accounts/signup/"
NEW = "quite-another-82-horse"


@pytest.fixture(autouse=True)
def zhang(settings):
    settings.EMAIL_BACKEND = "matchmaking.notifications.mail.OutboxBackend"
    return person()


def signed_up(client, address):
    return client.post(
        SIGN_UP, {"full_name": "张三", "email": address, "password1": NEW, "password2": NEW}, follow=True
    )


@pytest.mark.parametrize("login", ["zhang", "zhang@example.test"])
def test_a_wrong_password_reads_like_a_wrong_name(login):
    unknown = login.replace("zhang", "chang")
    known, other = sign_in(Client(), login, WRONG), sign_in(Client(), unknown, WRONG)
    assert (known.status_code, bare(known, login)) == (other.status_code, bare(other, unknown))


@pytest.mark.parametrize("address", ["zhang@example.test", "chang@example.test"])
def test_a_reset_is_answered_alike_and_one_mail_goes_out(client, address):
    answer = client.post(RESET, {"email": address})
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_reset_password_done"))
    assert OutboxMail.objects.filter(to=address).count() == 1


def test_a_sign_up_with_a_known_address_reads_like_one_with_a_new_one():
    known, new = signed_up(Client(), "zhang@example.test"), signed_up(Client(), "chang@example.test")
    assert known.redirect_chain == new.redirect_chain == [(reverse("account_email_verification_sent"), 302)]
    assert bare(known, "zhang@example.test") == bare(new, "chang@example.test")
    assert OutboxMail.objects.filter(to="zhang@example.test").count() == 1
    assert OutboxMail.objects.filter(to="chang@example.test").count() == 1
    assert User.objects.filter(email="zhang@example.test").count() == 1


class TestHashes:
    """The time of an answer is that of its password hashes: everything else is a few milliseconds."""

    @pytest.fixture
    def hashed(self, monkeypatch):
        """How often a password was hashed, in `hashed[0]`."""
        count = [0]
        plain = hashers.MD5PasswordHasher.encode

        def counting(self, password, salt):
            count[0] += 1
            return plain(self, password, salt)

        monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counting)
        return count

    @pytest.mark.parametrize("login", ["zhang", "zhang@example.test", "nobody", "nobody@example.test"])
    def test_signing_in_hashes_once(self, hashed, login):
        sign_in(Client(), login, WRONG)
        assert hashed[0] == 1

    @pytest.mark.parametrize("address", ["zhang@example.test", "nobody@example.test"])
    def test_signing_up_hashes_once(self, hashed, address):
        signed_up(Client(), address)
        assert hashed[0] == 1

    @pytest.mark.parametrize("address", ["zhang@example.test", "nobody@example.test"])
    def test_a_reset_hashes_nothing(self, hashed, address):
        Client().post(RESET, {"email": address})
        assert hashed[0] == 0


def test_the_real_hash_takes_the_same_time_for_both(settings, record_property):
    """With the hash of production; what is compared are medians of a few tries, for a busy machine."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
    user = User.objects.get(username="zhang")
    user.set_password("correct-horse-93-staple")
    user.save()

    def taken(login) -> float:
        begun = time.process_time()
        sign_in(Client(), login, WRONG)
        return time.process_time() - begun

    taken("zhang")
    pairs = [(taken("zhang"), taken("nobody")) for _ in range(4)]
    known, unknown = (statistics.median(one) for one in zip(*pairs, strict=True))
    record_property("figures", f"known {known * 1000:.0f} ms, unknown {unknown * 1000:.0f} ms")
    assert 0.6 < known / unknown < 1.6
