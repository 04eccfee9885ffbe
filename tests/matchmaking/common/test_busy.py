"""A row that others hold: the page says so calmly, and nothing else is hidden behind that sentence."""

import logging
import threading

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.urls import reverse
from django.utils.translation import override

from matchmaking.common.busy import SENTENCE
from needs.models import TechNeed
from tests.catalog.test_races import at_once
from tests.factories.needs import make_need

FORM = {"version": 1, "reason": "已解决"}


def refusal(code):
    """What a service meets whose row is held; rolled back as far as the transaction of the service."""

    def meets(**_values):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = %s; END $$", [code])

    return meets


@pytest.fixture
def send(db, login, enterprise, enterprise_lead, monkeypatch):
    """Take a need back, which meets this error of the server."""
    address = reverse("needs:need_withdraw", args=[make_need(enterprise, enterprise_lead).uuid])
    client = login(enterprise_lead)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    def sent(code, **headers):
        monkeypatch.setattr("needs.views.editing.withdraw_need", refusal(code))
        return client.post(address, FORM, headers=headers)

    return sent


@pytest.mark.parametrize("code", ["55P03", "40P01"])
def test_a_page_says_that_it_is_busy_and_is_logged(send, code, caplog):
    with caplog.at_level(logging.WARNING, logger="matchmaking.common.busy"):
        answer = send(code)
    html = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    with override("en"):
        assert str(SENTENCE) in html
    assert "site-header" in html
    assert answer["Cache-Control"] == "no-store"
    assert [code in record.getMessage() for record in caplog.records if record.name.endswith("busy")] == [True]


def test_a_fragment_gets_the_sentence_alone(send):
    answer = send("55P03", hx_request="true")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert answer["Content-Type"].startswith("text/plain")  # the script shows it; a whole page would be loaded anew
    with override("en"):
        assert answer.content.decode() == str(SENTENCE)


def test_it_leads_back_to_the_page_of_the_form_and_nowhere_else(send):
    assert 'href="/needs/?q=1"' in send("55P03", referer="http://testserver/needs/?q=1").content.decode()
    assert "elsewhere.test" not in send("55P03", referer="http://elsewhere.test/").content.decode()


def test_any_other_error_of_the_server_stays_one(send):
    with pytest.raises(OperationalError):
        send("57014")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("restore_reference_data")
def test_a_row_that_is_really_held(login, enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead)
    client, held, done = login(enterprise_lead), threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            list(TechNeed.objects.select_for_update(no_key=True).filter(pk=need.pk))
            held.set()
            assert done.wait(20)

    def ask():
        assert held.wait(10)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
            return client.post(reverse("needs:need_withdraw", args=[need.uuid]), FORM)
        finally:
            done.set()

    _held, answer = at_once(hold, ask)
    assert getattr(answer, "status_code", answer) == 503
    need.refresh_from_db()
    assert need.version == FORM["version"]
