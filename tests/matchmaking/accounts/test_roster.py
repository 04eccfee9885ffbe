"""The people of transfer offices with their grades: names for their own house, figures for everybody."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation

from matchmaking.accounts.enums import Role
from matchmaking.accounts.membership import NotAllowed
from matchmaking.accounts.roster.models import RosterEntry
from matchmaking.accounts.roster.selectors import by_grade
from matchmaking.accounts.roster.services import CertificateTaken, add_to_roster, update_roster
from matchmaking.activity.models import Entry
from matchmaking.common.workflow import StaleState
from tests.factories.accounts import member

pytestmark = pytest.mark.django_db
NAME = "名册内人员甲"
DAY = timedelta(days=1)


def values(**changes):
    since = timezone.localdate() - 30 * DAY
    return {"name": NAME, "grade": "senior", "certificate_no": "JSJJR-0001", "certified_on": None,
            "specialities": "新材料", "joined_on": since, "left_on": None} | changes  # fmt: skip


def posted(**changes):
    data = {"version": 0} | values(**changes)
    return {name: "" if value is None else str(value) for name, value in data.items()}


@pytest.fixture
def entry(university, university_officer):
    return add_to_roster(by=university_officer, organisation=university, **values())


def test_the_manager_enters_changes_and_takes_leave(login, university, university_officer):
    client, listed = login(university_officer), reverse("accounts:roster_list", args=[university.uuid])
    add = reverse("accounts:roster_add", args=[university.uuid])
    assert client.get(add).status_code == 200
    assert client.post(add, posted()).url == listed
    entry = RosterEntry.objects.get()
    edit = reverse("accounts:roster_edit", args=[entry.uuid])
    assert NAME in client.get(listed).content.decode()
    assert "JSJJR-0001" in client.get(edit).content.decode()
    assert client.post(edit, posted(version=1, left_on=timezone.localdate())).url == listed
    entry.refresh_from_db()
    assert (entry.left_on, entry.specialities, entry.version) == (timezone.localdate(), "新材料", 2)
    assert client.post(edit, posted(version=1)).status_code == 409
    entries = Entry.objects.filter(verb__startswith="roster.").order_by("pk")
    assert [one.verb for one in entries] == ["roster.added", "roster.left"]
    assert NAME not in "".join(str(one.detail) for one in entries)


def test_names_stay_in_the_house_and_figures_are_everybodys(
    login, entry, university, researcher, stranger, enterprise_lead, secretary, other_university_officer, client
):
    listed, page = reverse("accounts:roster_list", args=[university.uuid]), university.get_absolute_url()
    assert NAME in login(researcher).get(listed).content.decode()
    assert login(researcher).get(reverse("accounts:roster_add", args=[university.uuid])).status_code == 403
    for person in (stranger, enterprise_lead, secretary, other_university_officer):
        session = login(person)
        assert session.get(listed).status_code == 403
        assert session.get(reverse("accounts:roster_edit", args=[entry.uuid])).status_code in (403, 404)
        assert NAME not in session.get(page).content.decode()
        assert not RosterEntry.objects.visible_to(person).exists()
    with translation.override("en"):
        assert by_grade(university) == [("senior", 1)]
    assert NAME not in client.get(page).content.decode()


def test_students_read_figures_only(login, entry, university, client):
    student = member(university, Role.STUDENT)
    session = login(student)
    assert session.get(reverse("accounts:roster_list", args=[university.uuid])).status_code == 403
    assert not RosterEntry.objects.visible_to(student).exists()
    page = session.get(university.get_absolute_url()).content.decode()
    assert NAME not in page
    assert reverse("accounts:roster_list", args=[university.uuid]) not in page


def test_nobody_else_writes_it(entry, university, researcher, other_university_officer, secretary):
    for person in (researcher, other_university_officer, secretary):
        with pytest.raises(NotAllowed):
            add_to_roster(by=person, organisation=university, **values(certificate_no="2"))
        with pytest.raises(NotAllowed):
            update_roster(by=person, entry=entry, version=1, **values())


def test_an_enterprise_keeps_none(login, enterprise, enterprise_lead):
    assert login(enterprise_lead).get(reverse("accounts:roster_list", args=[enterprise.uuid])).status_code == 404
    with pytest.raises(NotAllowed):
        add_to_roster(by=enterprise_lead, organisation=enterprise, **values())


def test_a_certificate_is_one_persons(entry, university, university_officer):
    with pytest.raises(CertificateTaken):
        add_to_roster(by=university_officer, organisation=university, **values(name="乙"))
    update_roster(by=university_officer, entry=entry, version=1, **values(left_on=timezone.localdate()))
    again = add_to_roster(by=university_officer, organisation=university, **values(name="乙"))
    with pytest.raises(CertificateTaken):
        update_roster(by=university_officer, entry=entry, version=2, **values())
    with pytest.raises(StaleState):
        update_roster(by=university_officer, entry=again, version=7, **values(name="丙"))


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("certificate_no", {"certificate_no": ""}),
        ("left_on", {"left_on": timezone.localdate() - 60 * DAY}),
        ("joined_on", {"joined_on": timezone.localdate() + 9 * DAY}),
        ("certified_on", {"certified_on": timezone.localdate() + 9 * DAY}),
        ("name", {"name": " "}),
        ("grade", {"grade": "master"}),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(login, university, university_officer, field, change):
    answer = login(university_officer).post(reverse("accounts:roster_add", args=[university.uuid]), posted(**change))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not RosterEntry.objects.exists()


def test_the_highest_grade_comes_first_and_who_left_last(entry, university, university_officer):
    for number, grade in enumerate(["none", "junior", "intermediate"]):
        new = values(name=grade, grade=grade, certificate_no=f"{number}" if number else "")
        add_to_roster(by=university_officer, organisation=university, **new)
    left = values(name="left", certificate_no="9", left_on=timezone.localdate())
    add_to_roster(by=university_officer, organisation=university, **left)
    listed = RosterEntry.objects.highest_first().values_list("name", flat=True)
    assert list(listed) == [NAME, "intermediate", "junior", "none", "left"]


@pytest.mark.parametrize(
    "wrong", [{"grade": "master"}, {"certificate_no": ""}, {"left_on": timezone.localdate() - 60 * DAY}]
)
def test_the_database_keeps_its_promises(entry, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        RosterEntry.objects.filter(pk=entry.pk).update(**wrong)
