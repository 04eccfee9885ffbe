"""Pages of the catalogue: the list, one record, the export, the own records."""

from html import escape
from io import BytesIO
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import services
from catalog.enums import AchievementState as S
from matchmaking.vocabularies.selectors import warm
from tests.factories.catalog import AchievementFactory, CompletingUnitFactory, complete

pytestmark = pytest.mark.django_db

LIST = reverse("catalog:achievement_list")


def in_pool(owner, **fields):
    return complete(AchievementFactory(state=S.ACCEPTED, body__owner=owner, **fields))


def queries_of(client, url):
    warm()
    with CaptureQueriesContext(connection) as seen:
        response = client.get(url)
    assert response.status_code == 200
    return len(seen)


class TestList:
    def test_shows_what_a_buyer_looks_for(self, login, university):
        record = in_pool(university, title="叶片检测技术")

        page = login().get(LIST).content.decode()

        for words in ("叶片检测技术", university.name, record.public_no, "6级", "普通许可", record.get_absolute_url()):
            assert words in page

    def test_htmx_gets_the_fragment_alone(self, login, university):
        in_pool(university)
        page = login().get(LIST, headers={"hx-request": "true"}).content.decode()
        assert "<html" not in page
        assert "record-list" in page

    def test_bad_values_are_named_at_their_field(self, login):
        response = login().get(LIST, {"tech_field": "99", "trl_min": "abc", "page": "-3"})
        assert response.status_code == 200
        assert list(response.context["filter"].errors) == ["tech_field", "trl_min"]

    @pytest.mark.parametrize("who", [None, "university_officer", "regional_officer_edu"])
    def test_needs_the_same_few_queries_for_any_number_of_rows(self, who, request, login, university):
        client = login(request.getfixturevalue(who) if who else None)
        for _n in range(3):
            in_pool(university)
        few = queries_of(client, f"{LIST}?q=检测&region=32")
        for _n in range(27):
            in_pool(university)

        assert queries_of(client, f"{LIST}?q=检测&region=32") == few
        assert queries_of(client, LIST) <= 12

    def test_a_hidden_owner_is_not_named(self, login, enterprise_lead, university):
        in_pool(university, visibility="hidden_owner", title="匿名成果")
        page = login(enterprise_lead).get(LIST).content.decode()
        assert "匿名成果" in page
        assert university.name not in page


class TestExport:
    def sheet(self, response):
        from openpyxl import load_workbook

        book = load_workbook(BytesIO(b"".join(response.streaming_content)))
        return [list(row) for row in book.active.values]

    def test_holds_what_the_list_shows(self, login, enterprise_lead, university):
        in_pool(university, title="甲", tech_field="0804")
        in_pool(university, title="乙", tech_field="0401")
        AchievementFactory(title="草稿", body__owner=university)

        response = login(enterprise_lead).get(reverse("catalog:achievement_export"), {"tech_field": "04"})
        heading, *rows = self.sheet(response)

        assert heading[:2] == ["编号", "成果名称"]
        assert [row[1] for row in rows] == ["乙"]
        assert university.name in rows[0]

    def test_a_hidden_owners_columns_stay_empty(self, login, enterprise_lead, university):
        record = in_pool(university, visibility="hidden_owner")
        _heading, row = self.sheet(login(enterprise_lead).get(reverse("catalog:achievement_export")))
        cells = " ".join(str(cell) for cell in row)
        assert university.name not in cells
        assert record.ip_items.get().number not in cells

    def test_is_for_those_who_may_export(self, login, researcher):
        url = reverse("catalog:achievement_export")
        assert login(researcher).get(url).status_code == 403
        assert login().get(url).status_code == 302


