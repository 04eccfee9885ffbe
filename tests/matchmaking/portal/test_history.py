"""The auditor's reader, the duties of the history as jobs, and who may see any of it."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.utils import timezone
from django.utils.translation import override

from matchmaking.accounts.enums import OrganisationKind, Role
from matchmaking.accounts.models import Membership
from matchmaking.activity import sealing, verifying
from matchmaking.activity.anchoring import NAME
from matchmaking.activity.models import Anchor, Entry, Seal
from matchmaking.activity.services import record
from matchmaking.jobs import schedule
from matchmaking.jobs.models import Job, JobState
from matchmaking.jobs.runner import run
from matchmaking.notifications.models import Notification
from matchmaking.portal.history import selectors
from tests.factories.accounts import OrganisationFactory, member, with_second_factor
from tests.factories.jobs import JobFactory, assert_repeatable
from tests.matchmaking.activity.crimes import Thing, anchor, seal_all, unguarded, write

pytestmark = pytest.mark.django_db
PAGE = "/history/"


@pytest.fixture(autouse=True)
def outside(settings, tmp_path):
    settings.ANCHOR_DIRS = [tmp_path / "anchors"]
    return tmp_path / "anchors" / NAME


@pytest.fixture
def auditor(db):
    office = OrganisationFactory(name="测试审计处", kind=OrganisationKind.OPERATOR, region=None)
    return member(office, Role.AUDIT_ADMIN, username="auditor", full_name="审计管理员甲")


@pytest.fixture
def reader(login, auditor):
    return login(auditor)


def shown(response):
    return [line.entry.pk for line in response.context["page"].lines]


class TestReading:
    def test_every_entry_newest_first_with_its_place(self, reader):
        entries = write(3)
        seal_all()
        newer = write(1)
        response = reader.get(PAGE)
        assert shown(response) == [newer[0].pk, *(one.pk for one in reversed(entries))]
        assert [line.place for line in response.context["page"].lines] == [None, 3, 2, 1]

    def test_reading_is_an_entry_with_references_only(self, reader, auditor):
        write(2)
        reader.get(PAGE, {"person": "审计管理员甲", "number": "cg-001"}, REMOTE_ADDR="192.0.2.77")
        entry = Entry.objects.get(verb="history.read")
        assert entry.detail == {"rows": 0, "asked": {"persons": [auditor.pk], "number": "CG-001"}}
        assert (entry.actor_id, entry.as_role, entry.origin) == (auditor.pk, "audit_admin", "192.0.2.0/24")
        assert "审计管理员甲" not in str(entry.detail)

    def test_as_whom_is_what_opened_the_route(self, login, university_officer, auditor):
        """The page is seen from the university; what lets him in is the other role."""
        office = auditor.active_memberships[0].organisation
        Membership.objects.create(user=university_officer, organisation=office, role=Role.AUDIT_ADMIN)
        with_second_factor(university_officer)
        login(university_officer).get(PAGE)
        entry = Entry.objects.get(verb="history.read")
        assert (entry.as_role, entry.as_organisation_id) == ("audit_admin", office.pk)

    def test_pages_by_place_not_by_number(self, reader, monkeypatch):
        monkeypatch.setattr(selectors, "PAGE", 4)
        write(10)
        first = reader.get(PAGE)
        write(3)  # nothing shifts
        second = reader.get(PAGE, {"behind": first.context["page"].older})
        third = reader.get(PAGE, {"behind": second.context["page"].older})
        everything = shown(first) + shown(second) + shown(third)
        assert everything == list(
            Entry.objects.filter(pk__lte=shown(first)[0]).order_by("-pk").values_list("pk", flat=True)
        )
        assert third.context["page"].older is None

    @pytest.mark.parametrize("behind", ["x", "-1", "9" * 30, "0", ""])
    def test_a_place_that_is_none_gives_the_newest(self, reader, behind):
        write(2)
        assert len(shown(reader.get(PAGE, {"behind": behind}))) == 2

    def test_filters(self, reader, auditor, enterprise, enterprise_lead, secretary):
        record(by=enterprise_lead, verb="thing.made", about=Thing("XQ-1"), kind="thing", organisation=enterprise)
        record(by=secretary, verb="organisation.verified", about=Thing("XQ-2"), kind="organisation")
        with unguarded() as cursor:
            cursor.execute("UPDATE activity_entry SET at = '2020-05-01T12:00Z' WHERE object_no = 'XQ-2'")

        def numbers(**query):
            lines = reader.get(PAGE, query).context["page"].lines
            return {line.entry.object_no for line in lines if line.entry.object_no}

        assert numbers(person="企业负责人") == numbers(person="enterprise_lead") == {"XQ-1"}
        assert numbers(organisation="测试企业甲") == {"XQ-1"}
        assert numbers(verb="organisation.verified") == {"XQ-2"}
        assert numbers(number=" xq-1 ") == {"XQ-1"}
        assert numbers(begin="2020-05-01", end="2020-05-01") == {"XQ-2"}
        assert numbers(begin="2020-05-02") == {"XQ-1"}
        assert numbers(person="nobody at all") == set()

    def test_costs_the_same_for_any_number(self, reader, django_assert_num_queries, auditor):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        def count():
            with CaptureQueriesContext(connection) as seen:
                reader.get(PAGE)
            return len(seen)

        write(1)
        reader.get(PAGE)
        few = count()
        write(40)
        seal_all()
        assert count() <= few + 1

    @pytest.mark.parametrize("who", ["secretary", "university_officer", "regional_officer_edu", "stranger"])
    @pytest.mark.parametrize("page", [PAGE, f"{PAGE}export/"])
    def test_nobody_else_enters(self, login, request, who, page):
        person = request.getfixturevalue(who)
        assert login(person).get(page).status_code == 403
        write(1)
        assert not Entry.objects.visible_to(person).exists()

    def test_the_way_there(self, reader, login, secretary):
        assert 'href="/history/"' in reader.get("/").content.decode()
        assert 'href="/history/"' not in login(secretary).get("/").content.decode()


class TestState:
    def test_of_a_history_without_a_chain(self, reader):
        state = reader.get(PAGE).context["state"]
        assert (state.places, state.anchor, state.verified) == (0, None, None)

    def test_of_a_whole_one(self, reader):
        write(3)
        seal_all()
        anchor()
        verifying.verify_history()
        state = reader.get(PAGE).context["state"]
        assert (state.places, state.waiting, state.anchor.position, state.broken) == (3, 1, 3, False)

    def test_of_a_changed_one(self, reader, settings):
        write(3)
        seal_all()
        with unguarded() as cursor:
            cursor.execute("DELETE FROM activity_seal WHERE position = 2")
        verifying.verify_history()
        reader.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        assert "Place 2 of the chain is missing." in reader.get(PAGE).content.decode()


class TestExport:
    def rows(self, response):
        book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
        return list(book.active.iter_rows(values_only=True))

    def test_a_workbook_of_what_the_filters_leave(self, reader):
        write(5)
        seal_all()
        heads, *rows = self.rows(reader.get(f"{PAGE}export/", {"number": "CG-003"}))
        assert len(heads) == 14
        assert [(row[7], row[12]) for row in rows] == [("CG-003", 3)]
        assert rows[0][13] == Seal.objects.get(position=3).digest

    def test_csv_that_no_program_takes_for_formulas(self, reader):
        record(by=None, verb="thing.edited", about=Thing("=1+1"), kind="thing", detail={"reason": "+HYPERLINK"})
        text = b"".join(reader.get(f"{PAGE}export/", {"as": "csv"}).streaming_content).decode("utf-8-sig")
        row = list(csv.reader(io.StringIO(text)))[1]
        assert (row[7], row[8]) == ("'=1+1", "'+HYPERLINK")

    def test_exporting_is_an_entry(self, reader):
        write(2)
        b"".join(reader.get(f"{PAGE}export/").streaming_content)
        assert Entry.objects.get(verb="history.exported").detail == {"asked": {}}

    def test_too_long_a_list_is_refused_whole(self, reader, settings):
        settings.EXPORT_MAX_ROWS = 3
        write(4)
        response = reader.get(f"{PAGE}export/", {"begin": "2020-01-01"})
        assert (response.status_code, response["Location"]) == (302, "/history/?begin=2020-01-01")
        assert not Entry.objects.filter(verb="history.exported").exists()


class TestDuties:
    def test_a_round_of_sealing_is_asked_for_when_something_waits(self, monkeypatch):
        only = {"seal_history": schedule._periods["seal_history"]}
        monkeypatch.setattr(schedule, "_periods", only)
        seen = {}
        assert schedule.insert_due(seen) == []
        write(3)
        assert schedule.insert_due(seen) == ["seal_history"]
        assert schedule.insert_due({}) == []  # it is open
        job = Job.objects.get(kind="seal_history")
        assert run(job.pk, raise_errors=True) == "done"
        assert (Seal.objects.count(), Job.objects.get(pk=job.pk).result["sealed"]) == (3, 3)
        write(1)
        assert schedule.insert_due({}) == []  # the last round is a moment ago
        with unguarded() as cursor:
            cursor.execute("UPDATE activity_seal SET sealed_at = now() - interval '6 seconds'")
        with_later = timezone.now() + timedelta(seconds=2)
        monkeypatch.setattr(schedule.timezone, "now", lambda: with_later)
        assert schedule.insert_due({}) == ["seal_history"]

    @pytest.mark.parametrize("kind", ["seal_history", "anchor_history"])
    def test_may_die_anywhere_and_run_again(self, kind, monkeypatch, outside):
        write(7)
        if kind == "anchor_history":
            seal_all()
        monkeypatch.setattr(sealing, "PIECE", 3)

        def outcome():
            return (Seal.objects.count(), Anchor.objects.count(), outside.exists() and outside.read_bytes())

        assert_repeatable(kind, lambda: JobFactory(kind=kind), outcome, monkeypatch)
        assert Seal.objects.count() == 7

    def test_the_nightly_look_finds_nothing(self):
        write(3)
        seal_all()
        anchor()
        assert run(JobFactory(kind="verify_history").pk, raise_errors=True) == "done"
        assert Entry.objects.filter(verb="history.verified").count() == 1

    def test_the_nightly_look_calls_the_auditors(self, auditor):
        write(3)
        seal_all()
        with unguarded() as cursor:
            cursor.execute("UPDATE activity_entry SET verb = 'x' WHERE object_no = 'CG-002'")
        job = JobFactory(kind="verify_history")
        with override("en"):
            run(job.pk)
        assert Job.objects.get(pk=job.pk).state == JobState.DEAD
        told = Notification.objects.get(kind="history_broken")
        assert (told.recipient, told.url) == (auditor, PAGE)
        assert Entry.objects.filter(verb="history.broken").count() == 1

    def test_anchors_that_differ_stop_the_job(self, outside):
        write(1)
        seal_all()
        anchor()
        outside.write_bytes(b"nonsense\n")
        job = JobFactory(kind="anchor_history")
        run(job.pk)
        assert Job.objects.get(pk=job.pk).state == JobState.DEAD


def test_sealing_fills_no_list_of_jobs(login, auditor):
    from matchmaking.jobs.services import prune

    office = auditor.active_memberships[0].organisation
    Membership.objects.create(user=auditor, organisation=office, role=Role.SYSTEM_ADMIN)
    yesterday = timezone.now() - timedelta(days=2)
    done = JobFactory(kind="seal_history", state=JobState.DONE, finished_at=yesterday)
    other = JobFactory(kind="anchor_history", state=JobState.DONE, finished_at=yesterday)
    client = login(type(auditor).objects.get(pk=auditor.pk))
    assert [row["job"].pk for row in client.get("/jobs/").context["rows"]] == [other.pk]
    assert [row["job"].pk for row in client.get("/jobs/?kind=seal_history").context["rows"]] == [done.pk]
    assert prune(older_than=timedelta(days=30), most=10, often_older_than=timedelta(days=1)) == 1
    assert list(Job.objects.all()) == [other]
