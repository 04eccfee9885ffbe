"""A person reads of each field of his entry where it comes from: himself, the unit's form, or an upload."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from experts.services import nominate_expert, update_expert
from experts.sources import origins
from matchmaking.accounts.privacy.copies import everything_of
from tests.experts.test_importing import row
from tests.factories.experts import expert_data, reload
from tests.factories.programmes import programme
from tests.rowkinds import Uploads

pytestmark = pytest.mark.django_db


@pytest.fixture
def uploads(university, university_officer):
    return Uploads("expert", university, university_officer)


@pytest.fixture
def nominated(university, university_officer, expert_user):
    """By the form of the unit, with the address of the expert's account."""
    contact = {"name": "专家", "position": "", "phone": "", "email": expert_user.email}
    data = expert_data(organisation=university, contact=contact)
    return reload(nominate_expert(by=university_officer, owner=university, programme=programme(), data=data))


def said(expert):
    with override("en"):
        return {one.field: one.said for one in origins(reload(expert))}


def test_what_the_unit_entered_and_what_the_person_changed(nominated, expert_user, university):
    unit = f"entered by {university.name}"
    assert set(said(nominated).values()) == {unit}
    assert "capacity" not in said(nominated)  # holds nothing
    update_expert(by=expert_user, expert=nominated, version=nominated.version, data={"directions": "残余应力。"})
    found = said(nominated)
    assert {field for field, where in found.items() if where != unit} == {"directions"}
    assert found["directions"] == "your own entry"


def test_rows_below_have_their_writer_too(nominated, expert_user, other_university):
    works = [{"title": "一种装置", "kind": "patent", "year": 2021}]
    update_expert(by=expert_user, expert=nominated, version=nominated.version, data={}, works=works,
                  conflicts=[other_university])  # fmt: skip
    assert {field for field, where in said(nominated).items() if where == "your own entry"} == {"works", "conflicts"}
    again = reload(nominated)
    update_expert(by=again.body.owner.memberships.get(role="university_officer").user, expert=again,
                  version=again.version, data={"position": "主任"}, conflicts=[other_university])  # fmt: skip
    assert said(nominated)["conflicts"] == "your own entry"  # the same ones: nobody changed them


def test_an_upload_is_named_and_what_it_changed_later(uploads, nominated, university, expert_user):
    batch = uploads.commit(uploads.send([row(1, 姓名="上传的人")]))
    made = nominated.__class__.objects.get(name="上传的人")
    assert batch.state == "committed"
    assert set(said(made).values()) == {f"upload by {university.name}"}
    update = row(2, 专家编号=nominated.public_no, 姓名=nominated.name, 职务="副院长", 电子邮箱=expert_user.email)
    uploads.commit(uploads.send([update]))
    found = said(nominated)
    assert found["position"] == f"upload by {university.name}"
    assert found["gender"] == f"entered by {university.name}"  # the file had no such cell


def test_the_page_and_the_copy_tell_it(nominated, expert_user, login, university):
    update_expert(by=expert_user, expert=nominated, version=nominated.version, data={"directions": "残余应力。"})
    today = f"{timezone.localdate():%Y-%m-%d}"
    page = login(expert_user).get(reverse("privacy:my_data")).content.decode()
    details = page.partition("<details>")[2].partition("</details>")[0]
    assert details.count(today) == 2
    assert university.name in details
    lines = [line for room in everything_of(expert_user)["rooms"] for line in room["lines"] if line["sources"]]
    assert {one["field"] for one in lines[0]["sources"]} >= {"name", "directions", "contact"}


def test_it_costs_the_same_however_often_it_was_changed(nominated, expert_user, django_assert_num_queries):
    def ask():
        return origins(reload(nominated))

    with CaptureQueriesContext(connection) as once:
        ask()
    for text in ("甲。", "乙。", "丙。"):
        update_expert(by=expert_user, expert=nominated, version=reload(nominated).version, data={"directions": text})
    with django_assert_num_queries(len(once)):
        ask()
