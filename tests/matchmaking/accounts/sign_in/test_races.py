"""Many at the same moment: a code lets one in, and guesses are all counted."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest
from axes.models import AccessAttempt
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.factories.accounts import with_second_factor
from tests.matchmaking.accounts.sign_in.people import WRONG, code, person, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("restore_reference_data")]
TOGETHER = 6


@pytest.fixture(autouse=True)
def own_counters(transactional_db):
    """What is counted here is committed, and no flush reaches the table of the counters."""
    cache.clear()
    yield
    cache.clear()


def at_once(act, clients):
    """What `act(client)` returned for each, all started together."""
    start = Barrier(len(clients))

    def run(client):
        try:
            start.wait(timeout=10)
            return act(client)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(run, clients))


def test_of_many_with_one_code_one_gets_in(monkeypatch):
    now = time.time()
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", SimpleNamespace(time=lambda: now))
    secret = with_second_factor(person())
    clients = [Client() for _ in range(TOGETHER)]
    for client in clients:
        sign_in(client)
    shown = code(secret)
    answers = at_once(lambda client: client.post(reverse("mfa_authenticate"), {"code": shown}).status_code, clients)
    assert answers.count(302) == 1, answers


def test_guesses_at_the_same_moment_are_all_counted():
    person()
    codes = at_once(lambda client: sign_in(client, password=WRONG).status_code, [Client() for _ in range(4)])
    assert codes == [200] * 4
    assert AccessAttempt.objects.get().failures_since_start == 4
    assert sign_in(Client(), password=WRONG).status_code == 429
