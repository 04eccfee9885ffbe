"""Versions: kept at every hand-in, publication and change, sealed, compared word by word, shown to few."""

import re

import pytest
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import InternalError, ProgrammingError, connection, transaction
from django.urls import reverse
from django.utils import translation

from catalog import services as catalog
from catalog.enums import AchievementState as S
from catalog.models import Achievement
from matchmaking.intake import versions
from matchmaking.intake.comparing import differences, marked, since_return
from matchmaking.intake.models import RecordVersion
from matchmaking.intake.views.revising import revised
from needs import services as needs
from tests.factories.catalog import AchievementFactory, complete
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db


def loaded(record):
    return Achievement.objects.select_related("body__owner", "region", "programme").get(pk=record.pk)


def kept(record):
    found = RecordVersion.objects.filter(object_id=record.uuid).order_by("number")
    return [(version.number, version.what) for version in found]


def page(kind, record, query=""):
    return reverse("review:version_list", args=[kind, record.uuid]) + query


def words(response):
    """The page without its marks."""
    return re.sub(r"<[^>]+>", "", response.content.decode())


@pytest.fixture
def record(university, researcher):
    return loaded(complete(AchievementFactory(body__owner=university, body__created_by=researcher)))


class TestKeeping:
    def test_at_every_hand_in_and_at_publication(self, record, researcher, university_officer, regional_officer_edu):
        catalog.submit_achievement(by=researcher, achievement=record)
        catalog.submit_achievement(by=university_officer, achievement=record, opinion="同意", secrecy_declared=True)
        catalog.accept_achievement(by=regional_officer_edu, achievement=record, version=record.version)
        assert kept(record) == [(1, "submitted"), (2, "submitted"), (3, "published")]

    def test_a_snapshot_holds_every_field_that_a_form_writes(self, record):
        from catalog.services.rows import BODY_FIELDS, PUBLIC_FIELDS

        data = versions.find("achievement").snapshot(record)
        assert {*PUBLIC_FIELDS, *BODY_FIELDS, "indicators", "ip_items", "completing_units", "completers"} <= set(data)
        assert data["indicators"][0]["value"] == "98.5"

    def test_the_content_is_sealed_in_the_database(self, record, researcher):
        catalog.submit_achievement(by=researcher, achievement=record)
        with connection.cursor() as cursor:
            cursor.execute("SELECT data FROM intake_recordversion")
            [(stored,)] = cursor.fetchall()
        assert record.title.encode() not in bytes(stored)
        assert RecordVersion.objects.get().content["title"] == record.title

    def test_a_snapshot_goes_back_into_the_record_as_it_was(self, record, university_officer):
        from catalog.services.records import write
        from catalog.versioning import for_service

        how = versions.find("achievement")
        before = how.snapshot(record)
        after = write(by=university_officer, achievement=record, version=1, **for_service(before))
        assert how.snapshot(loaded(after)) == before

    def test_a_needs_snapshot_goes_back_too(self, enterprise, enterprise_lead):
        from needs.services.writing import write
        from needs.versioning import for_service

        need = make_need(enterprise, enterprise_lead, state="draft")
        before = versions.find("need").snapshot(need)
        write(by=enterprise_lead, need=need, version=1, **for_service(before))
        assert versions.find("need").snapshot(need) == before


class TestComparing:
    def test_words_that_differ_are_marked(self):
        before, after = marked("检出率不低于90%", "检出率不低于98%")
        assert [piece.text for piece in before if piece.changed] == ["90"]
        assert [piece.text for piece in after if piece.changed] == ["98"]
        assert "".join(piece.text for piece in after) == "检出率不低于98%"

    def test_only_shown_fields_are_compared(self):
        data = {"title": "甲", "price_fen": 1}
        found = differences("achievement", data, {"title": "乙", "price_fen": 2}, ["title"])
        assert [one.name for one in found] == ["title"]

    def test_what_changed_since_the_return(self, record, university_officer, regional_officer_edu):
        catalog.submit_achievement(by=university_officer, achievement=record, opinion="同意", secrecy_declared=True)
        assert since_return(regional_officer_edu, record, "achievement", "region") is None
        catalog.return_achievement(by=regional_officer_edu, achievement=record, version=record.version, reason="改题",
                                   notes={"title": "太长"})  # fmt: skip
        record = catalog.update_achievement(by=university_officer, achievement=record, version=record.version,
                                            data={"title": "短题"})  # fmt: skip
        catalog.submit_achievement(by=university_officer, achievement=record)
        found = since_return(regional_officer_edu, record, "achievement", "region")
        assert [line.name for line in found["lines"]] == ["title"]
        assert found["notes"][0]["text"] == "太长"

    def test_what_reads_the_same_is_no_difference(self):
        before = {"keywords": ["甲", "乙"], "benefit": None, "completing_units": [1, 2], "trl": 6}
        after = {"keywords": ["乙", "甲"], "benefit": "", "completing_units": [1, 2], "trl": 7}
        assert versions.differing("achievement", before, after) == ["trl"]

    def test_the_line_breaks_of_a_browser_are_no_difference(self):
        before = {"benefit": "一\n二", "indicators": [{"name": "寿命", "text": "一\n二"}]}
        after = {"benefit": "一\r\n二", "indicators": [{"name": "寿命", "text": "一\r\n二"}]}
        assert versions.differing("achievement", before, after) == []
        assert versions.differing("achievement", before, {"benefit": "一\r\n三"}) == ["benefit"]


