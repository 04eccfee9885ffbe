"""Rows that change published records: what goes live, what waits, who is told, what blocks it, and the way back."""

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from catalog import services as catalog
from catalog.enums import AchievementState as S
from catalog.models import Achievement
from matchmaking.intake import jobs
from matchmaking.intake.desks import PoolDesk
from matchmaking.intake.models import (
    BatchState,
    ImportBatch,
    ProposedChange,
    RecordVersion,
    ReviewTask,
    RowGroup,
)
from matchmaking.intake.refusals import errors_of
from matchmaking.intake.services import changes, import_results, imports, mending, undoing
from matchmaking.jobs.models import Job
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.notifications.models import Notification
from tests.api import client_of, post
from tests.matchmaking.intake.test_undoing import everything
from tests.workbooks import build, good_rows

pytestmark = pytest.mark.django_db
# Of the first record: a checked field, free ones of both halves, and rows.
CELLS = {"成果名称*": "换了名称的成果", "应用场景": "新的生产线", "意向价格（万元）": 7, "联系电话": "010-11111111",
         "主要技术指标*": "合格率≥99.9%"}  # fmt: skip
CHECKED = ["indicators", "title"]


@pytest.fixture(autouse=True)
def english():
    with override("en"):
        yield


def publish(count: int = 1, state: str = S.ACCEPTED) -> list[Achievement]:
    records = list(Achievement.objects.order_by("pk")[:count])
    for record in (one for one in records if one.state == S.DRAFT):
        for step in ("submitted", "accepted", *([state] if state != S.ACCEPTED else [])):
            Achievement.objects.filter(pk=record.pk).update(state=step)
    return records


def of(record: Achievement) -> Achievement:
    return Achievement.objects.select_related("body__owner", "region", "programme").get(pk=record.pk)


def changed_rows(records, **cells):
    rows = good_rows(3)
    for row, record in zip(rows, records, strict=False):
        row.update({"成果编号": record.public_no} | (cells or CELLS))
    return rows


@pytest.fixture
def published(upload, commit, regional_officer_edu):
    commit(upload(build(good_rows(3))))
    return publish()[0]


@pytest.fixture
def revised(upload, commit, published):
    return commit(upload(build(changed_rows([published]))))


@pytest.fixture
def undo(university_officer):
    def undone(batch: ImportBatch) -> ImportBatch:
        batch.refresh_from_db()
        undoing.undo_batch(by=university_officer, batch=batch, version=batch.version)
        run_due_jobs()
        batch.refresh_from_db()
        return batch

    return undone


def reasons(undo, batch) -> list[str]:
    with pytest.raises(undoing.UndoBlocked) as caught:
        undo(batch)
    return [str(blocker.reason) for blocker in caught.value.blockers]


# --- Check and commit --------------------------------------------------------------------------------------------


def test_the_check_says_of_each_field_how_it_goes_live(upload, published):
    batch = upload(build(changed_rows([published])))
    row = batch.rows.get(group=RowGroup.CHANGED)
    goes = {one["name"]: one["goes"] for one in row.cleaned["changes"]}
    assert goes == {"title": "check", "indicators": "check", "application_text": "live", "price_fen": "live",
                    "contact_phone": "live"}  # fmt: skip
    assert (batch.counts["live"], batch.counts["check"], row.missing) == (1, 1, [])


def test_checked_fields_wait_and_the_others_are_live(revised, published):
    after = of(published)
    assert (after.title, after.application_text, after.body.price_fen) == (published.title, "新的生产线", 7_000_000)
    change = changes.open_change(after, "achievement")
    assert (change.fields, change.content["title"]) == (CHECKED, "换了名称的成果")
    assert ReviewTask.objects.open().get(object_id=after.uuid).step == "change"
    kept = RecordVersion.objects.filter(object_id=after.uuid).order_by("number")
    assert [one.what for one in kept] == ["published", "imported"]
    assert Job.objects.filter(kind="match_record").count() == 1


def test_each_officer_is_told_once_of_all_changes(upload, commit, published, regional_officer_edu):
    records = publish(3)
    commit(upload(build(changed_rows(records, 成熟度证据="新的报告"))))
    [told] = Notification.objects.filter(kind__contains="to_check", recipient=regional_officer_edu)
    assert (told.kind, told.params) == ("import_changes_to_check", {"count": 3})
    assert ProposedChange.objects.count() == 3


def test_the_region_passes_what_an_upload_proposed(revised, published, regional_officer_edu):
    record = of(published)
    catalog.REVISING.pass_change(regional_officer_edu, record, version=record.version,
                        change=changes.open_change(record, "achievement"))  # fmt: skip
    assert of(published).title == "换了名称的成果"


