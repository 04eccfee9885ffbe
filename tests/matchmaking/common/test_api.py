"""The API as a whole: its document is valid and complete, its page stays at home, its errors are problems."""

import json
import re

import pytest
from django.db import OperationalError, connection, transaction
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from matchmaking.accounts.tokens import TooManyTokens, create_token, revoke_token, tokens_of
from matchmaking.common.api.problems import handle
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator().get_schema(request=None, public=True)


def test_the_document_is_valid_and_names_every_address(document):
    validate_schema(document)
    paths = set(document["paths"])
    for pool in ("achievements", "needs", "experts", "talent-posts", "imports"):
        assert {f"/api/{pool}/", f"/api/{pool}/{{uuid}}/"} <= paths


def test_every_post_carries_its_key_and_every_operation_its_problems(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert "default" in operation["responses"], (path, method)
            named = {parameter["name"] for parameter in operation.get("parameters", ())}
            assert ("Idempotency-Key" in named) == (method == "post"), (path, method)


def test_no_input_has_a_field_that_the_portal_itself_sets(document):
    """Mass assignment: what a person cannot type on a page cannot be sent either."""
    inputs = {name: schema for name, schema in document["components"]["schemas"].items() if "Input" in name}
    assert len(inputs) > 5
    for name, schema in inputs.items():
        own = {"state", "public_no", "region", "created_by", "is_sample", "is_load", "search_vector", "text_version"}
        assert not own & set(schema["properties"]), name


def test_document_and_page_come_from_the_portal_alone(client):
    assert client.get("/api/schema/").status_code == 200
    page = client.get("/api/docs/").content.decode()
    assert "swagger-ui" in page
    assert not [one for one in re.findall(r'(?:src|href)="([^"]+)"', page) if one.startswith(("http", "//"))]
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]*src=)", page)


def test_a_token_is_the_person_until_it_is_revoked(client, enterprise_lead):
    _token, text = create_token(by=enterprise_lead)
    headers = {"HTTP_AUTHORIZATION": f"Token {text}"}
    assert client.get("/api/needs/mine/", **headers).status_code == 200
    [held] = tokens_of(enterprise_lead)
    assert not revoke_token(by=UserFactory(), token_key=held.token_key)
    assert revoke_token(by=enterprise_lead, token_key=held.token_key)
    refused = client.get("/api/needs/mine/", **headers)
    assert (refused.status_code, refused["Content-Type"]) == (401, "application/problem+json")


def test_a_new_password_and_a_closed_account_end_every_token(client, enterprise_lead, rf):
    from allauth.account.adapter import get_adapter

    _token, text = create_token(by=enterprise_lead)
    get_adapter().set_password(enterprise_lead, "another-long-password-1")
    assert client.get("/api/needs/mine/", HTTP_AUTHORIZATION=f"Token {text}").status_code == 401
    _token, text = create_token(by=enterprise_lead)
    enterprise_lead.is_active = False
    enterprise_lead.save()
    assert client.get("/api/needs/mine/", HTTP_AUTHORIZATION=f"Token {text}").status_code == 401


def test_nobody_holds_more_than_ten_tokens(enterprise_lead):
    for _number in range(10):
        create_token(by=enterprise_lead)
    with pytest.raises(TooManyTokens):
        create_token(by=enterprise_lead)


def test_the_text_of_a_token_is_shown_once(login, enterprise_lead):
    browser = login(enterprise_lead)
    made = browser.post("/organisations/tokens/")
    text = made.context["text"]
    assert text in made.content.decode()
    again = browser.get("/organisations/tokens/").content.decode()
    assert text not in again
    assert tokens_of(enterprise_lead).get().token_key in again
    browser.post(f"/organisations/tokens/{tokens_of(enterprise_lead).get().token_key}/revoke/")
    assert not tokens_of(enterprise_lead).exists()


def test_what_is_not_json_or_not_asked_for_is_a_problem(client, enterprise_lead):
    headers = {"HTTP_AUTHORIZATION": f"Token {create_token(by=enterprise_lead)[1]}"}
    for answer, code in (
        (client.post("/api/needs/", "a=b", content_type="text/plain", HTTP_IDEMPOTENCY_KEY="1", **headers), 415),
        (client.delete("/api/needs/", **headers), 405),
        (client.get("/api/needs/?tech_field=zz", **headers), 400),
        (client.get("/api/needs/?cursor=zz", **headers), 404),
    ):
        assert (answer.status_code, answer["Content-Type"]) == (code, "application/problem+json")
        assert json.loads(answer.content)["detail"]


@pytest.mark.parametrize("code", ["55P03", "40P01"])
def test_a_record_that_others_hold_is_a_conflict(rf, code):
    with pytest.raises(OperationalError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = %s; END $$", [code])
    answer = handle(caught.value, {"request": rf.get("/api/needs/")})
    assert (answer.status_code, answer.data["type"]) == (409, "urn:tongti:problem:in-flight")
