"""A whole upload taken back: what was made goes, what was changed gets its values back, and what blocks it is named."""

import pytest

from catalog.models import Achievement
from catalog.services import submit_achievement, update_achievement
from matchmaking.accounts.enums import Role
from matchmaking.activity.models import Entry
from matchmaking.common.workflow import StaleState
from matchmaking.intake.desks import PoolDesk
from matchmaking.intake.models import Attachment, BatchState, ImportBatch, RowGroup
from matchmaking.intake.services import import_results, mending, undoing
from matchmaking.jobs.models import Job, JobState
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.notifications.models import Notification
from tests.factories.accounts import member
from tests.workbooks import build, good_rows

pytestmark = pytest.mark.django_db
BELOW = ("indicators", "ip_items", "completing_units", "completers")


@pytest.fixture
def undo(university_officer):
    def undone(batch: ImportBatch, by=None) -> ImportBatch:
        batch.refresh_from_db()
        undoing.undo_batch(by=by or university_officer, batch=batch, version=batch.version)
        run_due_jobs()
        batch.refresh_from_db()
        return batch

    return undone


def everything(achievement: Achievement) -> dict:
    """What a record says, without what every writing of it changes."""
    own = Achievement.objects.filter(pk=achievement.pk).values().get()
    body = type(achievement.body).objects.filter(pk=achievement.pk).values().get()
    for name in ("version", "text_version", "updated_at", "state_since"):
        own.pop(name, None)
    rows = {name: list(getattr(achievement, name).order_by("pk").values()) for name in BELOW}
    for row in (row for lines in rows.values() for row in lines):
        del row["id"]
    return {**own, **body, **rows}


def test_created_drafts_go_and_their_numbers_stay_used(upload, commit, undo):
    batch = commit(upload(build(good_rows(4))))
    numbers = set(Achievement.objects.values_list("public_no", flat=True))
    batch = undo(batch)
    assert batch.state == BatchState.UNDONE
    assert not Achievement.objects.exists()
    assert set(batch.rows.values_list("target_no", flat=True)) == numbers
    history = Entry.objects.filter(verb="achievement.taken_back")
    assert {entry.object_no for entry in history} == numbers
    commit(upload(build(good_rows(4))))  # the same file may come again
    assert not numbers & set(Achievement.objects.values_list("public_no", flat=True))
    assert Notification.objects.filter(kind="import_undone").count() == 1


def test_changed_records_get_every_value_back(upload, commit, undo):
    commit(upload(build(good_rows(3))))
    first = Achievement.objects.order_by("pk").first()
    first.ip_items.update(owner="测试大学甲", encumbrances=["pledged"], filed_on="2021-02-03")
    first.indicators.filter(position=1).update(evidence="检测报告")
    before = everything(first)
    rows = good_rows(3)
    rows[0] |= {"成熟度*": 3, "联系电话": "010-11111111", "主要技术指标*": "合格率≥99.9%", "知识产权*": "",
                "成果简介*": "换了一种说法" * 30, "意向价格（万元）": 7, "完成人*": "周九", "合作方式*": "转让",
                "审核日期": "2026-01-02", "应用行业*": "36"}  # fmt: skip
    rows[0]["知识产权*"] = "发明专利，ZL202199999999.9，另一种方法，授权有效"
    batch = commit(upload(build(rows)))
    assert batch.counts["changed"] == 1
    assert everything(Achievement.objects.get(pk=first.pk)) != before
    batch = undo(batch)
    assert batch.state == BatchState.UNDONE
    assert everything(Achievement.objects.get(pk=first.pk)) == before
    assert Achievement.objects.get(pk=first.pk).version == 3  # nothing of the history is unmade
    assert not batch.rows.filter(before__isnull=False).exists()


def test_withdrawn_records_come_back_as_drafts(upload, commit, undo, university_officer):
    commit(upload(build(good_rows(3))))
    batch = upload(build(good_rows(2)))
    mending.choose_missing(by=university_officer, batch=batch, version=batch.version, rows=None, withdraw=True)
    batch = commit(ImportBatch.objects.get(pk=batch.pk))
    assert Achievement.objects.filter(state="withdrawn").count() == 1
    batch = undo(batch)
    assert (batch.state, batch.remarks) == (BatchState.UNDONE, [])
    assert set(Achievement.objects.values_list("state", flat=True)) == {"draft"}


def test_a_record_that_was_in_the_pool_comes_back_as_a_draft_and_that_is_said(upload, commit, undo, university_officer):
    commit(upload(build(good_rows(3))))
    last = Achievement.objects.order_by("pk").last()
    for state in ("submitted", "accepted"):
        Achievement.objects.filter(pk=last.pk).update(state=state)
    batch = upload(build(good_rows(2)))
    mending.choose_missing(by=university_officer, batch=batch, version=batch.version, rows=None, withdraw=True)
    batch = undo(commit(ImportBatch.objects.get(pk=batch.pk)))
    last.refresh_from_db()
    assert last.state == "draft"
    assert batch.remarks == [{"code": "back_as_draft", "params": {"numbers": last.public_no}}]


