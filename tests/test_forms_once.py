"""A form that makes something makes it once, in every app: Back and send again, at the same moment, after an error."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Achievement
from experts.models import Expert
from matchmaking.intake.models import FormReceipt
from matchmaking.matching.models import Match, MatchRun
from needs.models import TechNeed
from tests.factories.catalog import AchievementFactory
from tests.factories.experts import form_data as expert_data
from tests.factories.needs import form_data as need_data
from tests.factories.needs import make_need
from tests.factories.programmes import programme


def achievement_data():
    sets = ("indicators", "ip_items", "completing_units", "completers", "honours")
    counts = {f"{name}-{part}_FORMS": 0 for name in sets for part in ("TOTAL", "INITIAL")}
    return {
        "visibility": "public",
        "programme": programme("QXWQ").pk,
        "title": "只有题目",
        "contact_name": "联系人",
    } | counts


@pytest.fixture
def pages(enterprise_lead, researcher, university_officer, regional_officer_miit, broker, enterprise, university):
    """(person, address, what is sent, which model is made) of every page that makes a record."""
    need = make_need(enterprise, enterprise_lead)
    record = AchievementFactory(state="accepted", body__owner=university, body__created_by=researcher)
    pair = {"number": record.public_no, "note": "适合"}
    return {
        "need": (enterprise_lead, reverse("needs:need_create"), need_data(), TechNeed),
        "achievement": (researcher, reverse("catalog:achievement_create"), achievement_data(), Achievement),
        "expert": (university_officer, reverse("experts:expert_create"), expert_data(), Expert),
        "run": (regional_officer_miit, reverse("matching:run_list"), {"scope": "region", "region": "32"}, MatchRun),
        "match": (broker, reverse("matching:match_propose", args=[need.uuid]), pair, Match),
    }


KINDS = ["need", "achievement", "expert", "run", "match"]


def token_in(response):
    return re.search(r'name="form_token" value="([0-9a-f-]{36})"', response.content.decode())[1]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_back_and_send_again_makes_nothing_new(kind, pages, login):
    person, page, data, model = pages[kind]
    client = login(person)
    data = data | {"form_token": token_in(client.get(page))}
    before = model.objects.count()

    first = client.post(page, data)
    again = client.post(page, data, follow=True)

    assert model.objects.count() == before + 1
    assert first.status_code == 302
    assert again.redirect_chain == [(first.url, 302)]
    assert [str(one.level_tag) for one in again.context["messages"]][-1] == "info"


@pytest.mark.django_db
def test_a_change_made_after_going_back_is_not_lost_without_a_word(pages, login):
    person, page, data, model = pages["need"]
    client, data = login(person), data | {"form_token": str(uuid4())}
    client.post(page, data)
    again = client.post(page, data | {"title": "另一个题目"}, follow=True)

    assert not model.objects.filter(title="另一个题目").exists()
    assert [str(one.level_tag) for one in again.context["messages"]][-1] == "warning"


@pytest.mark.django_db
def test_a_refused_form_keeps_its_token_for_the_mended_one(pages, login):
    person, page, data, model = pages["need"]
    client, before = login(person), model.objects.count()
    data = data | {"form_token": str(uuid4())}
    assert client.post(page, data | {"title": ""}).status_code == 422
    assert client.post(page, data).status_code == 302
    assert model.objects.count() == before + 1


@pytest.mark.django_db
@pytest.mark.parametrize("token", [None, "", "nonsense", "0" * 500])
def test_a_form_without_a_token_works(token, pages, login):
    person, page, data, model = pages["need"]
    before = model.objects.count()
    sent = data if token is None else data | {"form_token": token}
    assert login(person).post(page, sent).status_code == 302
    assert model.objects.count() == before + 1


@pytest.mark.django_db
def test_the_token_of_another_person_says_nothing(pages, login, other_enterprise_lead):
    person, page, data, model = pages["need"]
    data = data | {"form_token": str(uuid4())}
    first = login(person).post(page, data)
    other = login(other_enterprise_lead).post(page, data)
    assert first.url != other.url
    assert model.objects.filter(body__created_by=other_enterprise_lead).count() == 1


@pytest.mark.django_db
def test_old_receipts_go(pages, login):
    person, page, data, _model = pages["need"]
    long_ago = timezone.now() - timedelta(days=31)
    FormReceipt.objects.create(user=person, token=uuid4(), url="/", created_at=long_ago)
    login(person).post(page, data | {"form_token": str(uuid4())})
    assert FormReceipt.objects.filter(user=person).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("restore_reference_data")
def test_two_at_the_same_moment_make_one(pages):
    person, page, data, model = pages["need"]
    before = model.objects.count()
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(person)

    for done in range(1, 6):
        start, sent = Barrier(2), data | {"form_token": str(uuid4())}

        def send(client, start=start, sent=sent):
            try:
                start.wait(timeout=10)
                return client.post(page, sent).url
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(send, clients)
        assert first == second
        assert model.objects.count() == before + done
