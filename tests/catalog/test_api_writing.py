"""The API of achievements: the page's own form behind JSON; of a record in the pool some changes wait for a check."""

import pytest

from catalog.models import Achievement
from tests.api import client_of, post
from tests.factories.catalog import AchievementFactory, complete

pytestmark = pytest.mark.django_db
ACHIEVEMENT = {
    "title": "叶片涡流阵列在线检测",
    "keywords": ["涡流阵列", "叶片", "在线检测"],
    "trl": 6,
    "price_fen": 1_250_000_00,
    "coop_modes": ["commissioned"],
    "rights_pilot": True,
    "indicators": [{"name": "检出率", "operator": "ge", "value": "98.5", "unit": "%"}],
    "ip_items": [{"kind": "pat_inv", "number": "ZL202210000000.1", "filed_on": "2022-01-05"}],
    "completers": [{"name": "项目负责人甲"}],
    "visibility": "public",
}


@pytest.fixture
def api(university_officer):
    return client_of(university_officer)


def test_an_achievement_is_filed_changed_and_its_gaps_are_named(api, university, researcher):
    made = post(api, "/api/achievements/", ACHIEVEMENT)
    assert made.status_code == 201, made.content.decode()
    record = Achievement.objects.get(uuid=made.json()["uuid"])
    assert (record.state, record.trl, record.keywords) == ("draft", 6, ACHIEVEMENT["keywords"])
    assert (record.rights_pilot, record.body.price_fen, record.body.owner) == (True, 1_250_000_00, university)
    assert [str(row) for row in record.indicators.all()] == ["检出率 ≥ 98.5 %"]
    assert record.completers.get().user == researcher
    assert record.completing_units.get().organisation == university

    changed = api.patch(made["Location"], {"version": 1, "summary": "短"}, format="json")
    assert changed.status_code == 200, changed.content.decode()
    record.refresh_from_db()
    assert (record.summary, record.rights_pilot, record.body.price_fen) == ("短", True, 1_250_000_00)
    assert (record.indicators.count(), record.ip_items.get().number) == (1, "ZL202210000000.1")

    refused = post(api, f"{made['Location']}submit/", {"version": 2, "opinion": "同意", "secrecy_declared": True})
    assert refused.status_code == 422
    assert {"/summary", "/discipline"} <= {error["pointer"] for error in refused.json()["errors"]}
    assert [row["uuid"] for row in api.get("/api/achievements/mine/").json()["results"]] == [str(record.uuid)]


def test_a_complete_record_is_handed_in(api, university):
    record = complete(AchievementFactory(body__owner=university))
    answer = post(api, f"/api/achievements/{record.uuid}/submit/",
                  {"version": record.version, "opinion": "同意推荐", "secrecy_declared": True})  # fmt: skip
    assert (answer.status_code, answer.json()["state"]) == (200, "submitted")


def test_honours_are_filed_shown_and_replaced_but_name_no_hidden_owner(api, university):
    honour = {"kind": "award", "name": "测试科技进步奖", "level": "二等奖", "body": "测试省", "year": 2024}
    made = post(api, "/api/achievements/", ACHIEVEMENT | {"honours": [honour]})
    assert made.status_code == 201, made.content.decode()
    [shown] = made.json()["honours"]
    assert {name: shown[name] for name in honour} == honour
    path = made["Location"]
    kept = api.patch(path, {"version": 1, "summary": "短"}, format="json")
    assert len(kept.json()["honours"]) == 1
    gone = api.patch(path, {"version": 2, "honours": []}, format="json")
    assert gone.json()["honours"] == []
    hidden = post(api, "/api/achievements/", ACHIEVEMENT | {"honours": [honour], "visibility": "hidden_owner"})
    assert hidden.json()["honours"] == []
    assert Achievement.objects.get(uuid=hidden.json()["uuid"]).honours.count() == 1


def test_wrong_input_is_named_at_its_place(api):
    wrong = ACHIEVEMENT | {"title": "", "trl": 12, "tech_field": "99", "price_fen": -1,
                           "ip_items": [{"number": "1"}],
                           "completing_units": [{"organisation": "无此单位"}]}  # fmt: skip
    answer = post(api, "/api/achievements/", wrong)
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/price_fen"}
    answer = post(api, "/api/achievements/", wrong | {"price_fen": 5})
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "/title", "/trl", "/tech_field", "/ip_items/0/kind", "/completing_units/0/organisation"}  # fmt: skip
    assert not Achievement.objects.exists()


def test_what_must_be_checked_waits_and_the_rest_is_live(api, university):
    record = complete(AchievementFactory(state="accepted", body__owner=university))
    change = {"version": record.version, "title": "新的题目", "contact_phone": "010-0000"}
    answer = api.patch(f"/api/achievements/{record.uuid}/", change, format="json")
    assert answer.status_code == 202, answer.content.decode()
    assert answer.json()["waiting_for_check"] == ["title"]
    assert answer.json()["title"] == record.title
    record.body.refresh_from_db()
    assert record.body.contact["phone"] == "010-0000"


def test_others_neither_see_nor_change_it(university, other_university_officer, enterprise_lead):
    draft = AchievementFactory(body__owner=university)
    shown = complete(AchievementFactory(state="accepted", body__owner=university))
    change = {"version": 1, "title": "换题"}
    stranger = client_of(other_university_officer)
    assert stranger.patch(f"/api/achievements/{draft.uuid}/", change, format="json").status_code == 404
    assert stranger.patch(f"/api/achievements/{shown.uuid}/", change, format="json").status_code == 403
    assert post(stranger, f"/api/achievements/{shown.uuid}/submit/", {"version": 1}).status_code == 403
    assert post(client_of(enterprise_lead), "/api/achievements/", ACHIEVEMENT).status_code == 403
