"""Wrong passwords: counted for each account and network, in PostgreSQL, with the same answer for names nobody has."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse

from matchmaking.accounts.sign_in.lockout import wait_after
from matchmaking.activity.models import Entry
from matchmaking.common.addresses import caller_address, prefix_of
from tests.matchmaking.accounts.sign_in.people import PASSWORD, WRONG, bare, is_signed_in, person, sign_in

pytestmark = pytest.mark.django_db
HERE = {"REMOTE_ADDR": "192.0.2.10"}
NEIGHBOUR = {"REMOTE_ADDR": "192.0.2.77"}
ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7"}


def fail(client, times, login="zhang", **headers):
    return [sign_in(client, login, WRONG, **(headers or HERE)).status_code for _ in range(times)]


def later(**by):
    """Let time pass: what was counted lies further back."""
    for attempt in AccessAttempt.objects.all():
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=attempt.attempt_time - timedelta(**by))


@pytest.fixture(autouse=True)
def zhang():
    return person()


def test_the_fifth_wrong_password_locks_and_the_right_one_is_not_looked_at(client, settings):
    assert fail(client, 5) == [200, 200, 200, 200, 429]
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    answer = sign_in(client, **HERE)
    assert answer.status_code == 429
    assert 50 <= int(answer["Retry-After"]) <= 60
    assert "Please wait 1 minute and try again" in answer.content.decode()
    assert not is_signed_in(client)


def test_after_the_wait_the_right_password_opens(client):
    fail(client, 5)
    later(seconds=61)
    assert sign_in(client, **HERE).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_each_further_mistake_doubles_the_wait(client):
    fail(client, 5)
    waits = []
    for _round in range(3):
        later(seconds=3601)
        answer = sign_in(client, password=WRONG, **HERE)
        waits.append(round(int(answer["Retry-After"]) / 60))
    assert waits == [2, 4, 8]
    assert [wait_after(count).total_seconds() for count in (4, 5, 6, 11, 400)] == [0, 60, 120, 3600, 3600]


def test_what_is_tried_meanwhile_does_not_prolong_the_wait(client):
    fail(client, 5)
    later(seconds=40)
    answer = sign_in(client, password=WRONG, **HERE)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) <= 21
    assert AccessAttempt.objects.get().failures_since_start == 5


def test_a_day_later_all_is_forgotten(client):
    fail(client, 5)
    later(hours=25)
    assert fail(client, 1) == [200]
    assert AccessAttempt.objects.get().failures_since_start == 1


def test_the_network_is_kept_out_and_the_owner_elsewhere_is_not(client):
    fail(client, 5)
    assert sign_in(Client(), **NEIGHBOUR).status_code == 429
    assert sign_in(Client(), **ELSEWHERE).status_code == 302


def test_another_account_in_the_network_is_not_kept_out(client):
    person("li")
    fail(client, 5)
    assert sign_in(Client(), "li", **HERE).status_code == 302


def test_name_and_address_of_one_account_are_one_count(client, zhang):
    assert fail(client, 3) == [200] * 3
    assert fail(client, 2, login=zhang.email.upper()) == [200, 429]


def test_a_name_nobody_has_is_answered_alike(client):
    known = [sign_in(Client(), "zhang", WRONG, **HERE) for _ in range(6)]
    unknown = [sign_in(Client(), "nobody", WRONG, **HERE) for _ in range(6)]
    assert [one.status_code for one in known] == [one.status_code for one in unknown]
    assert known[5].headers.keys() == unknown[5].headers.keys()
    assert bare(known[5]) == bare(unknown[5])


def test_what_was_typed_is_not_stored(client):
    fail(client, 1, login="my-secret-password-in-the-wrong-field")
    row = AccessAttempt.objects.get()
    stored = f"{row.username} {row.post_data} {row.get_data} {row.user_agent} {row.ip_address}"
    assert "secret" not in stored
    assert WRONG not in stored
    assert row.ip_address == "192.0.2.0"


@pytest.mark.parametrize("header", ["HTTP_USER_AGENT", "HTTP_ACCEPT"])
def test_a_nul_in_a_header_does_not_prevent_counting(client, header):
    assert fail(client, 5, **HERE, **{header: "a\0b"}) == [200, 200, 200, 200, 429]


def test_a_nul_in_the_form_is_refused_before_a_password_is_looked_at(client):
    for login, password in (("zh\0ang", PASSWORD), ("zhang", PASSWORD + "\0"), ("zhang\0", WRONG)):
        assert sign_in(client, login, password, **HERE).status_code == 400
    assert not is_signed_in(client)
    assert fail(client, 5) == [200, 200, 200, 200, 429]


def test_another_browser_each_time_is_one_count(client):
    codes = [fail(client, 1, **HERE, HTTP_USER_AGENT=f"Browser/{number}")[0] for number in range(5)]
    assert codes[-1] == 429


def test_a_written_header_gains_nothing(client):
    codes = [fail(client, 1, **HERE, HTTP_X_FORWARDED_FOR=f"203.0.{number}.1")[0] for number in range(5)]
    assert codes[-1] == 429


def test_behind_a_proxy_its_word_counts_and_that_of_the_asker_does_not(client, settings):
    settings.TRUSTED_PROXIES = 1
    proxy = {"REMOTE_ADDR": "10.0.0.9"}
    codes = [fail(client, 1, **proxy, HTTP_X_FORWARDED_FOR=f"203.0.{number}.1, 192.0.2.10")[0] for number in range(5)]
    assert codes[-1] == 429
    assert sign_in(Client(), **proxy, HTTP_X_FORWARDED_FOR="198.51.100.7").status_code == 302


def test_the_history_tells_of_it_once(client, zhang):
    fail(client, 5)
    sign_in(client, **HERE)
    assert Entry.objects.filter(verb="account.locked_out", object_id=zhang.uuid).count() == 1


def test_the_password_asked_for_again_is_counted_too(client):
    sign_in(client, **HERE)
    codes = [client.post(reverse("account_reauthenticate"), {"password": WRONG}, **HERE).status_code for _ in range(5)]
    assert codes[-1] == 429


@pytest.mark.parametrize(
    ("address", "prefix"),
    [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2::9", "2001:db8:1::/48"), ("::ffff:192.0.2.9", "192.0.2.0/24"),
     ("", ""), ("unix:", "")],
)  # fmt: skip
def test_networks(address, prefix):
    assert prefix_of(address) == prefix


@pytest.mark.parametrize(
    ("proxies", "header", "found"),
    [(0, "203.0.113.9", "10.0.0.9"), (1, "203.0.113.9", "203.0.113.9"), (1, "1.2.3.4, 203.0.113.9", "203.0.113.9"),
     (2, "1.2.3.4, 203.0.113.9, 10.0.0.1", "203.0.113.9"), (2, "203.0.113.9", "10.0.0.9"), (1, "", "10.0.0.9")],
)  # fmt: skip
def test_whose_word_is_taken_for_the_address(rf, settings, proxies, header, found):
    settings.TRUSTED_PROXIES = proxies
    assert caller_address(rf.get("/", REMOTE_ADDR="10.0.0.9", headers={"X-Forwarded-For": header})) == found