def test_what_happened_since_blocks_and_is_named(upload, commit, undo, university_officer):
    batch = commit(upload(build(good_rows(4))))
    edited, handed_in, with_file, _free = Achievement.objects.order_by("pk")
    update_achievement(by=university_officer, achievement=edited, version=1, data={"application_text": "车间"})
    submit_achievement(by=university_officer, achievement=handed_in, version=1, opinion="同意", secrecy_declared=True)
    Attachment.objects.create(object_kind="achievement", object_id=with_file.uuid, file=batch.file, kind="other",
                              media_type="application/pdf", created_by=university_officer)  # fmt: skip
    with pytest.raises(undoing.UndoBlocked) as caught:
        undo(batch)
    reasons = {blocker.number: str(blocker.reason) for blocker in caught.value.blockers}
    assert set(reasons) == {edited.public_no, handed_in.public_no, with_file.public_no}
    assert len(set(reasons.values())) >= 2
    batch.refresh_from_db()
    assert batch.state == BatchState.COMMITTED
    assert Achievement.objects.count() == 4


def test_what_happens_between_the_button_and_the_job_blocks_too(upload, commit, university_officer):
    batch = commit(upload(build(good_rows(3))))
    undoing.undo_batch(by=university_officer, batch=batch, version=batch.version)
    first = Achievement.objects.order_by("pk").first()
    update_achievement(by=university_officer, achievement=first, version=1, data={"application_text": "车间"})
    run_due_jobs()
    batch.refresh_from_db()
    assert (batch.state, batch.remarks[0]["code"]) == (BatchState.COMMITTED, "undo_blocked")
    assert batch.remarks[0]["params"] == {"count": 1, "first": first.public_no}
    assert Achievement.objects.count() == 3


def test_an_upload_on_top_of_another_must_go_first(upload, commit, undo):
    first = commit(upload(build(good_rows(3))))
    rows = good_rows(3)
    rows[0]["成熟度*"] = 9
    second = commit(upload(build(rows)))
    with pytest.raises(undoing.UndoBlocked):
        undo(first)
    assert undo(second).state == BatchState.UNDONE
    assert undo(first).state == BatchState.UNDONE  # the record is again as the first upload left it
    assert not Achievement.objects.exists()


def test_of_two_people_who_undo_one_wins(upload, commit, university, university_officer):
    batch = commit(upload(build(good_rows(2))))
    colleague = member(university, Role.UNIVERSITY_OFFICER)
    seen = ImportBatch.objects.get(pk=batch.pk)
    undoing.undo_batch(by=university_officer, batch=batch, version=batch.version)
    with pytest.raises(StaleState):
        undoing.undo_batch(by=colleague, batch=seen, version=seen.version)


def test_undo_may_run_twice(upload, commit, undo):
    batch = undo(commit(upload(build(good_rows(2)))))
    Job.objects.filter(pk=batch.job_id).update(state=JobState.QUEUED, attempts=0)
    run_due_jobs()
    batch.refresh_from_db()
    assert batch.state == BatchState.UNDONE
    assert Entry.objects.filter(verb="import.undone").count() == 1


def test_undo_that_dies_changes_nothing_and_goes_on(upload, commit, university_officer, monkeypatch):
    batch = commit(upload(build(good_rows(3))))
    close, calls = import_results.close_undo, []

    def die_once(**kwargs):
        calls.append(kwargs)
        if len(calls) == 1:
            raise RuntimeError("the worker died")
        close(**kwargs)

    monkeypatch.setattr(import_results, "close_undo", die_once)
    undoing.undo_batch(by=university_officer, batch=batch, version=batch.version)
    run_due_jobs(raise_errors=False)
    assert Achievement.objects.count() == 3
    Job.objects.update(run_after="2020-01-01T00:00Z")
    run_due_jobs()
    assert not Achievement.objects.exists()


def test_undo_that_fails_for_good_leaves_the_upload_imported(upload, commit, undo, monkeypatch, settings):
    settings.JOB_MAX_ATTEMPTS = 1
    batch = commit(upload(build(good_rows(2))))
    monkeypatch.setattr(import_results, "close_undo", lambda **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        undo(batch)
    batch.refresh_from_db()
    assert (batch.state, batch.remarks[0]["code"]) == (BatchState.COMMITTED, "undo_failed")
    assert Achievement.objects.count() == 2


def test_only_a_committed_upload_can_be_undone(upload, university_officer):
    batch = upload(build(good_rows(1)))
    with pytest.raises(StaleState):
        undoing.undo_batch(by=university_officer, batch=batch, version=batch.version)
    assert undoing.blockers_of(batch) == []


def test_rows_keep_what_an_undo_needs_encrypted(upload, commit):
    commit(upload(build(good_rows(1))))
    rows = good_rows(1)
    rows[0]["联系电话"] = "010-22222222"
    batch = commit(upload(build(rows)))
    row = batch.rows.get(group=RowGroup.CHANGED)
    assert row.before["contact"]["phone"] == "025-80000000"
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT convert_from(before, 'utf-8') FROM intake_importrow WHERE id = %s", [row.pk])
        assert "80000000" not in cursor.fetchone()[0]


def test_a_record_that_is_changed_while_the_undo_runs_stops_it(upload, commit, university_officer, monkeypatch):
    batch = commit(upload(build(good_rows(2))))
    look = PoolDesk.blockers

    def look_too_early(desk, done):
        found = look(desk, done)
        Achievement.objects.filter(uuid=done[0].uuid).update(version=2)
        return found

    undoing.undo_batch(by=university_officer, batch=batch, version=batch.version)
    monkeypatch.setattr(PoolDesk, "blockers", look_too_early)
    run_due_jobs(raise_errors=False)
    batch.refresh_from_db()
    assert batch.state == BatchState.UNDOING  # tried again later, and then the blocker is seen
    assert Achievement.objects.count() == 2
