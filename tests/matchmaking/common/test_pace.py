"""How often somebody may ask: within a minute, everybody for himself, whatever an asker writes into a header."""

import pytest
from django.contrib.auth.models import AnonymousUser

from matchmaking.common import pace
from matchmaking.common.pace import Pace, asker_of


@pytest.fixture
def clock(monkeypatch):
    now = [1_000.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    return now


def test_so_many_within_a_minute_and_no_more(clock):
    kept = Pace()
    for _time in range(2):
        assert kept.take("a", 2) == 0
        clock[0] += 10
    assert (kept.take("a", 2), kept.take("a", 2), kept.take("b", 2)) == (40, 40, 0)
    clock[0] += 39.8
    assert kept.take("a", 2) == 1
    clock[0] += 0.2
    assert (kept.take("a", 2), kept.take("a", 2)) == (0, 10)


def test_the_rest_of_an_answer_is_not_counted_again(clock):
    kept = Pace()
    assert [kept.take("a", 2, "one") for _time in range(4)] == [0] * 4
    assert [kept.take("a", 2, what) for what in ("two", "two", "one")] == [0, 0, 60]
    assert kept.take("a", 2, "two") == 0
    kept.answered("a")
    assert kept.take("a", 2, "two") == 60


def test_of_very_many_askers_the_idle_are_forgotten(clock, monkeypatch):
    monkeypatch.setattr(pace, "_MOST_ASKERS", 3)
    kept = Pace()
    for asker in ("0", "1", "2", "0", "more"):
        kept.take(asker, 9)
    assert set(kept._asked) == {"0", "2", "more"}


def asking(rf, person, **headers):
    request = rf.get("/", REMOTE_ADDR="10.0.0.9", **headers)
    request.user = person
    return asker_of(request)


def test_a_person_is_himself_wherever_he_is(rf, secretary):
    assert (
        asking(rf, secretary) == asking(rf, secretary, HTTP_X_FORWARDED_FOR="192.0.2.1") != asking(rf, AnonymousUser())
    )


@pytest.mark.parametrize("header", ["192.0.2.7", "198.51.100.1, 192.0.2.7"])
def test_a_stranger_is_the_address_that_the_proxy_saw(rf, settings, header):
    settings.TRUSTED_PROXIES = 1
    assert asking(rf, AnonymousUser(), HTTP_X_FORWARDED_FOR=header) == "address 192.0.2.7"
    settings.TRUSTED_PROXIES = 0
    assert asking(rf, AnonymousUser(), HTTP_X_FORWARDED_FOR=header) == "address 10.0.0.9"


@pytest.mark.parametrize(
    ("address", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:1:2:3", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("unknown", "unknown", True),
    ],
)
def test_a_stranger_with_a_network_of_addresses_is_one_asker(rf, settings, address, other, same):
    settings.TRUSTED_PROXIES = 1
    one, two = (asking(rf, AnonymousUser(), HTTP_X_FORWARDED_FOR=seen) for seen in (address, other))
    assert (one == two) is same