def test_what_waits_already_is_no_change_and_anything_else_says_what_to_do(upload, commit, revised, published):
    same = upload(build([*changed_rows([published]), *good_rows(5)[4:]]))
    assert (same.counts["changed"], same.counts["invalid"], same.counts["unchanged"]) == (0, 0, 3)
    other = upload(build(changed_rows([published], **{"成果名称*": "又换了名称"})))
    row = other.rows.select_related("batch").get(group=RowGroup.INVALID)
    [error] = errors_of(row)
    assert error["code"] == "obstacle"
    assert "waits for a check" in error["message"]
    assert "take that change back" in error["hint"]


@pytest.mark.parametrize("state", ["submitted", "committed", "suspended", "rejected"])
def test_other_states_refuse(upload, published, state):
    if state in ("submitted", "rejected"):
        Achievement.objects.filter(pk=published.pk).update(state="withdrawn")
        Achievement.objects.filter(pk=published.pk).update(state="draft")
        Achievement.objects.filter(pk=published.pk).update(state="submitted")
        Achievement.objects.filter(pk=published.pk).update(state=state)
    else:
        for step in ("under_negotiation", "committed") if state == "committed" else ("suspended",):
            Achievement.objects.filter(pk=published.pk).update(state=step)
    batch = upload(build(changed_rows([published])))
    assert batch.rows.get(group=RowGroup.INVALID).errors[0]["code"] == "obstacle"


def test_a_published_record_stays_complete(upload, published):
    batch = upload(build(changed_rows([published], **{"关键词*": "一个", "应用场景": "新的生产线"})))
    row = batch.rows.select_related("batch").get(group=RowGroup.INVALID)
    assert [(error["name"], error["code"]) for error in errors_of(row)] == [("keywords", "published")]


def test_an_old_gap_excuses_no_name_of_a_hidden_owner(upload, published, university):
    Achievement.objects.filter(pk=published.pk).update(visibility="hidden_owner", summary="太短")
    cells = {"公开范围*": "", "应用场景": "新的生产线"}
    batch = upload(build(changed_rows([published], **cells, **{"成果简介*": f"{university.name}研制的技术"})))
    row = batch.rows.select_related("batch").get(group=RowGroup.INVALID)
    assert [(error["name"], error["code"]) for error in errors_of(row)] == [("summary", "published")]
    batch = upload(build(changed_rows([published], **cells, **{"成果简介*": "仍然太短"})))
    assert batch.counts["changed"] == 1, errors_of(batch.rows.select_related("batch").first())


def test_the_order_of_codes_is_no_change_of_a_published_record(upload, published):
    Achievement.objects.filter(pk=published.pk).update(keywords=published.keywords[::-1])
    assert upload(build([*good_rows(3), *good_rows(5)[4:]])).counts["changed"] == 0


def test_a_change_proposed_after_the_check_shows_the_preview_anew(upload, commit, published, university_officer):
    batch = upload(build(changed_rows([published])))
    record = of(published)
    changes.hold(record)
    changes.propose(by=university_officer, record=record, kind="achievement", data={"title": "另一个"},
                    owner=record.body.owner)  # fmt: skip
    batch = commit(batch)
    assert batch.state == BatchState.CHECKED
    assert batch.remarks[0]["code"] == "changed_meanwhile"
    assert batch.counts["invalid"] == 1
    assert changes.open_change(record, "achievement").content == {"title": "另一个"}


def test_a_change_proposed_while_the_commit_begins_stops_it(upload, commit, published, university_officer, monkeypatch):
    """Whoever comes between the last look at the records and the writing of them is seen once the rows are held."""
    batch = upload(build(changed_rows([published])))
    record, stamp, times = of(published), PoolDesk.stamp, []

    def too_early(desk):
        found = stamp(desk)
        if not times:
            changes.propose(by=university_officer, record=record, kind="achievement", data={"title": "另一个"},
                            owner=record.body.owner)  # fmt: skip
        times.append(1)
        return found

    monkeypatch.setattr(PoolDesk, "stamp", too_early)
    batch = commit(batch)
    assert len(times) == 2  # the first attempt wrote nothing, and took this test's proposal with it
    assert batch.state == BatchState.COMMITTED
    assert changes.open_change(record, "achievement").fields == CHECKED


