"""Both profiles of passwords; which one is in force is a setting."""

from datetime import timedelta

import pytest
from django.contrib.auth.password_validation import get_default_password_validators, validate_password
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils import timezone

from matchmaking.accounts.models import PastPassword, User
from matchmaking.settings.passwords import profile
from tests.matchmaking.accounts.sign_in.people import PASSWORD, is_signed_in, person, sign_in


@pytest.fixture
def use(settings):
    """`use("djcp")` puts a profile in force."""

    def chosen(name):
        settings.PASSWORD_PROFILE = name
        settings.PASSWORD_DAYS, settings.SESSION_IDLE_SECONDS, settings.AUTH_PASSWORD_VALIDATORS = profile(name)
        get_default_password_validators.cache_clear()

    yield chosen
    get_default_password_validators.cache_clear()


def refused(password, user=None) -> set[str]:
    try:
        validate_password(password, user)
    except ValidationError as refusal:
        return {error.code for error in refusal.error_list}
    return set()


def test_an_unknown_profile_stops_the_start():
    with pytest.raises(ImproperlyConfigured, match="PASSWORD_PROFILE"):
        profile("strong")


class TestAsvs:
    @pytest.fixture(autouse=True)
    def asvs(self, use):
        use("asvs")

    @pytest.mark.parametrize(
        "password",
        ["abcdefghijkz", "correct horse battery", "只有中文的一句长长的密码呀", "1" * 6 + "x" * 6 + "z",
         "q" + "ab3!" * 32, "x" * 60 + "y" * 196],
    )  # fmt: skip
    def test_length_is_enough_and_nothing_is_composed(self, password):
        assert refused(password) == set()

    @pytest.mark.parametrize(
        ("password", "code"),
        [("short-pass1", "password_too_short"), ("passwordpassword", "context_words"),
         ("tongti2026同题!", "context_words"), ("1q2w3e4r5t6y", "password_too_common"),
         ("x" * 257, "password_too_long")],
    )  # fmt: skip
    def test_what_is_refused(self, password, code):
        assert code in refused(password)

    def test_the_own_name_and_address_are_no_password(self, db):
        user = User(username="wangxiaoming", email="wang.xiaoming@nju.example", full_name="王小明")
        assert refused("wangxiaoming1", user)
        assert refused("xiaoming-2026", user)
        assert refused("correct horse battery", user) == set()

    def test_a_password_never_grows_too_old(self, db, client):
        user = person()
        User.objects.filter(pk=user.pk).update(password_set_at=timezone.now() - timedelta(days=4000))
        sign_in(client)
        assert is_signed_in(client)

    def test_no_hash_of_an_earlier_password_is_kept(self, db):
        user = person()
        user.set_password("another-horse-95-staple")
        user.save()
        assert not PastPassword.objects.exists()
        user.set_password(PASSWORD)
        assert refused(PASSWORD, user) == set()


class TestDjcp:
    @pytest.fixture(autouse=True)
    def djcp(self, use):
        use("djcp")

    @pytest.mark.parametrize("password", ["Abcdefgh1z", "abcdefgh1!", "ABCDEFGH1!", "中文abcdEF7!"])
    def test_ten_characters_of_three_classes(self, password):
        assert refused(password) == set()

    @pytest.mark.parametrize(
        ("password", "code"),
        [("Abcdef1!z", "password_too_short"), ("abcdefghijkz", "password_too_plain"),
         ("abcdefghi123z", "password_too_plain"), ("ABCDEFGHIJ12", "password_too_plain")],
    )  # fmt: skip
    def test_what_is_refused(self, password, code):
        assert code in refused(password)

    def test_none_of_the_last_five(self, db):
        words = [f"Horse-staple-9{number}" for number in range(7)]
        user = person(password=words[0])
        for word in words[1:]:
            user.set_password(word)
            user.save()
        assert [bool(refused(word, user)) for word in words] == [False, False, True, True, True, True, True]
        assert user.past_passwords.count() == 5

    def test_the_present_one_is_none_even_before_the_profile_was_chosen(self, db, use):
        use("asvs")
        user = person(password="Horse-staple-90")
        use("djcp")
        assert refused("Horse-staple-90", user) == {"password_used_before"}

    def test_after_ninety_days_it_has_to_be_changed(self, db, client):
        user = person(password="Horse-staple-90")
        User.objects.filter(pk=user.pk).update(password_set_at=timezone.now() - timedelta(days=89))
        sign_in(client, password="Horse-staple-90")
        assert is_signed_in(client)
        User.objects.filter(pk=user.pk).update(password_set_at=timezone.now() - timedelta(days=91))
        assert client.get("/needs/")["Location"] == "/accounts/password/change/"
        assert client.get("/api/needs/").json()["type"] == "urn:tongti:problem:password-too-old"
        page = "/accounts/password/change/"
        new = {"oldpassword": "Horse-staple-90", "password1": "Horse-staple-91", "password2": "Horse-staple-91"}
        assert client.get(page).status_code == 200
        client.post(page, new)
        assert is_signed_in(client)

    def test_sample_people_keep_theirs(self, db, client):
        user = person(is_sample=True)
        User.objects.filter(pk=user.pk).update(password_set_at=timezone.now() - timedelta(days=400))
        sign_in(client)
        assert is_signed_in(client)

    def test_a_session_ends_after_a_quarter_of_an_hour_without_an_act(self, settings):
        assert settings.SESSION_IDLE_SECONDS == 15 * 60
