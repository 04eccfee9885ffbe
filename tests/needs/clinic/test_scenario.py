"""Application scenarios: what they say besides, and that other needs are not asked for it."""

import pytest
from django.db.models import F

from matchmaking.common.search import search_query
from needs import services
from needs.completeness import SCENARIO_FIELDS, missing
from needs.models import NeedBody, TechNeed
from tests.factories.needs import form_data, make_need, need_data
from tests.factories.programmes import programme

OPENED = {
    "site": "四个供水分区的阀门井。",
    "scale": "管网二百九十公里。",
    "open_data": "两年的流量与压力记录。",
    "trial_window": "签约后八个月，夜间。",
    "support_offered": "夜间开井配合。",
    "access_conditions": "入井设备须消毒。",
}


def scenario(**changes):
    return need_data(title="供水管网漏点定位场景", need_kind="scenario", **OPENED, **changes)


def test_a_scenario_needs_its_fields_and_no_indicator():
    assert not set(SCENARIO_FIELDS) & set(missing(scenario(), []))
    assert "indicators" not in missing(scenario(), [])
    for name in SCENARIO_FIELDS:
        assert name in missing(scenario() | {name: ""}, [])


def test_another_need_is_not_asked_for_them():
    assert not set(SCENARIO_FIELDS) & set(missing(need_data(), []))
    assert "indicators" in missing(need_data(), [])


def test_a_scenario_is_submitted_without_indicators(enterprise_lead, enterprise):
    need = services.create_need(by=enterprise_lead, owner=enterprise, programme=programme(), data=scenario())

    services.submit_need(by=enterprise_lead, need=need)

    assert need.state == "submitted"
    assert {name: getattr(need.body, name) for name in SCENARIO_FIELDS} == OPENED


def test_its_words_are_found_and_words_left_from_another_kind_are_not(enterprise_lead, enterprise):
    opened = make_need(enterprise, enterprise_lead, **scenario())
    tackled = make_need(enterprise, enterprise_lead, **{**scenario(), "need_kind": "tackle"})

    found = TechNeed.objects.annotate(v=F("search_vector")).filter(search_vector=search_query("消毒"))

    assert set(found) == {opened}
    assert tackled not in found


@pytest.mark.parametrize("field", SCENARIO_FIELDS)
def test_a_hidden_owner_is_not_named_and_no_secret_is_stored_in_them(enterprise_lead, enterprise, field):
    need = services.create_need(by=enterprise_lead, owner=enterprise, programme=programme(),
                                data=scenario(visibility="hidden_owner") | {field: "在测试企业甲厂区"})  # fmt: skip
    with pytest.raises(services.Incomplete) as refusal:
        services.submit_need(by=enterprise_lead, need=need)
    assert set(refusal.value.fields) == {field}

    with pytest.raises(services.Refused):
        services.update_need(by=enterprise_lead, need=need, version=need.version, data={field: "绝密资料"})


def test_the_form_stores_them_and_the_page_shows_them(enterprise_lead, login):
    client = login(enterprise_lead)

    response = client.post("/needs/new/", form_data(need_kind="scenario", rows=[], **OPENED))
    assert response.status_code == 302

    page = client.get(response["Location"]).content.decode()
    assert all(text in page for text in OPENED.values())
    assert NeedBody.objects.get().site == OPENED["site"]


def test_the_page_of_another_need_has_no_scenario(enterprise_lead, enterprise, login):
    need = make_need(enterprise, enterprise_lead, **OPENED)

    assert OPENED["site"] not in login(enterprise_lead).get(need.get_absolute_url()).content.decode()


def test_the_form_begins_as_a_scenario(enterprise_lead, login):
    page = login(enterprise_lead).get("/needs/new/?kind=scenario").content.decode()

    assert '<option value="scenario" selected>' in page
    assert 'data-for-kind="scenario"' in page


def test_a_checker_reads_the_scenario_section_of_scenarios_only(park_admin, enterprise_lead, enterprise, login):
    opened = make_need(enterprise, enterprise_lead, state="submitted", **scenario())
    tackled = make_need(enterprise, enterprise_lead, state="submitted")

    client = login(park_admin)

    assert OPENED["scale"] in client.get(f"/needs/{opened.uuid}/decide/").content.decode()
    assert 'name="note_scale"' not in client.get(f"/needs/{tackled.uuid}/decide/").content.decode()


def test_the_menu_marks_the_scenarios_and_not_the_needs(client, db):
    def active(path):
        entries = client.get(path).context["nav"]
        return [link["url"] for entry in entries for link in entry["children"] or [entry] if link["active"]]

    assert active("/needs/?need_kind=scenario") == ["/needs/?need_kind=scenario"]
    assert active("/needs/") == ["/needs/"]
    assert active("/needs/?need_kind=tackle") == ["/needs/"]
