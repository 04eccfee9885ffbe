"""The read-only API: the list's visibility and filters, public fields only."""

import pytest
from django.contrib.auth.models import AnonymousUser
from rest_framework.test import APIRequestFactory

from catalog.api import AchievementViewSet
from catalog.enums import AchievementState as S
from tests.factories.catalog import AchievementFactory, complete

pytestmark = pytest.mark.django_db


def ask(user=None, uuid=None, **query):
    request = APIRequestFactory().get("/", query)
    request.user = user or AnonymousUser()
    view = AchievementViewSet.as_view({"get": "retrieve" if uuid else "list"})
    return view(request, **({"uuid": uuid} if uuid else {}))


def test_lists_the_pool_and_filters_it(university):
    record = complete(AchievementFactory(state=S.ACCEPTED, title="甲", body__owner=university))
    AchievementFactory(state=S.SUBMITTED, title="乙", body__owner=university)

    assert [row["public_no"] for row in ask().data["results"]] == [record.public_no]
    assert ask(tech_field="04").data["results"] == []
    assert ask(tech_field="zz").status_code == 400


def test_holds_no_protected_field(university):
    record = complete(AchievementFactory(state=S.ACCEPTED, body__owner=university, body__price_fen=123_456_700))
    data = ask(uuid=record.uuid).data
    assert data["completing_units"] == [university.name]
    assert data["indicators"][0]["name"] == "检出率"
    for secret in ("测试联系人", "contact@", "1234567", "同意推荐"):
        assert secret not in str(data)


def test_a_hidden_owner_is_not_told(university, researcher):
    naming = {"grant_no": "2022YF0113", "references": "示范线用户", "awards": "省奖二等"}
    record = AchievementFactory(state=S.ACCEPTED, visibility="hidden_owner", body__owner=university, **naming)
    complete(record).indicators.update(evidence="长江大学测试报告")
    data = ask(researcher, uuid=record.uuid).data
    assert (data["completing_units"], data["completers"], data["ip_items"]) == ([], [], [])
    assert [row["evidence"] for row in data["indicators"]] == [""]
    assert not [secret for secret in (university.name, *naming.values()) if secret in str(data)]


def test_what_is_not_visible_is_missing(university):
    draft = AchievementFactory(body__owner=university)
    assert ask(uuid=draft.uuid).status_code == 404


def test_a_page_costs_the_same_for_any_number_of_rows(university, django_assert_max_num_queries):
    for _n in range(15):
        complete(AchievementFactory(state=S.ACCEPTED, body__owner=university))
    with django_assert_max_num_queries(8):
        assert len(ask().data["results"]) == 15
