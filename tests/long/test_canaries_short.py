"""Canaries in every confidential field and a short crawl, another one with every `--seed`; and what answers must hide.

The full form, everything as each of 32 principals, stands in test_canaries.py beside it.
"""

import logging
import random
import re
from uuid import uuid4

import pytest

from tests.canaries.beside import plant_closed
from tests.canaries.cast import EVERYBODY
from tests.canaries.planting import plant
from tests.canaries.reporting import figures, told
from tests.canaries.sessions import few, session

pytestmark = pytest.mark.django_db
ADDRESSES = 45
POOLS = ("needs", "achievements", "experts", "teams", "talent-posts")


@pytest.fixture
def chance(pytestconfig):
    return random.Random(pytestconfig.getoption("--seed"))


def test_nobody_meets_a_canary_that_is_not_his(login, monkeypatch, chance, pytestconfig, record_property):
    logging.getLogger("django.request").setLevel(logging.ERROR)
    names = ["anonymous", "miit", "foreign_owner", *chance.sample(sorted(EVERYBODY), 2)]
    seed = pytestconfig.getoption("--seed")
    walk = session(login, monkeypatch, names, seed=seed, take=few(chance), most=ADDRESSES)
    record_property("figures", figures(walk))
    assert len(walk.world.garden.plants) >= 500
    assert (told(walk), walk.errors) == ("", [])


def plain(response, *words):
    """An answer without what differs at every request, and without the words that were asked with."""
    text = (b"".join(response) if response.streaming else response.content).decode()
    text = re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken": "|nonce=")[^"]*', r"\1", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|[0-9a-f]{32}", "*", text)
    for word in words:
        text = text.replace(word, "*")
    return text


@pytest.mark.parametrize("who", ["anonymous", "foreign_owner", "ip"])
def test_a_forbidden_id_is_answered_like_one_that_never_was_and_one_that_is_gone(who, login):
    world = plant(take=lambda states: tuple(one for one in states if one in ("draft", "nominated", "in_pool")))
    client = login(world.cast.people[who])
    gone = world.records["need", "draft", "invited"]
    deleted, _rows = gone.uuid, gone.delete()
    kinds = ("need", "achievement", "expert", "team", "talent_post")
    for kind, path in zip(kinds, ("needs", "achievements", "experts", "teams", "talent-posts"), strict=True):
        forbidden = world.records[kind, "nominated" if kind == "expert" else "draft", "members"].uuid
        for start in (f"/{path}/", f"/api/{path}/"):
            answers = [client.get(f"{start}{one}/") for one in (forbidden, uuid4(), deleted)]
            assert [one.status_code for one in answers] == [404, 404, 404], start
            assert len({plain(one) for one in answers}) == 1, start
        for act in ("edit", "matches", "why-not", "decide"):
            answers = [client.get(f"/{path}/{one}/{act}/") for one in (forbidden, uuid4(), deleted)]
            assert len({(one.status_code, plain(one)) for one in answers}) == 1, (kind, act)
    answers = [client.get(f"/files/{one}/") for one in (world.uuids["file"][0], uuid4())]
    assert len({(one.status_code, plain(one)) for one in answers}) == 1


@pytest.mark.parametrize("who", ["anonymous", "foreign_owner"])
def test_lists_counts_facets_and_searches_do_not_change_by_what_is_hidden(who, login, chance):
    """Read everything, plant records that are closed to this reader, read everything again: not a byte differs."""
    world = plant(take=lambda states: tuple(one for one in states if one in ("published", "accepted", "in_pool")))
    client = login(world.cast.people[who])
    addresses = [f"/{pool}/{end}" for pool in POOLS for end in ("", "facets/")] + [f"/api/{pool}/" for pool in POOLS]
    before = {one: plain(client.get(one)) for one in addresses}
    second = plant_closed(world)
    assert {one: plain(client.get(one)) for one in addresses} == before
    closed = [one for one in second.plants.values() if who not in one.readers]
    for canary in chance.sample(closed, 12):
        nothing = second.free()
        for address in ("/search/?q=", "/needs/?q=", "/achievements/?q=", "/api/needs/?q=", "/needs/facets/?q="):
            asked, empty = client.get(address + canary.token), client.get(address + nothing)
            assert plain(asked, canary.token) == plain(empty, nothing), (address, canary.what)
