"""The API of needs: the page's own form behind JSON, carried out once, in the reader's bounds."""

import json

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from matchmaking.accounts.models import Membership
from matchmaking.intake.models import IdempotencyKey, ProposedChange
from needs.handing_on import submit_needs
from needs.models import TechNeed
from needs.services import reject_need, reopen_need
from tests.api import client_of, post
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db
NEED = {
    "title": "叶片锻后在线检测",
    "need_kind": "tackle",
    "problem": "人工检测漏检率高，冷却后才能检出裂纹。",
    "budget_fen": 85_000_000,
    "budget_band": "b3",
    "due_months": 18,
    "coop_modes": ["commissioned"],
    "indicators": [{"name": "检出率", "operator": "ge", "value": "98.5", "unit": "%", "must": True}],
    "visibility": "members",
}


@pytest.fixture
def api(enterprise_lead):
    return client_of(enterprise_lead)


def pointers(response):
    assert response["Content-Type"] == "application/problem+json"
    return {error["pointer"] for error in response.json()["errors"]}


def test_a_need_is_filed_changed_and_its_gaps_are_named(api):
    made = post(api, "/api/needs/", NEED)
    assert made.status_code == 201, made.content.decode()
    record = made.json()
    assert made["Location"] == f"/api/needs/{record['uuid']}/"
    need = TechNeed.objects.get(uuid=record["uuid"])
    assert (need.state, need.body.budget_fen, need.visibility) == ("draft", 85_000_000, "members")
    assert [str(row) for row in need.body.indicators.all()] == ["检出率 ≥ 98.5 %"]

    changed = api.patch(made["Location"], {"version": 1, "goal": "线上二十秒内检完"}, format="json")
    assert changed.status_code == 200, changed.content
    need.refresh_from_db()
    need.body.refresh_from_db()
    assert (need.body.goal, need.body.problem) == ("线上二十秒内检完", NEED["problem"])
    assert need.body.indicators.count() == 1
    assert changed.json()["version"] == 2

    refused = post(api, f"{made['Location']}submit/", {"version": 2})
    assert refused.status_code == 422
    assert {"/tech_field", "/basis"} <= pointers(refused)


def test_wrong_input_is_named_at_its_place_and_nothing_is_saved(api):
    wrong = NEED | {"title": "", "due_months": 40, "tech_field": "9999", "budget_fen": 1,
                    "indicators": [{"name": "", "value": 5}], "colour": "red"}  # fmt: skip
    first = post(api, "/api/needs/", wrong)
    assert pointers(first) == {"/colour"}
    del wrong["colour"]
    second = post(api, "/api/needs/", wrong)
    assert (second.status_code, pointers(second)) == (
        400, {"/title", "/due_months", "/tech_field", "/budget_fen", "/indicators/0/name"})  # fmt: skip
    assert not TechNeed.objects.exists()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"title": ["a"]}, "/title"), ({"budget_fen": "1e309"}, "/budget_fen"), ({"due_months": {}}, "/due_months"),
     ({"open_until": "2026-02-30"}, "/open_until"), ({"indicators": "x"}, "/indicators"),
     ({"coop_modes": [{}]}, "/coop_modes/0"), ({"open_competition": "maybe"}, "/open_competition")],
)  # fmt: skip
def test_a_value_of_another_type_is_named(api, body, pointer):
    answer = post(api, "/api/needs/", NEED | body)
    assert answer.status_code == 400
    assert pointer in pointers(answer)


@pytest.mark.parametrize(
    ("raw", "word"),
    [('{"title": ' + "[" * 100_000, "32"), ('{"title": ' + "[" * 40 + "]" * 40 + "}", "32"),
     ('{"title": "甲", "title": "乙"}', "twice"), ('{"title": NaN}', "NaN"), ('"\ufeff', "JSON"), ("{,}", "JSON"),
     ('{"title": "\\u0000"}', "字符"), ('{"title": "\\ud800"}', "字符"),
     ('{"budget_fen": ' + "9" * 20_000 + "}", "JSON"),
     ("null", ""), ("[]", ""), (b"\xff\xfe", "UTF-8")],
)  # fmt: skip
def test_json_that_is_none_is_refused_with_a_sentence(api, raw, word):
    answer = api.post("/api/needs/", raw, content_type="application/json", HTTP_IDEMPOTENCY_KEY="k")
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert word in answer.json()["detail"]


def test_the_same_key_makes_one_need_and_gives_the_same_answer(api):
    first = post(api, "/api/needs/", NEED, key="k-1")
    again = post(api, "/api/needs/", NEED, key="k-1")
    assert (again.status_code, again.content, again["Location"]) == (201, first.content, first["Location"])
    assert TechNeed.objects.count() == 1
    other = post(api, "/api/needs/", NEED | {"title": "另一个"}, key="k-1")
    assert (other.status_code, TechNeed.objects.count()) == (422, 1)
    assert api.post("/api/needs/", NEED, format="json").status_code == 400


