"""The unit's and the region's desks."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.enums import AchievementState as S
from matchmaking.intake.models import FieldNote
from matchmaking.vocabularies.selectors import warm
from tests.factories.accounts import region
from tests.factories.catalog import AchievementFactory, complete

pytestmark = pytest.mark.django_db

QUEUE = reverse("catalog:achievement_review")
UNIT_QUEUE = reverse("catalog:achievement_unit_review")
MANY = reverse("catalog:achievement_accept_many")


def submitted(owner, **fields):
    return complete(AchievementFactory(state=S.SUBMITTED, body__owner=owner, **fields))


def url(name, record):
    return reverse(f"catalog:achievement_{name}", args=[record.uuid])


def count_queries(client, address):
    warm()
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


class TestUnitDesk:
    def test_shows_the_own_units_records_only(self, login, university, other_university, university_officer):
        AchievementFactory(title="本校", state=S.UNIT_REVIEW, body__owner=university)
        AchievementFactory(title="外校", state=S.UNIT_REVIEW, body__owner=other_university)
        page = login(university_officer).get(UNIT_QUEUE).content.decode()
        assert "本校" in page
        assert "外校" not in page

    def test_is_for_officers(self, login, researcher):
        assert login(researcher).get(UNIT_QUEUE).status_code == 403

    def test_submitting_needs_declaration_and_opinion_at_their_fields(self, login, university, university_officer):
        record = complete(AchievementFactory(state=S.UNIT_REVIEW, body__owner=university, body__secrecy_declared=False))
        client = login(university_officer)

        refused = client.post(url("submit", record), {"version": 1})
        assert refused.status_code == 422
        assert list(refused.context["form"].errors) == ["opinion", "secrecy_declared"]

        client.post(url("submit", record), {"version": 1, "opinion": "同意", "secrecy_declared": "on"})
        record.refresh_from_db()
        assert record.state == S.SUBMITTED
        assert record.body.unit_opinion == "同意"

    def test_an_incomplete_record_leads_to_its_form(self, login, university, university_officer):
        record = AchievementFactory(body__owner=university)
        response = login(university_officer).get(url("submit", record))
        assert response.url == f"{url('edit', record)}?check=1"

    def test_the_author_confirms_and_hands_over(self, login, university, researcher):
        record = complete(AchievementFactory(body__owner=university, body__created_by=researcher))
        client = login(researcher)
        assert client.get(url("submit", record)).status_code == 200
        client.post(url("submit", record), {"version": 1})
        record.refresh_from_db()
        assert record.state == S.UNIT_REVIEW
        assert client.get(url("submit", record)).status_code == 403

    @pytest.mark.parametrize(
        ("state", "queue"), [(S.DRAFT, "achievement_mine"), (S.UNIT_REVIEW, "achievement_unit_review")]
    )
    def test_the_officer_returns_to_where_the_record_came_from(
        self, login, university, university_officer, state, queue
    ):
        record = complete(AchievementFactory(state=state, body__owner=university))
        data = {"version": 1, "opinion": "同意", "secrecy_declared": "on"}
        assert login(university_officer).post(url("submit", record), data).url == reverse(f"catalog:{queue}")

    def test_sending_back_with_notes(self, login, university, university_officer, researcher):
        record = complete(AchievementFactory(state=S.UNIT_REVIEW, body__owner=university, body__created_by=researcher))
        client = login(university_officer)
        assert client.get(url("send_back", record)).status_code == 200
        done = client.post(
            url("send_back", record),
            {"version": 1, "decision": "send_back", "reason": "补充", "note_title": "题目太长"},
        )
        assert done.status_code == 302
        record.refresh_from_db()
        assert record.state == S.DRAFT
        assert FieldNote.objects.get().note == "题目太长"
        assert login(researcher).get(url("send_back", record)).status_code == 403

    def test_an_old_page_gets_409(self, login, university, university_officer):
        record = complete(AchievementFactory(state=S.UNIT_REVIEW, version=2, body__owner=university))
        data = {"version": 1, "opinion": "同意", "secrecy_declared": "on"}
        assert login(university_officer).post(url("submit", record), data).status_code == 409


class TestRegionDesk:
    def test_the_queue_holds_the_region_and_its_filters_work(self, login, university, regional_officer_edu):
        submitted(university, title="本省新材料", tech_field="0401")
        submitted(university, title="本省装备")
        submitted(university, title="外省", region=region("37"))
        client = login(regional_officer_edu)

        page = client.get(QUEUE).content.decode()
        assert "本省新材料" in page
        assert "外省" not in page
        found = client.get(QUEUE, {"tech_field": "04"}).context["page"].object_list
        assert [record.title for record in found] == ["本省新材料"]
        assert len(client.get(QUEUE, {"owner": university.name}).context["page"].object_list) == 2

    def test_a_department_on_another_track_has_an_empty_queue_and_no_desk(
        self, login, university, regional_officer_miit
    ):
        record = submitted(university)
        client = login(regional_officer_miit)
        assert list(client.get(QUEUE).context["page"].object_list) == []
        assert client.get(url("decide", record)).status_code == 404
        assert client.post(url("decide", record), {"version": 1, "decision": "pass"}).status_code == 404

    @pytest.mark.parametrize(
        ("who", "status"),
        [("other_regional_officer_edu", 404), ("university_officer", 403), ("stranger", 403), ("secretary", 200)],
    )
    def test_who_has_the_desk(self, who, status, request, login, university):
        record = submitted(university)
        assert login(request.getfixturevalue(who)).get(url("decide", record)).status_code == status

    def test_pass(self, login, university, regional_officer_edu):
        record = submitted(university)
        response = login(regional_officer_edu).post(url("decide", record), {"version": 1, "decision": "pass"})
        assert response.url == QUEUE
        record.refresh_from_db()
        assert record.state == S.ACCEPTED

    def test_return_with_notes_and_without_a_reason(self, login, university, regional_officer_sti):
        record = submitted(university)
        client = login(regional_officer_sti)

        refused = client.post(url("decide", record), {"version": 1, "decision": "return", "note_trl": "证据不足"})
        assert refused.status_code == 422
        assert "证据不足" in refused.content.decode()

        client.post(
            url("decide", record),
            {"version": 1, "decision": "return", "reasons": ["incomplete"], "reason": "补证据", "note_trl": "证据不足"},
        )
        record.refresh_from_db()
        assert record.state == S.RETURNED
        assert FieldNote.objects.get().field == "trl"

    @pytest.mark.parametrize(
        ("data", "status"),
        [({"decision": "send_back", "reason": "x", "version": 1}, 403), ({"decision": "burn", "version": 1}, 422),
         ({"version": 1}, 422), ({"decision": "pass"}, 422), ({"decision": "pass", "version": 7}, 409),
         ({"decision": "reject", "reason": "x" * 501, "version": 1}, 422)],
    )  # fmt: skip
    def test_bad_decisions(self, login, university, regional_officer_edu, data, status):
        record = submitted(university)
        assert login(regional_officer_edu).post(url("decide", record), data).status_code == status
        record.refresh_from_db()
        assert record.state == S.SUBMITTED

    def test_the_second_officer_gets_409_with_who_and_when(
        self, login, university, regional_officer_edu, regional_officer_sti
    ):
        record = submitted(university)
        login(regional_officer_edu).post(url("decide", record), {"version": 1, "decision": "pass"})

        late = login(regional_officer_sti).post(
            url("decide", record), {"version": 1, "decision": "reject", "reasons": ["incomplete"], "reason": "重复"}
        )

        assert late.status_code == 409
        assert regional_officer_edu.full_name in late.content.decode()

    def test_many_at_once(self, login, university, regional_officer_edu):
        first, second, moved = (submitted(university) for _n in range(3))
        foreign = submitted(university, region=region("37"))
        boxes = [f"{one.uuid}:1" for one in (first, second, foreign)] + [f"{moved.uuid}:9", "nonsense", "x:1"]

        response = login(regional_officer_edu).post(MANY, {"record": boxes, "sure": "1"}, follow=True)

        states = []
        for one in (first, second, moved, foreign):
            one.refresh_from_db()
            states.append(one.state)
        assert states == [S.ACCEPTED, S.ACCEPTED, S.SUBMITTED, S.SUBMITTED]
        assert len(list(response.context["messages"])) == 2

    def test_many_at_once_is_for_officers(self, login, university_officer):
        assert login(university_officer).post(MANY).status_code == 403

    def test_queries_do_not_grow(self, login, university, regional_officer_edu):
        client = login(regional_officer_edu)
        for _n in range(3):
            submitted(university)
        few = count_queries(client, QUEUE)
        for _n in range(27):
            submitted(university)
        assert count_queries(client, QUEUE) == few <= 12
