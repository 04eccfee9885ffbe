"""Pages of teams: happy path, stranger, wrong role, bad input, number of queries."""

from uuid import uuid4

import pytest
from django.urls import reverse

from experts.models import Team
from matchmaking.intake.models import FormDraft
from matchmaking.vocabularies import selectors as vocabularies
from tests.factories.experts import make_expert
from tests.factories.teams import form_data, make_team

pytestmark = pytest.mark.django_db


def url(name, team=None):
    return reverse(f"teams:{name}", args=[team.uuid] if team else [])


def text_of(response):
    return response.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [({"q": "剩余寿命"}, True), ({"q": "不存在的词语"}, False), ({"field": "08"}, True), ({"field": "0803"}, True),
     ({"field": "01"}, False), ({"region": "32"}, True), ({"region": "37"}, False), ({"q": "TD-1999-000001"}, False)],
)  # fmt: skip
def test_filters(login, team, query, found):
    assert (team.get_absolute_url() in text_of(login().get(url("team_list"), query))) is found


def test_a_team_is_found_by_its_number(login, team):
    assert team.name in text_of(login().get(url("team_list"), {"q": team.public_no.lower()}))


@pytest.mark.parametrize("query", [{"field": "zz"}, {"q": "&|!:*('"}, {"q": "长" * 101}, {"page": "999999"}])
def test_bad_filters_are_no_error_page(login, team, query):
    assert login().get(url("team_list"), query).status_code == 200


@pytest.mark.parametrize("count", [3, 30])
@pytest.mark.parametrize("name", ["team_list", "team_mine", "team_review"])
def test_lists_take_the_same_few_queries(login, lead, member, other, university_officer, regional_officer_edu, count,
                                         name, django_assert_max_num_queries):  # fmt: skip
    state = "submitted" if name == "team_review" else "in_pool"
    for _number in range(count):
        make_team(lead, university_officer, members=[member, other], state=state)
    client = login(regional_officer_edu if name == "team_review" else university_officer)
    vocabularies.warm()

    with django_assert_max_num_queries(16 if name == "team_review" else 14):
        response = client.get(url(name))

    assert len(response.context["page"].object_list) == min(count, 20)
    if name != "team_review":
        assert response.context["page"].object_list[0].heads == 3


@pytest.mark.parametrize("count", [2, 20])
def test_the_api_takes_the_same_few_queries(client, lead, member, university_officer, count,
                                            django_assert_max_num_queries):  # fmt: skip
    for _number in range(count):
        make_team(lead, university_officer, members=[member])

    with django_assert_max_num_queries(6):
        found = client.get("/api/teams/").json()["results"]

    assert len(found) == count
    assert found[0]["lead"]["name"] == lead.name
    assert found[0]["members"][0]["name"] == member.name


def test_a_team_is_formed_and_handed_in(login, university_officer, lead, member, other_university):
    client = login(university_officer)
    assert client.get(url("team_create")).status_code == 200
    posted = form_data(lead, do="submit", members=[(f"{member.name} {member.public_no}", "无损检测")],
                       units=[other_university.name])  # fmt: skip

    response = client.post(url("team_create"), posted)

    team = Team.objects.get()
    assert response["Location"] == team.get_absolute_url()
    assert team.state == "submitted"
    assert {unit.name for unit in team.units.all()} == {"测试大学甲", other_university.name}
    assert team.memberships.get().role == "无损检测"


def test_a_draft_may_be_incomplete_but_is_not_handed_in(login, university_officer, lead):
    client = login(university_officer)
    bare = form_data(lead, summary="", fields=[])

    refused = client.post(url("team_create"), bare | {"do": "submit"})
    assert refused.status_code == 422
    assert not Team.objects.exists()

    client.post(url("team_create"), bare)
    team = Team.objects.get()
    assert team.state == "draft"
    client.post(url("team_submit", team), {"version": team.version})
    assert Team.objects.get().state == "draft"


def test_a_name_that_is_nobody_or_two_is_refused_at_its_field(login, university_officer, lead, member,
                                                              other_university, other_university_officer):  # fmt: skip
    make_expert(other_university, other_university_officer, name=member.name)
    client = login(university_officer)

    for written in ("无此专家", member.name, "ZJ-1999-000001"):
        response = client.post(url("team_create"), form_data(lead, members=[(written, "")]))
        assert response.status_code == 422, written
        assert written in text_of(response)
        assert response.context["members"].forms[0].errors["expert"]


def test_members_are_suggested_by_the_beginning_of_name_or_number(login, university_officer, member, enterprise_lead):
    client = login(university_officer)

    assert member.public_no in text_of(client.get(url("expert_options"), {"q": member.name[:2]}))
    assert member.name in text_of(client.get(url("expert_options"), {"q": member.public_no.lower()}))
    assert text_of(client.get(url("expert_options"), {"q": " "})).strip() == ""
    assert login(enterprise_lead).get(url("expert_options"), {"q": "成"}).status_code == 403