class TestDetail:
    def test_everybody_reads_the_public_half_only(self, login, university, researcher):
        record = in_pool(university, body__created_by=researcher, body__price_fen=123_000_000)
        page = login().get(record.get_absolute_url()).content.decode()
        for words in (record.summary, "98.5 %", university.name, "测试完成人", "(示例)2022-01-0001"):
            assert words in page
        for secret in ("测试联系人", "contact@example.test", "123", "同意推荐", researcher.full_name):
            assert secret not in page

    @pytest.mark.parametrize("who", ["university_officer", "researcher", "regional_officer_edu"])
    def test_the_owners_side_and_officers_read_the_protected_half(self, who, request, login, university, researcher):
        record = in_pool(university, body__created_by=researcher, body__price_fen=123_000_000)
        page = login(request.getfixturevalue(who)).get(record.get_absolute_url()).content.decode()
        assert "测试联系人" in page
        assert "同意推荐" in page

    def test_a_hidden_owner_stays_hidden_on_the_page(self, login, enterprise_lead, university, researcher):
        record = in_pool(university, visibility="hidden_owner", body__created_by=researcher, references="示范线用户",
                         awards="省奖二等")  # fmt: skip
        record.indicators.update(evidence="某校检测中心")
        page = login(enterprise_lead).get(record.get_absolute_url()).content.decode()
        assert record.title in page
        for secret in (university.name, "测试完成人", "(示例)2022-01-0001", "示范线用户", "省奖二等", "某校检测中心"):
            assert secret not in page
        assert "某校检测中心" in login(researcher).get(record.get_absolute_url()).content.decode()

    @pytest.mark.parametrize("who", [None, "stranger", "enterprise_lead", "other_university_officer"])
    def test_a_draft_is_missing_for_others(self, who, request, login, university):
        record = AchievementFactory(body__owner=university)
        client = login(request.getfixturevalue(who) if who else None)
        assert client.get(record.get_absolute_url()).status_code == 404

    @pytest.mark.parametrize(
        ("who", "shown"),
        [(None, False), ("stranger", False), ("enterprise_lead", False), ("researcher", True),
         ("regional_officer_miit", True)],
    )  # fmt: skip
    def test_the_slot_for_matches_is_there_for_those_who_may_see_them(self, who, shown, request, login, university):
        record = in_pool(university, body__created_by=request.getfixturevalue("researcher"))
        client = login(request.getfixturevalue(who) if who else None)
        assert ('id="matches"' in client.get(record.get_absolute_url()).content.decode()) is shown

    def test_markup_in_a_text_is_shown_as_text(self, login, university):
        record = in_pool(university, title="<script>alert(1)</script>", summary="<b>粗</b>" * 30)
        page = login().get(record.get_absolute_url()).content.decode()
        assert "<script>alert" not in page
        assert "<b>粗" not in page

    def test_needs_the_same_queries_however_many_rows_stand_below(self, login, university, university_officer):
        small, large = in_pool(university), in_pool(university)
        for n in range(2, 8):
            CompletingUnitFactory(achievement=large, position=n)
        client = login(university_officer)
        few = queries_of(client, small.get_absolute_url())
        assert queries_of(client, large.get_absolute_url()) == few


class TestOwnRecords:
    url = reverse("catalog:achievement_mine")

    def test_an_officer_keeps_the_units_and_a_researcher_his_own(
        self, login, university, other_university, university_officer, researcher
    ):
        mine = AchievementFactory(title="我的草稿", body__owner=university, body__created_by=researcher)
        AchievementFactory(title="同事草稿", body__owner=university, body__created_by=university_officer)
        AchievementFactory(title="外校草稿", body__owner=other_university)

        officers = login(university_officer).get(self.url).content.decode()
        assert "我的草稿" in officers
        assert "同事草稿" in officers
        assert "外校草稿" not in officers
        researchers = login(researcher).get(self.url).content.decode()
        assert mine.title in researchers
        assert "同事草稿" not in researchers

    def test_opens_at_what_waits_first(self, login, university, researcher):
        AchievementFactory(body__owner=university, body__created_by=researcher)
        AchievementFactory(state=S.RETURNED, title="被退回", body__owner=university, body__created_by=researcher)
        response = login(researcher).get(self.url)
        assert response.context["group"] == "returned"
        assert login(researcher).get(self.url, {"group": "nonsense"}).status_code == 200

    def test_search_stays_within_the_group(self, login, university, university_officer):
        AchievementFactory(title="密封件", body__owner=university)
        AchievementFactory(title="轴承", body__owner=university)
        page = login(university_officer).get(self.url, {"group": "draft", "q": "轴承"}).content.decode()
        assert "轴承" in page
        assert "密封件" not in page

    @pytest.mark.parametrize("text", ["轴承", "“轴承”", '"轴承"'])
    def test_a_search_says_in_which_group_it_finds_something(self, text, login, university, university_officer):
        AchievementFactory(title="密封件", body__owner=university)
        AchievementFactory(title="轴承", body__owner=university, state=S.ACCEPTED)
        client = login(university_officer)
        response = client.get(self.url, {"group": "draft", "q": text})
        assert {tab["url"]: tab["count"] for tab in response.context["tabs"] if tab["count"]} == {
            f"?{urlencode({'group': 'pool', 'q': text})}": 1
        }
        page = response.content.decode()
        assert page.count(escape(f"?{urlencode({'group': 'pool', 'q': text})}")) == 2  # the tab, and below the results
        assert reverse("catalog:achievement_create") not in page.partition('id="results"')[2]
        assert "轴承" in client.get(self.url, {"q": text}).content.decode().partition('id="results"')[2]

    def test_is_for_people_with_records(self, login, enterprise_lead):
        assert login(enterprise_lead).get(self.url).status_code == 403

    def test_queries_do_not_grow(self, login, university, university_officer):
        client = login(university_officer)
        for _n in range(3):
            AchievementFactory(body__owner=university)
        few = queries_of(client, self.url)
        for _n in range(27):
            AchievementFactory(body__owner=university)
        assert queries_of(client, self.url) == few <= 12


