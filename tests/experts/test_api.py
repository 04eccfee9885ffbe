"""The API of experts: nominate, change, in the reader's bounds."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from experts.models import Expert
from tests.api import client_of, post
from tests.factories.experts import make_expert

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    today = timezone.localdate()
    return {
        "name": "测试专家",
        "title": "senior",
        "education": "doctor",
        "fields": ["0804"],
        "disciplines": ["460"],
        "industries": ["35"],
        "expert_kinds": ["technical"],
        "directions": "涡流阵列无损检测与缺陷分级。",
        "services": ["diagnosis"],
        "term_from": str(today),
        "term_to": str(today + timedelta(days=700)),
        "contact_email": "new-expert@example.test",
        "works": [{"title": "涡流阵列检测方法", "kind": "paper", "year": 2022}],
        "conflicts": [],
    }


def test_an_expert_is_nominated_and_changed(university_officer, university, entry):
    api = client_of(university_officer)
    made = post(api, "/api/experts/", entry | {"conflicts": [university.name]})
    assert made.status_code == 201, made.content.decode()
    expert = Expert.objects.get(uuid=made.json()["uuid"])
    assert (expert.state, expert.fields, expert.works.count()) == ("nominated", ["0804"], 1)
    assert [one.organisation for one in expert.conflicts.all()] == [university]

    changed = api.patch(made["Location"], {"version": 1, "position": "主任"}, format="json")
    assert changed.status_code == 200, changed.content.decode()
    expert.refresh_from_db()
    assert (expert.position, expert.directions, expert.works.count()) == ("主任", entry["directions"], 1)
    assert [row["public_no"] for row in api.get("/api/experts/mine/").json()["results"]] == [expert.public_no]


def test_wrong_input_is_named_at_its_place(university_officer, entry):
    wrong = entry | {"title": "king", "fields": ["0804"] * 6, "term_to": "2020-01-01", "conflicts": ["无此单位"],
                     "works": [{"kind": "paper"}]}  # fmt: skip
    answer = post(client_of(university_officer), "/api/experts/", wrong)
    assert answer.status_code == 400
    found = {error["pointer"] for error in answer.json()["errors"]}
    assert {"/title", "/fields", "/term_to", "/conflicts/0/name", "/works/0/title"} <= found
    assert not Expert.objects.exists()


def test_others_neither_see_nor_change_it(university_officer, university, other_university_officer, researcher, entry):
    expert = make_expert(university, university_officer, state="nominated")
    path = f"/api/experts/{expert.uuid}/"
    assert (
        client_of(other_university_officer).patch(path, {"version": 1, "position": "甲"}, format="json").status_code
        == 404
    )
    assert client_of(researcher).patch(path, {"version": 1, "position": "甲"}, format="json").status_code == 403
    assert post(client_of(researcher), "/api/experts/", entry).status_code == 403
    assert post(APIClient(), "/api/experts/", entry).status_code == 401


def test_what_is_private_is_in_no_answer(university_officer, university):
    expert = make_expert(university, university_officer, state="nominated")
    shown = client_of(university_officer).get(f"/api/experts/{expert.uuid}/").content.decode()
    assert expert.name in shown
    for private in ("example.test", "1979", "birth_year", "gender"):
        assert private not in shown