LIVE, NOTHING = "The change is live.", "Nothing was changed."
CHECKED = "Waits for a check; until then the former text is shown: Title of the achievement"
SAVED = {
    "title": ({"title": "新题目"}, [CHECKED]),
    "benefit": ({"benefit": "新效益"}, [LIVE]),
    "both": ({"title": "新题目", "benefit": "新效益"}, ["Live now: Economic and social benefit", CHECKED]),
    "nothing": ({}, [NOTHING]),
}


@pytest.mark.parametrize("what", SAVED)
def test_saving_a_published_record_says_what_took_effect_and_what_waits(what, rf, university, university_officer):
    changed, said = SAVED[what]
    record = complete(AchievementFactory(state=S.ACCEPTED, body__owner=university))
    Achievement.objects.filter(pk=record.pk).update(summary="写在第一行的话。\n" * 20)
    record = loaded(record)
    data = {"summary": record.summary.replace("\n", "\r\n")} | changed  # as a browser gives it back
    came = catalog.revise_achievement(by=university_officer, achievement=record, version=record.version, data=data)
    request = rf.get("/")
    request._messages = CookieStorage(request)
    with translation.override("en"):
        revised(request, came)
        assert [str(one) for one in messages.get_messages(request)] == said


class TestPages:
    def test_who_sees_the_versions(self, login, record, university_officer, regional_officer_edu, enterprise_lead,
                                   other_university_officer, regional_officer_miit):  # fmt: skip
        catalog.submit_achievement(by=university_officer, achievement=record, opinion="同意", secrecy_declared=True)
        catalog.accept_achievement(by=regional_officer_edu, achievement=record, version=record.version)
        assert login(university_officer).get(page("achievement", record)).status_code == 200
        assert login(regional_officer_edu).get(page("achievement", record)).status_code == 200
        for person in (enterprise_lead, other_university_officer):
            assert login(person).get(page("achievement", record)).status_code == 404
        assert login().get(page("achievement", record)).status_code == 302

    def test_contact_data_of_a_need_stay_with_the_owner(self, login, enterprise, enterprise_lead, park_admin):
        need = make_need(enterprise, enterprise_lead, state="draft")
        needs.submit_need(by=enterprise_lead, need=need)
        needs.return_need(by=park_admin, need=need, reason="改联系人")
        needs.update_need(by=enterprise_lead, need=need, version=need.version,
                          data={"contact": {"name": "新联系人", "phone": "111-22"}, "goal": "新的目标。"})  # fmt: skip
        address = page("need", need, "?from=1&to=now")
        assert "111-22" in words(login(enterprise_lead).get(address))
        seen = words(login(park_admin).get(address))
        assert "111-22" not in seen
        assert "新联系人" not in seen
        assert "新的" in seen

    @pytest.mark.parametrize("query", ["?from=9&to=now", "?from=x&to=", "?from=1&to=1"])
    def test_clumsy_addresses(self, login, record, university_officer, query):
        catalog.submit_achievement(by=university_officer, achievement=record, opinion="同意", secrecy_declared=True)
        assert login(university_officer).get(page("achievement", record, query)).status_code == 200

    def test_an_unknown_kind_is_not_found(self, login, record, university_officer):
        assert login(university_officer).get(page("nothing", record)).status_code == 404

    def test_a_record_without_versions_says_so(self, login, record, university_officer):
        assert login(university_officer).get(page("achievement", record)).status_code == 200


def test_a_rejected_record_is_filed_again_only_with_changes(record, university_officer, regional_officer_edu):
    catalog.submit_achievement(by=university_officer, achievement=record, opinion="同意", secrecy_declared=True)
    catalog.reject_achievement(by=regional_officer_edu, achievement=record, version=record.version, reason="重复")
    catalog.reopen_achievement(by=university_officer, achievement=record)
    with pytest.raises(versions.Unchanged):
        catalog.submit_achievement(by=university_officer, achievement=record, opinion="还是同意")
    assert loaded(record).state == S.DRAFT
    record = catalog.update_achievement(by=university_officer, achievement=loaded(record), version=record.version,
                                        data={"title": "改过的题目"})  # fmt: skip
    catalog.submit_achievement(by=university_officer, achievement=record)
    assert record.state == S.SUBMITTED


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE intake_recordversion SET number = number + 1",
        "UPDATE intake_recordversion SET data = data",
        "DELETE FROM intake_recordversion",
    ],
)
def test_the_database_refuses_to_change_a_version(record, university_officer, statement):
    catalog.submit_achievement(by=university_officer, achievement=record, opinion="同意", secrecy_declared=True)
    with pytest.raises((InternalError, ProgrammingError), match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)
    assert len(kept(record)) == 1


def test_versions_cannot_be_emptied():
    """The suite switches this trigger off to clean up; inside this test's transaction it is on."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE intake_recordversion ENABLE TRIGGER intake_recordversion_no_truncate")
        with pytest.raises((InternalError, ProgrammingError), match="append-only"), transaction.atomic():
            cursor.execute("TRUNCATE intake_recordversion")