def test_a_mended_row_says_how_its_change_goes(upload, published, university_officer):
    batch = upload(build(changed_rows([published], **{"关键词*": "一个"})))
    row = batch.rows.get(group=RowGroup.INVALID)
    row = mending.mend_cells(by=university_officer, batch=batch, row=row, row_version=row.version,
                             cells={"keywords": "甲、乙、丙"})  # fmt: skip
    assert row.group == RowGroup.CHANGED
    assert [one["goes"] for one in row.cleaned["changes"]] == ["live"]
    batch.refresh_from_db()
    assert batch.counts["live"] == 1


def test_queries_of_the_check_do_not_grow_with_the_published_rows(upload, commit, regional_officer_edu):
    commit(upload(build(good_rows(12))))
    records, rows, counts = publish(12), good_rows(12), []
    for few in (2, 10):
        for row, record in zip(rows[:few], records, strict=False):
            row.update({"成果编号": record.public_no} | CELLS | {"成果名称*": f"新名{record.pk}"})
        with CaptureQueriesContext(connection) as seen:
            assert upload(build(rows)).counts["check"] == few
        counts.append(len(seen))
    assert counts[1] - counts[0] <= 2, counts


def test_an_upload_changes_no_more_published_records_than_may(login, upload, commit, university_officer, settings,
                                                              regional_officer_edu):  # fmt: skip
    settings.IMPORT_MAX_REVISED = 1
    commit(upload(build(good_rows(3))))
    rows = changed_rows(publish(2), 应用场景="新的生产线")
    batch = upload(build(rows))
    assert (batch.state, batch.rows.count()) == (BatchState.REFUSED, 0)
    assert batch.refusal == {"code": "too_many_revised", "params": {"count": 2, "limit": 1}}
    client = login(university_officer)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = client.get(reverse("imports:detail", args=[batch.uuid])).content.decode()
    assert "2 rows would change published records; one upload may change 1 of them." in page
    del rows[1]["应用场景"]
    batch = upload(build(rows))
    assert (batch.state, batch.counts["revised"]) == (BatchState.CHECKED, 1)


def test_rows_mended_later_do_not_exceed_what_may_change(login, upload, published, university_officer, settings):
    settings.IMPORT_MAX_REVISED = 0
    batch = upload(build(changed_rows([published], **{"关键词*": "一个"})))
    row = batch.rows.get(group=RowGroup.INVALID)
    mending.mend_cells(by=university_officer, batch=batch, row=row, row_version=row.version,
                       cells={"keywords": "甲、乙、丙"})  # fmt: skip
    batch.refresh_from_db()
    with pytest.raises(imports.TooManyRevised):
        imports.commit_batch(by=university_officer, batch=batch, version=batch.version)
    address, form = reverse("imports:commit", args=[batch.uuid]), {"version": batch.version}
    assert login(university_officer).post(address, form).status_code == 302
    answer = post(client_of(university_officer), f"/api/imports/{batch.uuid}/commit/", form)
    assert answer.status_code == 422, answer.content
    batch.refresh_from_db()
    assert batch.state == BatchState.CHECKED


def test_very_many_revisions_have_the_time_they_need(revised, university_officer):
    """A change of a published record takes ten times as long as a draft; the lease of the one transaction knows it."""
    assert jobs._longest(revised) > jobs.LONGEST
    revised.counts |= {"live": 20_000, "check": 0}
    assert jobs._longest(revised) >= jobs.LONGEST + 4_000


# --- Undo --------------------------------------------------------------------------------------------------------


def test_undo_takes_the_change_back_and_restores_what_went_live(upload, commit, undo, published):
    before = everything(published)
    batch = undo(commit(upload(build(changed_rows([published])))))
    assert batch.state == BatchState.UNDONE
    assert everything(of(published)) == before
    assert changes.open_change(published, "achievement") is None
    assert not ReviewTask.objects.open().filter(object_id=published.uuid).exists()
    kept = RecordVersion.objects.filter(object_id=published.uuid).order_by("number")
    assert [one.what for one in kept] == ["published", "imported", "imported"]
    assert of(published).state == S.ACCEPTED


def test_undo_is_blocked_when_the_region_has_decided(undo, revised, published, regional_officer_edu):
    record = of(published)
    change = changes.open_change(record, "achievement")
    catalog.REVISING.return_change(regional_officer_edu, record, change=change, version=record.version,
                          reason="题目太泛", reasons=["unclear"])  # fmt: skip
    assert reasons(undo, revised) == ["What the import changed was checked and returned."]


def test_undo_is_blocked_when_the_change_is_live(undo, revised, published, regional_officer_edu):
    record = of(published)
    change = changes.open_change(record, "achievement")
    catalog.REVISING.pass_change(regional_officer_edu, record, change=change, version=record.version)
    assert reasons(undo, revised) == ["What the import changed was checked and is live now."]


