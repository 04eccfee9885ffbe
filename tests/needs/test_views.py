"""Pages of needs: happy path, stranger, wrong role, bad input, number of queries."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from matchmaking.accounts.enums import Role
from matchmaking.accounts.services import grant_role
from matchmaking.vocabularies import selectors as vocabularies
from needs.models import TechNeed
from needs.services import publish_need, submit_need, update_need
from tests.factories.accounts import member
from tests.factories.needs import INDICATOR, form_data, make_need, need_data

pytestmark = pytest.mark.django_db


def url(name, need=None):
    return reverse(f"needs:{name}", args=[need.uuid] if need else [])


def text_of(response):
    return response.content.decode()


# --- Lists -----------------------------------------------------------------------------------------------------------


def test_the_list_is_public_and_holds_the_pool_only(login, enterprise, enterprise_lead):
    shown = make_need(enterprise, enterprise_lead, title="已经发布的需求")
    make_need(enterprise, enterprise_lead, state="draft", title="还是草稿的需求")

    page = text_of(login().get(url("need_list")))

    assert shown.title in page
    assert enterprise.name in page
    assert "还是草稿的需求" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "裂纹检出率"}, True), ({"q": "不存在的词语"}, False), ({"q": "  "}, False),
        ({"tech_field": "08"}, True), ({"tech_field": "0804"}, True), ({"tech_field": "01"}, False),
        ({"industry": "C"}, True), ({"industry": "35"}, True), ({"industry": "26"}, False),
        ({"region": "32"}, True), ({"region": "37"}, False), ({"budget_band": "b3"}, True),
        ({"budget_band": "b1"}, False), ({"coop_mode": "cooperative"}, True), ({"coop_mode": "talent"}, False),
        ({"target_trl": "7"}, True), ({"target_trl": "2"}, False), ({"open_competition": "on"}, False),
        ({"need_kind": "tackle"}, True), ({"need_kind": "digital"}, False), ({"open_until": "2020-01-01"}, True),
        ({"open_until": "2999-01-01"}, False), ({"state": "matching"}, False),
        ({"q": "涡轮叶片", "sort": "relevance"}, True), ({"sort": "closing"}, True), ({"q": "XQ-1999-000001"}, False),
    ],
)  # fmt: skip
def test_filters(login, enterprise, enterprise_lead, university_officer, query, found):
    need = make_need(enterprise, enterprise_lead)

    for user in (None, university_officer):
        assert (need.title in text_of(login(user).get(url("need_list"), query))) is (found or query == {"q": "  "})


def test_a_need_is_found_by_its_number(login, enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead)

    assert need.title in text_of(login().get(url("need_list"), {"q": need.public_no.lower()}))


@pytest.mark.parametrize(
    "query", [{"tech_field": "zz"}, {"open_until": "gestern"}, {"page": "99999999999"}, {"sort": "x"}, {"q": "&|!:*('"},
              {"q": "🦄" * 100}, {"q": "长" * 101}, {"region": "'; --"}],
)  # fmt: skip
def test_bad_filters_are_no_error_page(login, enterprise, enterprise_lead, query):
    make_need(enterprise, enterprise_lead)

    assert login().get(url("need_list"), query).status_code == 200


@pytest.mark.parametrize("count", [3, 30])
@pytest.mark.parametrize("name", ["need_list", "need_mine", "need_review"])
def test_lists_take_the_same_few_queries(login, enterprise, enterprise_lead, regional_officer_miit, count, name,
                                         django_assert_max_num_queries):  # fmt: skip
    state = {"need_review": "checked"}.get(name, "published")
    for _number in range(count):
        make_need(enterprise, enterprise_lead, state=state)
    client = login(regional_officer_miit if name == "need_review" else enterprise_lead)
    vocabularies.warm()

    with django_assert_max_num_queries(17) as queries:  # six of them frame the search (common/pools.py)
        response = client.get(url(name), {"q": "涡轮叶片"})

    assert len(response.context["page"].object_list) == min(count, 20)
    assert len(queries) <= 17


@pytest.mark.parametrize("persona", ["enterprise_lead", "regional_officer_miit", None])
def test_the_page_of_a_need_takes_few_queries(login, request, enterprise, enterprise_lead, persona,
                                              django_assert_max_num_queries):  # fmt: skip
    user = request.getfixturevalue(persona) if persona else None
    need = make_need(enterprise, enterprise_lead, indicators=[INDICATOR] * 10)
    client = login(user)
    vocabularies.warm()

    with django_assert_max_num_queries(25 if user else 11):
        client.get(need.get_absolute_url())


def test_own_needs_are_for_editors_of_enterprises(login, enterprise, enterprise_lead, university_officer):
    make_need(enterprise, enterprise_lead, state="draft", title="自己的草稿")

    assert "自己的草稿" in text_of(login(enterprise_lead).get(url("need_mine")))
    assert login(university_officer).get(url("need_mine")).status_code == 403
    assert login().get(url("need_mine")).status_code == 302


def test_the_export_is_for_those_who_may_export(login, stranger):
    assert login(stranger).get(url("need_export")).status_code == 403
    assert login().get(url("need_export")).status_code == 302


def test_the_invitation_field_suggests_organisations(login, enterprise_lead, university, stranger):
    address = url("organisation_options")

    assert university.name in text_of(login(enterprise_lead).get(address, {"q": "测试大学"}))
    assert login(stranger).get(address, {"q": "测试大学"}).status_code == 403


# --- Writing ---------------------------------------------------------------------------------------------------------


def test_a_draft_takes_what_is_readable(login, enterprise_lead, enterprise):
    client = login(enterprise_lead)
    assert client.get(url("need_create")).status_code == 200
    blank = dict.fromkeys(form_data(), "")
    kept = {"title": "只有标题", "programme": form_data()["programme"], "visibility": "public",
            "indicators-TOTAL_FORMS": 1, "indicators-INITIAL_FORMS": 0, "indicators-0-operator": "ge",
            "invited-TOTAL_FORMS": 0, "invited-INITIAL_FORMS": 0}  # fmt: skip

    response = client.post(url("need_create"), blank | {"coop_modes": []} | kept)

    need = TechNeed.objects.get()
    assert response.status_code == 302
    assert response.url == need.get_absolute_url()
    assert (need.state, need.title, need.body.owner) == ("draft", "只有标题", enterprise)
    assert need.body.indicators.count() == 0
    page = client.get(need.get_absolute_url())
    assert {line["anchor"] for line in page.context["problems"]} >= {"id_problem", "section-indicators"}


def test_save_and_submit_in_one_step(login, enterprise_lead, park_admin):
    response = login(enterprise_lead).post(url("need_create"), form_data(do="submit"))

    need = TechNeed.objects.get()
    assert response.status_code == 302
    assert need.state == "submitted"
    assert need.body.budget_fen == 85_000_000
    assert need.body.contact["name"] == "测试联系人"
    assert need.title in text_of(login(park_admin).get(url("need_review")))


def test_the_form_shows_what_is_stored_and_keeps_it(login, enterprise_lead, enterprise, university):
    need = make_need(enterprise, enterprise_lead, state="draft", visibility="invited", invited=[university])
    client = login(enterprise_lead)

    page = text_of(client.get(url("need_edit", need)))
    assert need_data()["problem"] in page
    assert 'value="98"' in page
    assert university.name in page
    rows = [{**INDICATOR, "value": "99"}]
    client.post(
        url("need_edit", need), form_data(version=1, rows=rows, visibility="invited", invited=[university.name])
    )

    need.refresh_from_db()
    assert need.version == 2
    assert [row.value for row in need.body.indicators.all()] == [99]
    assert [guest.organisation for guest in need.invitations.all()] == [university]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "长" * 61}, "title"),
        ({"problem": "长" * 2001}, "problem"),
        ({"due_months": "37"}, "due_months"),
        ({"due_months": "很久"}, "due_months"),
        ({"open_until": "32.13.2020"}, "open_until"),
        ({"budget_fen": "-1"}, "budget_fen"),
        ({"budget_fen": "2000"}, "budget_fen"),
        ({"need_kind": "nonsense"}, "need_kind"),
        ({"contact_email": "no mail"}, "contact_email"),
        ({"problem": "涉密内容"}, "problem"),
        ({"coop_modes": ["nonsense"]}, "coop_modes"),
    ],
)
@pytest.mark.parametrize("do", ["", "submit"])
def test_bad_input_is_told_at_its_field_and_nothing_is_saved(login, enterprise_lead, changes, field, do):
    response = login(enterprise_lead).post(url("need_create"), form_data(do=do, **changes))

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not TechNeed.objects.exists()


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"value": "≥98"}, "value"),
        ({"value": "", "operator": "ge"}, "value"),
        ({"operator": "between", "value": "5", "value_high": "4"}, "value_high"),
        ({"operator": "text", "value": "", "text": ""}, "text"),
        ({"name": ""}, "name"),
        ({"now": "涉密数据"}, "now"),
    ],
)
def test_a_bad_indicator_is_told_at_its_cell(login, enterprise_lead, row, field):
    response = login(enterprise_lead).post(url("need_create"), form_data(rows=[INDICATOR, {**INDICATOR, **row}]))

    assert response.status_code == 422
    assert field in response.context["sheet"].indicators.forms[1].errors
    assert not TechNeed.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"problem": ""}, "problem"),
        ({"contact_phone": "", "contact_email": ""}, "contact_phone"),
        ({"visibility": "hidden_owner", "goal": "测试企业甲要解决"}, "goal"),
    ],
)
def test_submission_is_refused_at_the_field(login, enterprise_lead, changes, field):
    response = login(enterprise_lead).post(url("need_create"), form_data(do="submit", **changes))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not TechNeed.objects.exists()


def test_all_that_is_wrong_is_told_at_once(login, enterprise_lead):
    wrong = {"problem": "涉密内容", "basis": "", "goal": "测试企业甲要解决", "due_months": "99"}

    response = login(enterprise_lead).post(
        url("need_create"), form_data(do="submit", visibility="hidden_owner", **wrong)
    )

    assert set(response.context["form"].errors) == set(wrong)


def test_submission_asks_for_an_indicator_and_for_guests(login, enterprise_lead):
    response = login(enterprise_lead).post(url("need_create"), form_data(do="submit", rows=[], visibility="invited"))

    assert response.status_code == 422
    sheet = response.context["sheet"]
    assert sheet.indicators.non_form_errors()
    assert sheet.invited.non_form_errors()


def test_an_unknown_guest_is_told_at_its_row(login, enterprise_lead):
    response = login(enterprise_lead).post(
        url("need_create"), form_data(visibility="invited", invited=["不存在的单位"])
    )

    assert response.status_code == 422
    assert "name" in response.context["sheet"].invited.forms[0].errors


def test_a_manipulated_formset_is_no_error_page(login, enterprise_lead):
    for broken in ({"indicators-TOTAL_FORMS": "x"}, {"indicators-TOTAL_FORMS": "999999"}):
        assert login(enterprise_lead).post(url("need_create"), form_data() | broken).status_code == 422


def test_a_conflict_keeps_the_persons_text(login, enterprise_lead, enterprise):
    need = make_need(enterprise, enterprise_lead, state="draft")
    update_need(by=enterprise_lead, need=need, version=1, data={"goal": "同事写的目标"})
    client = login(enterprise_lead)

    response = client.post(url("need_edit", need), form_data(version=1, goal="我写的目标"))

    assert response.status_code == 409
    page = text_of(response)
    assert "我写的目标" in page
    assert enterprise_lead.full_name in page
    need.refresh_from_db()
    assert need.body.goal == "同事写的目标"
    assert response.context["form"].data["version"] == str(need.version)

    assert client.post(url("need_edit", need), form_data(version=need.version, goal="我写的目标")).status_code == 302
    need.body.refresh_from_db()
    assert need.body.goal == "我写的目标"


def test_outsiders_get_404_and_insiders_without_the_right_403(login, enterprise, enterprise_lead, other_enterprise_lead,
                                                              park_admin, university_officer):  # fmt: skip
    draft = make_need(enterprise, enterprise_lead, state="draft")
    handed_in = make_need(enterprise, enterprise_lead, state="returned")

    for name in ("need_edit", "need_withdraw", "need_prolong"):
        assert login(other_enterprise_lead).get(url(name, draft)).status_code == 404
        assert login(university_officer).get(url(name, draft)).status_code == 403
        assert login(park_admin).get(url(name, handed_in)).status_code == 403
        assert login().get(url(name, draft)).status_code == 302
    for name in ("need_submit", "need_reopen"):
        assert login(other_enterprise_lead).post(url(name, draft)).status_code == 404
        assert login(enterprise_lead).get(url(name, draft)).status_code == 405


def test_a_checker_of_a_need_does_not_open_its_form(login, enterprise, enterprise_lead, park, other_enterprise):
    both = member(park, Role.PARK_ADMIN)
    grant_role(by=None, user=both, organisation=other_enterprise, role=Role.ENTERPRISE_OWNER)
    need = make_need(enterprise, enterprise_lead, state="returned")

    assert login(both).get(need.get_absolute_url()).status_code == 200
    for name in ("need_edit", "need_withdraw", "need_prolong"):
        assert login(both).get(url(name, need)).status_code == 403


def test_another_enterprise_cannot_touch_a_published_need(login, enterprise, enterprise_lead, other_enterprise_lead):
    need = make_need(enterprise, enterprise_lead)
    client = login(other_enterprise_lead)

    for name in ("need_edit", "need_withdraw", "need_prolong", "need_submit", "need_reopen"):
        answer = client.post(
            url(name, need), {"version": 1, "reason": "不行", "open_until": "2999-01-01", **form_data()}
        )
        assert answer.status_code == 403, name
    need.refresh_from_db()
    assert (need.state, need.version) == ("published", 1)


def test_pages_that_the_state_has_closed_lead_back(login, enterprise, enterprise_lead):
    client = login(enterprise_lead)
    for name, state in (("need_edit", "submitted"), ("need_withdraw", "contracted"), ("need_prolong", "draft")):
        need = make_need(enterprise, enterprise_lead, state=state)
        assert client.get(url(name, need)).url == need.get_absolute_url()
    need = make_need(enterprise, enterprise_lead, state="submitted")
    assert client.post(url("need_edit", need), form_data(version=1)).status_code == 409


def test_submit_from_the_page_lists_what_is_missing(login, enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead, state="draft", goal="")
    client = login(enterprise_lead)

    response = client.post(url("need_submit", need), {"version": 1}, follow=True)

    assert response.status_code == 200
    assert [line["anchor"] for line in response.context["problems"]] == ["id_goal"]
    assert client.post(url("need_submit", need), {"version": 7}).status_code == 409


def test_withdraw_and_take_up_again(login, enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead)
    client = login(enterprise_lead)
    assert client.get(url("need_withdraw", need)).status_code == 200

    assert client.post(url("need_withdraw", need), {"version": 1, "reason": ""}).status_code == 422
    assert client.post(url("need_withdraw", need), {"version": 9, "reason": "已解决"}).status_code == 409
    assert client.post(url("need_withdraw", need), {"version": 1, "reason": "已解决"}).status_code == 302
    assert client.post(url("need_reopen", need), {"version": 2}).url == url("need_edit", need)
    need.refresh_from_db()
    assert need.state == "draft"


def test_an_expired_need_comes_back_with_a_new_date(login, enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead, state="expired")
    client = login(enterprise_lead)
    later = timezone.localdate() + timedelta(days=20)

    assert client.post(url("need_prolong", need), {"version": 1, "open_until": "2020-01-01"}).status_code == 422
    assert client.post(url("need_prolong", need), {"version": 1, "open_until": later.isoformat()}).status_code == 302
    need.refresh_from_db()
    assert (need.state, need.open_until) == ("published", later)


# --- Review ----------------------------------------------------------------------------------------------------------


def test_the_queue_holds_what_waits_for_me(login, enterprise, enterprise_lead, park_admin, regional_officer_miit,
                                           regional_officer_edu, other_regional_officer_miit, secretary):  # fmt: skip
    make_need(enterprise, enterprise_lead, state="submitted", title="等待园区的需求")
    make_need(enterprise, enterprise_lead, state="checked", title="等待省厅的需求")

    def queue(user):
        page = text_of(login(user).get(url("need_review")))
        return [title for title in ("等待园区的需求", "等待省厅的需求") if title in page]

    assert queue(park_admin) == ["等待园区的需求"]
    assert queue(regional_officer_miit) == ["等待省厅的需求"]
    assert queue(secretary) == ["等待省厅的需求"]
    assert queue(regional_officer_edu) == []
    assert queue(other_regional_officer_miit) == []
    assert login(enterprise_lead).get(url("need_review")).status_code == 403


def test_park_then_region_then_public(login, enterprise, enterprise_lead, park_admin, regional_officer_miit):
    need = make_need(enterprise, enterprise_lead, state="draft")
    submit_need(by=enterprise_lead, need=need)
    decide = url("need_decide", need)

    assert login(regional_officer_miit).get(decide).status_code == 403
    assert login(park_admin).get(decide).status_code == 200
    login(park_admin).post(decide, {"version": 2, "decision": "pass"})
    login(regional_officer_miit).post(decide, {"version": 3, "decision": "pass"})

    assert need.title in text_of(login().get(url("need_list")))


def test_return_shows_the_notes_at_the_fields(login, enterprise, enterprise_lead, regional_officer_miit):
    need = make_need(enterprise, enterprise_lead, state="checked")
    officer, owner = login(regional_officer_miit), login(enterprise_lead)
    answer = {"version": 1, "decision": "return", "reasons": ["incomplete"], "reason": "不够具体",
              "note_goal": "目标要有数字", "note_indicators": "请补测试条件"}  # fmt: skip

    assert officer.post(url("need_decide", need), answer | {"reason": " "}).status_code == 422
    assert officer.post(url("need_decide", need), answer).status_code == 302

    page, form = text_of(owner.get(need.get_absolute_url())), text_of(owner.get(url("need_edit", need)))
    for words in ("不够具体", "目标要有数字", "请补测试条件"):
        assert words in page
        assert words in form


def test_the_second_officer_is_told_who_was_faster(
    login, enterprise, enterprise_lead, regional_officer_miit, secretary
):
    need = make_need(enterprise, enterprise_lead, state="checked")
    publish_need(by=regional_officer_miit, need=need)

    response = login(secretary).post(
        url("need_decide", need), {"version": 1, "decision": "reject", "reasons": ["incomplete"], "reason": "不行"}
    )

    assert response.status_code == 409
    assert regional_officer_miit.full_name in text_of(response)
    assert login(secretary).get(url("need_decide", need)).status_code == 409


def test_the_park_cannot_reject(login, enterprise, enterprise_lead, park_admin):
    need = make_need(enterprise, enterprise_lead, state="submitted")
    answer = {"version": 1, "decision": "reject", "reasons": ["incomplete"], "reason": "不行"}

    assert login(park_admin).post(url("need_decide", need), answer).status_code == 403
    need.refresh_from_db()
    assert need.state == "submitted"


def test_pass_many(login, enterprise, enterprise_lead, regional_officer_miit, stranger):
    needs = [make_need(enterprise, enterprise_lead, state="checked") for _number in range(3)]
    ticked = [f"{need.uuid}:{need.version}" for need in needs]
    client = login(regional_officer_miit)

    assert login(stranger).post(url("need_pass_many"), {"pk": ticked}).status_code == 403
    response = client.post(
        url("need_pass_many"), {"pk": [*ticked[:2], ticked[2] + "9", "nonsense", "x:1"], "sure": "1"}, follow=True
    )

    assert response.status_code == 200
    assert sorted(TechNeed.objects.values_list("state", flat=True)) == ["checked", "published", "published"]
    assert len(list(response.context["messages"])) == 2


def test_officers_do_not_read_contact_data_while_deciding(login, enterprise, enterprise_lead, regional_officer_miit):
    need = make_need(enterprise, enterprise_lead, state="checked")

    page = text_of(login(regional_officer_miit).get(url("need_decide", need)))

    assert "need@example.test" not in page
    assert "测试联系人" not in page
    assert enterprise.name in page


# --- As people type ---------------------------------------------------------------------------------------------------


def test_numbers_and_days_are_understood_as_in_an_upload(login, enterprise_lead):
    day = timezone.localdate() + timedelta(days=30)
    rows = [INDICATOR | {"value": "１２．５"}, INDICATOR | {"name": "产量", "value": "1,000"}]
    typed = {"budget_fen": "８５", "due_months": "１８", "open_until": f"{day.year}年{day.month}月{day.day}日"}

    assert login(enterprise_lead).post(url("need_create"), form_data(rows=rows, **typed)).status_code == 302

    need = TechNeed.objects.get()
    assert [str(row.value.normalize()) for row in need.body.indicators.order_by("position")] == ["12.5", "1E+3"]
    assert (need.open_until, need.body.budget_fen) == (day, 85_000_000)


@pytest.mark.parametrize("title", ["\u200b\u3000", "\u3164", "\u202e"])
def test_a_title_that_nobody_sees_is_no_title(login, enterprise_lead, title):
    response = login(enterprise_lead).post(url("need_create"), form_data(title=title))
    assert (response.status_code, "title" in response.context["form"].errors) == (422, True)
    assert not TechNeed.objects.exists()


def test_a_title_does_not_turn_the_text_around(login, enterprise_lead):
    login(enterprise_lead).post(url("need_create"), form_data(title="a\u202eb测试·𠮷"))
    assert TechNeed.objects.get().title == "ab测试·𠮷"