class TestSteps:
    def post(self, client, record, name, **data):
        return client.post(reverse(f"catalog:achievement_{name}", args=[record.uuid]), data)

    def test_withdrawing_needs_a_reason_at_its_field(self, login, university, university_officer):
        record = in_pool(university)
        client = login(university_officer)

        refused = self.post(client, record, "withdraw", **{"withdraw-version": 1})
        assert refused.status_code == 422
        assert "data-open" in refused.content.decode()

        done = self.post(client, record, "withdraw", **{"withdraw-version": 1, "withdraw-reason": "已转让"})
        assert done.status_code == 302
        record.refresh_from_db()
        assert record.state == S.WITHDRAWN

    def test_a_page_that_was_open_too_long_gets_409_with_the_history(self, login, university, university_officer):
        record = in_pool(university)
        services.withdraw_achievement(by=university_officer, achievement=record, version=1, reason="已转让")

        late = self.post(
            login(university_officer), record, "withdraw", **{"withdraw-version": 1, "withdraw-reason": "x"}
        )

        assert late.status_code == 409
        assert university_officer.full_name in late.content.decode()

    @pytest.mark.parametrize("name", ["withdraw", "reopen", "confirm", "suspend", "resume"])
    def test_strangers_meet_a_closed_door_and_reading_does_nothing(self, name, login, university, enterprise_lead):
        record = in_pool(university)
        assert self.post(login(enterprise_lead), record, name).status_code == 403
        assert self.post(login(), record, name).status_code == 302
        assert login(enterprise_lead).get(reverse(f"catalog:achievement_{name}", args=[record.uuid])).status_code == 405

    def test_another_units_record_is_403_in_the_pool_and_404_before(self, login, university, other_university_officer):
        data = {"withdraw-version": 1, "withdraw-reason": "x"}
        client = login(other_university_officer)
        assert self.post(client, in_pool(university), "withdraw", **data).status_code == 403
        draft = AchievementFactory(body__owner=university)
        assert self.post(client, draft, "withdraw", **data).status_code == 404

    def test_confirm_reopen_suspend_resume(self, login, university, university_officer, regional_officer_edu):
        record = in_pool(university)
        owner, officer = login(university_officer), login(regional_officer_edu)

        assert self.post(owner, record, "confirm", version=1).status_code == 302
        assert (
            self.post(officer, record, "suspend", **{"suspend-version": 2, "suspend-reason": "核实"}).status_code == 302
        )
        assert self.post(officer, record, "resume", version=3).status_code == 302
        assert (
            self.post(owner, record, "withdraw", **{"withdraw-version": 4, "withdraw-reason": "x"}).status_code == 302
        )
        assert self.post(owner, record, "reopen", version=5).status_code == 302
        record.refresh_from_db()
        assert (record.state, record.version) == (S.DRAFT, 6)