def test_undo_is_blocked_by_a_later_proposal(undo, revised, published, university_officer):
    record = of(published)
    catalog.REVISING.withdraw_change(university_officer, record)
    changes.propose(by=university_officer, record=record, kind="achievement", data={"title": "第三个"},
                    owner=record.body.owner)  # fmt: skip
    assert reasons(undo, revised) == ["Another change was proposed since and waits for a check."]


def test_a_decision_between_the_button_and_the_job_blocks_too(revised, published, university_officer,
                                                              regional_officer_edu):  # fmt: skip
    undoing.undo_batch(by=university_officer, batch=revised, version=revised.version)
    record = of(published)
    change = changes.open_change(record, "achievement")
    catalog.REVISING.return_change(regional_officer_edu, record, change=change, version=record.version,
                          reason="题目太泛", reasons=["unclear"])  # fmt: skip
    run_due_jobs()
    revised.refresh_from_db()
    assert (revised.state, revised.remarks[0]["code"]) == (BatchState.COMMITTED, "undo_blocked")
    assert of(published).application_text == "新的生产线"


def test_a_decision_while_the_undo_begins_stops_it(revised, published, university_officer, regional_officer_edu,
                                                    monkeypatch):  # fmt: skip
    undoing.undo_batch(by=university_officer, batch=revised, version=revised.version)
    look, record = PoolDesk.blockers, of(published)

    def too_early(desk, done):
        found = look(desk, done)
        change = changes.open_change(record, "achievement")
        catalog.return_change(by=regional_officer_edu, achievement=record, change=change, version=record.version,
                              reason="题目太泛", reasons=["unclear"])  # fmt: skip
        return found

    monkeypatch.setattr(PoolDesk, "blockers", too_early)
    run_due_jobs(raise_errors=False)
    revised.refresh_from_db()
    assert revised.state == BatchState.UNDOING  # tried again later, and then the decision is seen
    assert of(published).application_text == "新的生产线"


def test_what_the_owner_took_back_himself_blocks_nothing(undo, revised, published, university_officer):
    catalog.REVISING.withdraw_change(university_officer, of(published))
    assert undo(revised).state == BatchState.UNDONE
    assert of(published).application_text == published.application_text


# --- Pages and API -----------------------------------------------------------------------------------------------


def test_the_page_says_what_is_live_and_what_the_region_checks(login, upload, commit, published, university_officer):
    client = login(university_officer)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    batch = upload(build(changed_rows([published])))
    place = f"{import_results.url_of(batch)}?group=changed"
    english = {"accept-language": "en"}
    page = client.get(place, headers=english).content.decode()
    assert "go to the region for a check" in page
    assert page.count("live at once") >= 4  # a badge for each of three fields, and the sentence of the summary
    assert page.count("clipboard-check") == 2
    commit(batch)
    done = client.get(place, headers=english).content.decode()
    assert "1 published record has fields that go to the region for a check" in done


def test_what_blocks_an_undo_stands_on_its_page(login, revised, published, university_officer, regional_officer_edu):
    record = of(published)
    change = changes.open_change(record, "achievement")
    catalog.REVISING.return_change(regional_officer_edu, record, change=change, version=record.version,
                          reason="题目太泛", reasons=["unclear"])  # fmt: skip
    undo_url = reverse("imports:undo", args=[revised.uuid])
    client, english = login(university_officer), {"accept-language": "en"}
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    answer = client.post(undo_url, {"version": revised.version}, headers=english)
    assert "checked and returned" in answer.content.decode()


def test_the_api_says_the_same(published, university_officer):
    api = client_of(university_officer)
    row = {"public_no": published.public_no, "title": "换了名称的成果", "application_text": "新的生产线"}
    place = post(api, "/api/imports/", {"kind": "achievement", "rows": [row]})["Location"]
    run_due_jobs()
    batch = api.get(place).json()
    assert (batch["counts"]["changed"], batch["counts"]["live"], batch["counts"]["check"]) == (1, 1, 1)
    [line] = api.get(f"{place}rows/?group=changed").json()
    assert {one["name"]: one["goes"] for one in line["changes"]} == {"title": "check", "application_text": "live"}
    assert post(api, f"{place}commit/", {"version": batch["version"]}).status_code == 202
    run_due_jobs()
    assert of(published).application_text == "新的生产线"
    assert post(api, f"{place}undo/", {"version": api.get(place).json()["version"]}).status_code == 202
    run_due_jobs()
    assert of(published).application_text == published.application_text
