"""Addresses that answer nothing but forms, and the way back from them."""

import pytest
from django.urls import reverse

from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db


@pytest.fixture
def need(enterprise, enterprise_lead):
    return make_need(enterprise, enterprise_lead, state="draft")


def test_opened_like_a_page_it_leads_back_to_its_record(need, login, enterprise_lead):
    client, address = login(enterprise_lead), reverse("needs:need_submit", args=[need.uuid])
    page = client.get(address)
    assert (page.status_code, page["Allow"]) == (405, "POST")
    assert f'href="{need.get_absolute_url()}"' in page.content.decode()
    assert client.get(address, headers={"HX-Request": "true"}).content == b""
    assert client.head(address).content == b""
    assert client.delete(need.get_absolute_url()).content == b""


def test_a_program_keeps_its_own_answer(login, enterprise_lead):
    assert login(enterprise_lead).delete("/api/needs/")["Content-Type"] == "application/problem+json"


def test_below_the_start_page_there_is_nothing(client):
    page = client.get(reverse("set_language"))
    assert page.status_code == 405
    assert "btn-primary" in page.content.decode()


def test_the_language_changes_on_the_page_whose_form_was_refused(need, login, enterprise_lead):
    client, page = login(enterprise_lead), reverse("needs:need_edit", args=[need.uuid])
    refused = client.post(page, {"version": need.version}, headers={"Referer": f"http://testserver{page}?check=1"})
    assert refused.status_code == 422
    assert f'name="next" value="{page}?check=1"' in refused.content.decode()


@pytest.mark.parametrize(("came_from", "back"), [
    ("http://testserver/needs/?page=2", "/needs/?page=2"), ("", None), ("http://elsewhere.test/needs/", None),
    ("http://testserver//elsewhere.test/", None),
])  # fmt: skip
def test_whoever_signs_in_again_comes_to_the_page_with_the_form(client, need, came_from, back):
    address = reverse("needs:need_submit", args=[need.uuid])
    answer = client.post(address, query_params=None, headers={"Referer": came_from})
    assert answer.status_code == 302
    expected = (back or address).replace("?", "%3F").replace("=", "%3D")
    assert answer["Location"].endswith(f"?next={expected}")
