"""The short form of `tests/long/test_nasty_inputs.py`: a few values, chosen by a seed, in every form of some parts."""

import random

import pytest
from django.test import Client

from tests.factories.catalog import AchievementFactory
from tests.factories.needs import make_need
from tests.nasty import VALUES, Form, pages_of, send, tries, troubles

SEED = 20261122


def test_the_list_is_long_enough():
    assert len(VALUES) >= 120
    assert len(set(VALUES)) == len(VALUES)


@pytest.mark.parametrize("who", ["university_officer", "enterprise_lead", None])
def test_a_seeded_choice_breaks_no_page(db, request, university, researcher, enterprise, who):
    AchievementFactory(state="draft", body__owner=university, body__created_by=researcher)
    person = request.getfixturevalue(who) if who else None
    client = Client(raise_request_exception=False)
    if person:
        client.force_login(person)
        make_need(enterprise, request.getfixturevalue("enterprise_lead"), state="draft")
    chosen = random.Random(SEED)
    forms, found = {}, []
    for page in pages_of(client, ["/"], most=25):
        forms |= {form.place: form for form in page.forms}
    for form in forms.values():
        for value, values in chosen.sample(list(tries(form, chosen, every=False)), 2):
            if trouble := troubles(*send(client, form, values), value):
                found.append((trouble, form.method, form.action, value[:40]))
    assert len(forms) > 3
    assert found == []


@pytest.mark.parametrize("back", ["2026-W47", "x" * 9000, "/" + "x" * 9000, "//example.org", "https://example.org/",
                                  "javascript:1", "/a\r\nSet-Cookie: b=1", "", "[object Object]"])  # fmt: skip
def test_a_page_to_return_to_is_one_of_ours(db, client, back):
    answer = client.post("/language/", {"language": "en", "next": back})
    assert answer.status_code == 302
    assert answer["Location"] in {"/", "/a%0D%0ASet-Cookie:%20b=1"}


def test_the_returning_page_keeps_its_query(db, client):
    assert client.post("/language/", {"language": "en", "next": "/needs/?q=a"})["Location"] == "/needs/?q=a"


def test_a_page_that_breaks_is_seen(db, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("matchmaking.portal.first_screens.public_figures", broken)
    client = Client(raise_request_exception=False)
    assert troubles(*send(client, Form("/", "get"), {"q": ["x"]}), "x") == "500"
    assert troubles(200, "a <script>1</script> b", "<script>1</script>") == "echo"