def test_only_those_with_a_possible_lead_form_a_team(login, researcher, member_user, enterprise_lead):
    assert login(enterprise_lead).get(url("team_create")).status_code == 403
    assert login(researcher).get(url("team_create")).status_code == 403
    assert login().get(url("team_create")).status_code == 302


def test_the_pages_of_others_stay_closed(login, team, other_university_officer, enterprise_lead, member_user):
    for person in (other_university_officer, enterprise_lead, member_user):
        client = login(person)
        assert client.get(url("team_edit", team)).status_code == 403
        assert client.post(url("team_dissolve", team), {"version": team.version}).status_code == 403
    assert Team.objects.get().state == "in_pool"


def test_an_older_page_keeps_the_text_that_was_typed(login, university_officer, lead, member):
    team = make_team(lead, university_officer, members=[member], state="draft")
    client = login(university_officer)
    client.post(url("team_edit", team), form_data(lead, version=1, members=[(member.public_no, "")], summary="先到"))

    response = client.post(url("team_edit", team), form_data(lead, version=1, members=[], summary="后到的文字"))

    assert response.status_code == 409
    assert "后到的文字" in text_of(response)
    assert Team.objects.get().summary == "先到"


def test_a_former_member_stays_nameable_in_the_form(login, university_officer, lead, member, member_user):
    from experts.services import leave_pool

    team = make_team(lead, university_officer, members=[member], state="draft")
    leave_pool(by=member_user, expert=member)

    response = login(university_officer).post(
        url("team_edit", team), form_data(lead, version=1, members=[(member.public_no, "总师")])
    )

    assert response.status_code == 302
    assert team.memberships.get().role == "总师"


def test_the_officer_returns_with_notes_that_stand_at_the_fields(login, university_officer, regional_officer_edu, lead,
                                                                 member):  # fmt: skip
    team = make_team(lead, university_officer, members=[member], state="submitted")
    officer = login(regional_officer_edu)
    assert member.name in text_of(officer.get(url("team_decide", team)))
    posted = {"version": team.version, "decision": "return", "reason": "请补充单位", "reasons": ["incomplete"],
              "note_members": "缺少下游单位"}  # fmt: skip

    response = officer.post(url("team_decide", team), posted)

    assert response.status_code == 302, response.context["form"].errors
    page = text_of(login(university_officer).get(url("team_edit", team)))
    assert "缺少下游单位" in page
    assert "请补充单位" in page


def test_admitting_on_the_page(login, university_officer, regional_officer_edu, regional_officer_miit, lead, member):
    team = make_team(lead, university_officer, members=[member], state="submitted")
    posted = {"version": team.version, "decision": "pass"}

    assert login(regional_officer_miit).post(url("team_decide", team), posted).status_code == 404
    assert login(regional_officer_edu).post(url("team_decide", team), posted).status_code == 302
    assert Team.objects.get().state == "in_pool"
    assert login(regional_officer_edu).post(url("team_decide", team), posted).status_code == 409


def test_a_member_leaves_on_the_page(login, team, member, member_user):
    client = login(member_user)
    assert "step-out" in text_of(client.get(team.get_absolute_url()))

    assert client.post(url("team_step_out", team)).status_code == 302

    assert member.name not in text_of(login().get(team.get_absolute_url()))


def test_the_form_has_the_rail_of_the_other_forms_and_keeps_its_text(login, university_officer, lead, member):
    client, page = login(university_officer), uuid4()
    shown = client.get(url("team_create"))
    text = text_of(shown)
    assert "data-rail-stop" in text
    assert 'data-key="team:new"' in text
    assert "保存草稿" in text
    rail = shown.context["rail"]
    assert (rail.filled, rail.total) == (2, 6)  # programme and the only lead

    kept = {"key": "team:new", "page": str(page), "fields": '[["name", "写到一半"]]', "revision": 0, "version": ""}
    client.post(reverse("drafts:save"), kept)
    refused = client.post(url("team_create"), form_data(lead, name="") | {"draft": f"{page}.1"})
    assert refused.status_code == 422
    assert refused.context["rail"].wrong == 1
    assert FormDraft.objects.exists()
    assert client.post(url("team_create"), form_data(lead) | {"draft": f"{page}.1"}).status_code == 302
    assert not FormDraft.objects.exists()


def test_in_the_pool_the_rail_has_the_steps_that_are_open_then(login, university_officer, team):
    shown = login(university_officer).get(url("team_edit", team))
    assert [stop.part.id for stop in shown.context["rail"].stops] == [
        f"section-{step['key']}" for step in shown.context["steps"]
    ]
    assert "保存草稿" not in text_of(shown)