def test_a_kept_answer_is_for_those_only_who_may_still_write_the_record(api, enterprise_lead, other_enterprise):
    post(api, "/api/needs/", NEED, key="k-1")
    draft = make_need(enterprise_lead.active_memberships[0].organisation, enterprise_lead, state="draft")
    submitted = f"/api/needs/{draft.uuid}/submit/"
    assert post(api, submitted, {"version": 1}, key="k-2").status_code == 200
    assert post(api, submitted, {"version": 1}, key="k-2")["Idempotent-Replay"] == "true"
    held = Membership.objects.filter(user=enterprise_lead)
    held.update(organisation=other_enterprise)
    assert post(api, "/api/needs/", NEED, key="k-1").status_code == 404  # a draft of somebody else
    # First a record that is not shown to him any more, then one that all see, but that is no more his to write.
    for state, status in (("submitted", 404), ("published", 403)):
        TechNeed.objects.filter(pk=draft.pk).exclude(state=state).update(state=state)
        answer = post(api, submitted, {"version": 1}, key="k-2")
        assert (answer.status_code, draft.body.problem in answer.content.decode()) == (status, False)
    held.update(ended_at=timezone.now())
    assert post(api, "/api/needs/", NEED, key="k-1").status_code == 403


def test_a_refused_request_leaves_its_key_unused(api):
    assert post(api, "/api/needs/", NEED | {"title": ""}, key="k-2").status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert post(api, "/api/needs/", NEED, key="k-2").status_code == 201


def test_a_key_of_somebody_else_means_nothing(api, other_enterprise_lead):
    post(api, "/api/needs/", NEED, key="shared")
    stranger = client_of(other_enterprise_lead)
    made = post(stranger, "/api/needs/", NEED, key="shared")
    assert made.status_code == 201
    assert TechNeed.objects.count() == 2


def test_who_may_not_write_is_told_so(api, login, researcher, enterprise_lead, other_enterprise_lead):
    assert post(APIClient(), "/api/needs/", NEED).status_code == 401
    assert post(client_of(researcher), "/api/needs/", NEED).status_code == 403
    made = post(api, "/api/needs/", NEED)
    for answer in (
        client_of(other_enterprise_lead).patch(made["Location"], {"version": 1, "title": "换题"}, format="json"),
        post(client_of(other_enterprise_lead), f"{made['Location']}submit/", {"version": 1}),
    ):
        assert answer.status_code == 404
    foreign = {"owner": str(other_enterprise_lead.active_memberships[0].organisation.uuid)}
    assert pointers(post(api, "/api/needs/", NEED | foreign)) == {"/owner"}


def test_a_newer_version_is_not_written_over(api):
    made = post(api, "/api/needs/", NEED)
    assert api.patch(made["Location"], {"version": 1, "goal": "甲"}, format="json").status_code == 200
    late = api.patch(made["Location"], {"version": 1, "goal": "乙"}, format="json")
    assert (late.status_code, late.json()["type"]) == (409, "urn:tongti:problem:stale-state")


def test_own_drafts_are_listed_apart(api, other_enterprise, other_enterprise_lead):
    made = post(api, "/api/needs/", NEED).json()
    make_need(other_enterprise, other_enterprise_lead, state="draft")
    assert [row["public_no"] for row in api.get("/api/needs/mine/").json()["results"]] == [made["public_no"]]
    assert api.get("/api/needs/").json()["results"] == []


def test_an_unknown_address_is_a_problem_too(client):
    answer = client.get("/api/nothing/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert json.loads(answer.content)["status"] == 404


def test_a_change_that_waits_is_not_withdrawn_by_another_one(enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead, state="published")
    place = f"/api/needs/{need.uuid}/"
    mine = client_of(enterprise_lead)
    first = mine.patch(place, {"version": need.version, "title": "换一个题目"}, format="json")
    assert (first.status_code, first.json()["waiting_for_check"]) == (202, ["title"])
    second = mine.patch(place, {"version": first.json()["version"], "tried": "又试了一种相机"}, format="json")
    assert second.status_code in (200, 202), second.content.decode()
    assert ProposedChange.objects.get(object_id=need.uuid, state="open").content["title"] == "换一个题目"


def test_a_rejected_need_that_is_unchanged_is_refused_with_a_sentence(enterprise, enterprise_lead,
                                                                       regional_officer_miit):  # fmt: skip
    need = make_need(enterprise, enterprise_lead, state="draft")
    mine = client_of(enterprise_lead)
    enterprise.park = None
    enterprise.save()
    sent = post(mine, f"/api/needs/{need.uuid}/submit/", {"version": need.version})
    assert sent.status_code == 200, sent.content.decode()
    need.refresh_from_db()
    reject_need(by=regional_officer_miit, need=need, version=need.version, reason="指标不全", reasons=["incomplete"])
    reopen_need(by=enterprise_lead, need=need, version=need.version)
    again = post(mine, f"/api/needs/{need.uuid}/submit/", {"version": need.version})
    assert (again.status_code, again.json()["type"]) == (422, "urn:tongti:problem:unchanged")
    done, left = submit_needs(by=enterprise_lead, chosen={str(need.uuid): need.version}, declared=True)
    assert (done, [one.number for one in left]) == (0, [need.public_no])
