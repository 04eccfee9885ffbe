"""Before many records are decided at once, the officer is asked: how many, and which."""

import pytest
from django.urls import reverse

from tests.factories.catalog import AchievementFactory, complete
from tests.factories.experts import make_expert
from tests.factories.needs import make_need
from tests.factories.talent import make_post

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


def achievement(request):
    owner = request.getfixturevalue("university")
    return complete(AchievementFactory(state="submitted", body__owner=owner))


def need(request):
    owner, lead = request.getfixturevalue("enterprise"), request.getfixturevalue("enterprise_lead")
    return make_need(owner, lead, state="checked")


def post(request):
    owner, lead = request.getfixturevalue("enterprise"), request.getfixturevalue("enterprise_lead")
    return make_post(owner, lead, state="submitted")


def expert(request):
    owner, officer = request.getfixturevalue("university"), request.getfixturevalue("university_officer")
    return make_expert(owner, officer, state="unit_agreed")


CASES = [
    (achievement, "catalog:achievement_accept_many", "record", "regional_officer_edu", "accepted"),
    (need, "needs:need_pass_many", "pk", "regional_officer_miit", "published"),
    (post, "talent:talent_post_pass_many", "pk", "park_admin", "published"),
    (expert, "experts:expert_admit_many", "pk", "regional_officer_edu", "in_pool"),
]


@pytest.fixture(params=CASES, ids=[case[0].__name__ for case in CASES])
def case(request, login):
    make, name, field, officer, passed = request.param
    records = [make(request) for _n in range(7)]
    boxes = [f"{one.uuid}:{one.version}" for one in records]
    return login(request.getfixturevalue(officer)), reverse(name), field, records, boxes, passed


def states(records):
    for one in records:
        one.refresh_from_db()
    return {one.state for one in records}


def test_nothing_is_decided_before_the_answer(case):
    client, url, field, records, boxes, passed = case
    before = states(records)
    page = client.post(url, {field: [*boxes[:6], boxes[6] + "9"]})  # the last one has changed since
    assert page.status_code == 200
    assert (page.context["count"], page.context["more"], page.context["gone"]) == (6, 1, 1)
    words = page.content.decode()
    assert [one.public_no in words for one in records] == [True] * 5 + [False] * 2
    assert all((one.name if hasattr(one, "works") else one.title) in words for one in records[:5])
    assert states(records) == before

    client.post(page.context["action"], {field: page.context["boxes"], "sure": "1"})
    assert (states(records[:6]), states(records[6:])) == ({passed}, before)


def test_scripts_get_a_dialog(case):
    client, url, field, _records, boxes, _passed = case
    words = client.post(url, {field: boxes}, **HTMX).content.decode()
    assert "<html" not in words
    assert "data-open" in words
    assert words.count(f'name="{field}"') == 7


def test_without_a_tick_there_is_nothing_to_ask(case):
    client, url, _field, _records, _boxes, _passed = case
    assert client.post(url).status_code == 302
    assert client.post(url, **HTMX)["HX-Redirect"]
