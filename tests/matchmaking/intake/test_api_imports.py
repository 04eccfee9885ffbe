"""Uploads through the API: the same check, the same report, nothing written before the commit."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from catalog.models import Achievement
from matchmaking.intake.models import ImportBatch
from matchmaking.jobs.runner import run_due_jobs
from tests.api import client_of, post

pytestmark = pytest.mark.django_db
ROWS = [
    {"title": "叶片涡流在线检测", "trl": "TRL6", "keywords": ["涡流", "叶片", "检测"], "rights_pilot": True},
    {"title": "高温合金残余应力测量", "trl": "十级"},
]


@pytest.fixture
def api(university_officer):
    return client_of(university_officer)


def sent(api, rows=ROWS):
    answer = post(api, "/api/imports/", {"kind": "achievement", "rows": rows})
    assert answer.status_code == 202, answer.content.decode()
    run_due_jobs()
    return answer["Location"]


def test_rows_are_checked_reported_committed_and_taken_back(api):
    place = sent(api)
    batch = api.get(place).json()
    assert (batch["state"], batch["counts"]["new"], batch["counts"]["invalid"]) == ("checked", 1, 1)
    [row] = api.get(f"{place}rows/?group=invalid").json()
    assert (row["row_no"], row["errors"][0]["cell"][:1].isalpha(), bool(row["errors"][0]["hint"])) == (3, True, True)
    assert not Achievement.objects.exists()

    refused = post(api, f"{place}commit/", {"version": batch["version"]})
    assert (refused.status_code, Achievement.objects.count()) == (422, 0)
    done = post(api, f"{place}commit/", {"version": batch["version"], "leave_out_invalid": True})
    assert done.status_code == 202
    run_due_jobs()
    achievement = Achievement.objects.get()
    assert (achievement.title, achievement.trl, achievement.keywords) == (
        "叶片涡流在线检测",
        6,
        ["涡流", "叶片", "检测"],
    )
    assert achievement.rights_pilot

    assert post(api, f"{place}undo/", {"version": api.get(place).json()["version"]}).status_code == 202
    run_due_jobs()
    assert api.get(place).json()["state"] == "undone"


def test_a_file_goes_the_same_way_and_only_once(api):
    def file():
        return SimpleUploadedFile("a.csv", "成果名称,成熟度\n甲,6\n".encode())

    first = post(api, "/api/imports/", {"kind": "achievement", "file": file()}, format="multipart")
    assert first.status_code == 202, first.content.decode()
    again = post(api, "/api/imports/", {"kind": "achievement", "file": file()}, format="multipart")
    assert (again.status_code, again.json()["type"]) == (409, "urn:tongti:problem:same-file")
    assert first.json()["uuid"] in again.json()["detail"]


def test_a_repeated_upload_is_answered_again(api):
    body = {"kind": "achievement", "rows": ROWS}
    answers = [api.post("/api/imports/", body, format="json", HTTP_IDEMPOTENCY_KEY="same") for _time in range(2)]
    assert answers[0].content == answers[1].content
    assert ImportBatch.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"kind": "nothing", "rows": ROWS}, "/kind"), ({"kind": "achievement"}, "/file"),
     ({"kind": "achievement", "rows": [{"title": {"a": 1}}]}, "/rows/0/title"),
     ({"kind": "achievement", "rows": ["x"]}, "/rows/0"), ({"rows": ROWS}, "/kind"),
     ({"kind": "achievement", "rows": ROWS, "programme": "NONE"}, "/programme"),
     ({"kind": "organisation", "rows": ROWS}, "/kind")],
)  # fmt: skip
def test_wrong_input_is_named(api, body, pointer):
    answer = post(api, "/api/imports/", body)
    assert answer.status_code == 400
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}
    assert not ImportBatch.objects.exists()


def test_other_people_find_nothing(api, other_university_officer, researcher, enterprise_lead):
    place = sent(api)
    for stranger in (other_university_officer, enterprise_lead):
        assert client_of(stranger).get(place).status_code == 404
        assert post(client_of(stranger), f"{place}commit/", {"version": 2}).status_code == 404
    assert client_of(researcher).get(place).status_code == 403
    assert APIClient().get(place).status_code == 401
