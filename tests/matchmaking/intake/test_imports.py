"""An upload from the file to the records: stored, checked, committed once, never half."""

import pytest
from django.contrib.auth.models import AnonymousUser

from catalog.models import Achievement
from matchmaking.accounts.enums import Role
from matchmaking.common.workflow import StaleState
from matchmaking.intake import jobs
from matchmaking.intake.models import BatchState, ImportBatch, ImportRow, RowGroup, StoredFile
from matchmaking.intake.services import import_results, imports
from matchmaking.jobs.models import Job, JobState
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.jobs.services import request_cancel
from matchmaking.notifications.models import Notification
from tests.factories.accounts import member
from tests.factories.catalog import AchievementFactory
from tests.workbooks import achievements, build, good_rows

pytestmark = pytest.mark.django_db


# --- Upload ------------------------------------------------------------------------------------------------------


def test_the_request_stores_and_opens_nothing(upload, monkeypatch):
    monkeypatch.setattr(jobs, "open_examination", pytest.fail)
    batch = upload(b"PK not a workbook at all", check=False)
    assert batch.state == BatchState.UPLOADED
    assert batch.job.kind == "check_import"
    assert batch.file.file.name.endswith(".xlsx")
    assert "成果" not in batch.file.file.name
    assert batch.file.name == "成果.xlsx"


@pytest.mark.parametrize(
    ("name", "content"), [("成果.xls", b"x"), ("成果.pdf", b"x"), ("成果.xlsx", b""), ("无后缀", b"x")]
)
def test_a_file_of_the_wrong_kind_is_refused_at_once(upload, name, content):
    with pytest.raises(imports.FileRefused):
        upload(content, name=name)
    assert not StoredFile.objects.exists()


def test_a_file_over_the_limit_is_refused_at_once(upload, settings):
    settings.UPLOAD_MAX_BYTES = 100
    with pytest.raises(imports.FileRefused):
        upload(b"x" * 101)


def test_the_same_file_again_leads_to_the_earlier_upload(upload, other_university, other_university_officer):
    content, _planted = achievements(3)
    first = upload(content)
    with pytest.raises(imports.SameFile) as caught:
        upload(content, name="改了名.xlsx")
    assert caught.value.batch == first
    assert upload(content, by=other_university_officer, owner=other_university) != first


def test_a_file_that_was_given_up_may_come_again(upload, university_officer):
    content, _planted = achievements(3)
    first = upload(content)
    imports.abandon_batch(by=university_officer, batch=first, version=first.version)
    assert upload(content) != first


# --- Check -------------------------------------------------------------------------------------------------------


def test_check_of_two_hundred_rows_with_seven_errors(upload):
    content, planted = achievements(200, bad=7)
    batch = upload(content)
    assert batch.state == BatchState.CHECKED
    assert (batch.counts["new"], batch.counts["invalid"]) == (193, 7)
    assert {error["cell"] for row in batch.rows.filter(group="invalid") for error in row.errors} == set(planted)
    assert batch.counts["read"] == batch.rows.count() + batch.counts["blank"] + batch.counts["above"]
    assert not Achievement.objects.exists()
    notification = Notification.objects.get(kind="import_checked")
    assert notification.params == {"file": "成果.xlsx"}


def test_check_may_run_twice(upload):
    content, _planted = achievements(20, bad=2)
    batch = upload(content)
    before = list(batch.rows.order_by("row_no").values_list("row_no", "group", "cleaned"))
    ImportBatch.objects.filter(pk=batch.pk).update(remarks=["left by the first attempt"])
    Job.objects.filter(pk=batch.job_id).update(state=JobState.QUEUED, attempts=0)
    run_due_jobs()  # the batch is checked already: nothing happens
    assert list(batch.rows.order_by("row_no").values_list("row_no", "group", "cleaned")) == before
    assert Notification.objects.count() == 1


def test_check_that_died_half_way_starts_again(upload, monkeypatch):
    content, _planted = achievements(20, bad=2)
    batch = upload(content, check=False)
    close, calls = import_results.check_batch, []

    def die_once(**kwargs):
        calls.append(kwargs)
        if len(calls) == 1:
            raise RuntimeError("the worker died")
        close(**kwargs)

    monkeypatch.setattr(import_results, "check_batch", die_once)
    run_due_jobs(raise_errors=False)
    assert batch.rows.count() == 20  # the pieces are there, the check is not closed
    batch.refresh_from_db()
    assert batch.state == BatchState.UPLOADED
    Job.objects.filter(pk=batch.job_id).update(run_after="2020-01-01T00:00Z")
    run_due_jobs()
    batch.refresh_from_db()
    assert (batch.state, batch.rows.count()) == (BatchState.CHECKED, 20)


def test_a_stored_file_that_cannot_be_opened_is_tried_again(upload, settings, tmp_path):
    batch = upload(achievements(3)[0], check=False)
    there = settings.MEDIA_ROOT
    settings.MEDIA_ROOT = tmp_path / "not mounted"
    run_due_jobs(raise_errors=False)
    batch.refresh_from_db()
    assert batch.state == BatchState.UPLOADED

    settings.MEDIA_ROOT = there
    Job.objects.filter(pk=batch.job_id).update(run_after="2020-01-01T00:00Z")
    run_due_jobs()
    batch.refresh_from_db()
    assert batch.state == BatchState.CHECKED


def test_check_that_fails_for_good_says_so(upload, monkeypatch, settings):
    settings.JOB_MAX_ATTEMPTS = 1
    monkeypatch.setattr(jobs, "open_examination", lambda batch: 1 / 0)
    batch = upload(achievements(3)[0], check=False)
    run_due_jobs(raise_errors=False)
    batch.refresh_from_db()
    assert (batch.state, batch.refusal["code"]) == (BatchState.REFUSED, "failed")


def test_stopping_the_check_gives_the_upload_up(upload, university_officer):
    batch = upload(achievements(3)[0], check=False)
    request_cancel(job=batch.job, by=university_officer)
    batch.refresh_from_db()
    assert batch.state == BatchState.ABANDONED


def test_private_cells_are_stored_encrypted(upload):
    batch = upload(achievements(2)[0])
    stored = str(list(ImportRow.objects.filter(batch=batch).values()))
    assert "王老师" not in stored
    assert "025-80000000" not in stored
    assert "高温合金" in stored or "技术" in stored


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"PK\x03\x04 broken", "a.xlsx"), (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "a.xlsx"), (b"\x00\xff" * 300, "a.csv"),
     (b"<html></html>", "a.xlsx"), (build([]), "a.xlsx")],
    ids=["broken zip", "encrypted or old", "binary csv", "html", "no rows"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_on_the_batch(upload, content, name):
    batch = upload(content, name=name)
    assert batch.state == BatchState.REFUSED
    assert batch.refusal["code"]
    assert not batch.rows.exists()
    assert Job.objects.get(pk=batch.job_id).state == JobState.DONE


def test_more_rows_than_one_transaction_may_write_are_refused(upload, settings):
    settings.IMPORT_MAX_ROWS = 10
    batch = upload(achievements(11)[0])
    assert (batch.state, batch.refusal["code"]) == (BatchState.REFUSED, "too_many_rows")


def test_csv_is_read_like_a_workbook(upload):
    batch = upload("成果名称,技术领域\n一种技术,0804\n另一种技术,火星\n".encode("gb18030"), name="成果.csv")
    assert (batch.counts["new"], batch.counts["invalid"]) == (1, 1)


# --- Commit ------------------------------------------------------------------------------------------------------


def test_commit_writes_every_row_once(upload, commit, university):
    batch = commit(upload(achievements(30)[0]))
    assert batch.state == BatchState.COMMITTED
    made = Achievement.objects.filter(body__owner=university)
    assert made.count() == 30
    assert set(made.values_list("state", flat=True)) == {"draft"}
    assert set(batch.rows.values_list("target_id", flat=True)) == set(made.values_list("uuid", flat=True))
    first = made.order_by("public_no").first()
    row = good_rows(1)[0]
    assert (first.title, first.trl is not None) == (row["成果名称*"], True)
    assert first.body.contact == {"name": "王老师", "phone": "025-80000000", "email": "transfer@example.edu.cn"}
    assert first.body.secrecy_declared
    assert first.indicators.count() == 4
    assert first.ip_items.count() == 2
    assert first.search_vector
    assert Notification.objects.filter(kind="import_committed").count() == 1


def test_rows_with_errors_are_left_out_only_when_that_was_chosen(upload, commit, university_officer):
    batch = upload(achievements(20, bad=3)[0])
    with pytest.raises(imports.InvalidRowsLeft):
        imports.commit_batch(by=university_officer, batch=batch, version=batch.version)
    batch = commit(batch, leave_out_invalid=True)
    assert batch.state == BatchState.COMMITTED
    assert Achievement.objects.count() == 17


def test_of_two_people_who_commit_one_wins(upload, university, university_officer):
    batch = upload(achievements(5)[0])
    colleague = member(university, Role.UNIVERSITY_OFFICER)
    seen_by_colleague = ImportBatch.objects.get(pk=batch.pk)
    imports.commit_batch(by=university_officer, batch=batch, version=batch.version)
    with pytest.raises(StaleState):
        imports.commit_batch(by=colleague, batch=seen_by_colleague, version=seen_by_colleague.version)
    run_due_jobs()
    assert Achievement.objects.count() == 5
    assert Job.objects.filter(kind="commit_import").count() == 1


def test_commit_may_run_twice(upload, commit):
    batch = commit(upload(achievements(5)[0]))
    Job.objects.filter(pk=batch.job_id).update(state=JobState.QUEUED, attempts=0)
    run_due_jobs()
    assert Achievement.objects.count() == 5
    assert Notification.objects.filter(kind="import_committed").count() == 1


def test_commit_that_dies_writes_nothing_and_goes_on(upload, university_officer, monkeypatch):
    batch = upload(achievements(5)[0])
    link, calls = import_results._link, []

    def die_once(*args, **kwargs):
        calls.append(args)
        if len(calls) == 1:
            raise RuntimeError("the worker died")
        link(*args, **kwargs)

    monkeypatch.setattr(import_results, "_link", die_once)
    imports.commit_batch(by=university_officer, batch=batch, version=batch.version)
    run_due_jobs(raise_errors=False)
    assert not Achievement.objects.exists()
    Job.objects.update(run_after="2020-01-01T00:00Z")
    run_due_jobs()
    assert Achievement.objects.count() == 5


def test_commit_that_fails_for_good_goes_back_to_the_preview(upload, university_officer, monkeypatch, settings):
    settings.JOB_MAX_ATTEMPTS = 1
    batch = upload(achievements(5)[0])
    monkeypatch.setattr(import_results, "write_piece", lambda **kwargs: 1 / 0)
    imports.commit_batch(by=university_officer, batch=batch, version=batch.version)
    run_due_jobs(raise_errors=False)
    batch.refresh_from_db()
    assert (batch.state, batch.remarks[0]["code"]) == (BatchState.CHECKED, "commit_failed")


def test_stopping_the_commit_goes_back_to_the_preview(upload, university_officer):
    batch = upload(achievements(3)[0])
    job = imports.commit_batch(by=university_officer, batch=batch, version=batch.version)
    request_cancel(job=job, by=university_officer)
    run_due_jobs()
    batch.refresh_from_db()
    assert batch.state == BatchState.CHECKED
    assert not Achievement.objects.exists()
    imports.commit_batch(by=university_officer, batch=batch, version=batch.version)
    run_due_jobs()
    assert Achievement.objects.count() == 3


def test_records_that_changed_since_the_check_ask_for_a_second_look(upload, commit, university_officer):
    commit(upload(build(good_rows(3))))
    rows = good_rows(3)
    rows[0]["成熟度*"] = 9
    batch = upload(build(rows))
    assert batch.counts["changed"] == 1
    target = Achievement.objects.get(uuid=batch.rows.get(group="changed").target_id)
    Achievement.objects.filter(pk=target.pk).update(version=target.version + 1, application_text="改过")
    batch = commit(batch)
    assert (batch.state, batch.remarks[0]["code"]) == (BatchState.CHECKED, "changed_meanwhile")
    changed = batch.rows.get(group="changed")
    assert {change["name"] for change in changed.cleaned["changes"]} == {"trl", "application_text"}
    batch = commit(batch)
    target.refresh_from_db()
    assert (batch.state, target.trl) == (BatchState.COMMITTED, 9)


def test_a_record_that_appears_while_the_commit_reads_is_noticed(upload, commit, university, monkeypatch):
    batch = upload(build(good_rows(2)))
    examine_again, calls = jobs._examine_again, []

    def somebody_is_faster(*args):
        calls.append(args)
        examine_again(*args)
        if len(calls) == 1:
            AchievementFactory(title=good_rows(1)[0]["成果名称*"], body__owner=university)

    monkeypatch.setattr(jobs, "_examine_again", somebody_is_faster)
    batch = commit(batch)
    assert len(calls) == 2
    assert (batch.state, batch.counts["new"], batch.counts["changed"]) == (BatchState.CHECKED, 1, 1)


def test_two_files_with_the_same_rows_make_them_once(upload, university_officer):
    first = upload(build(good_rows(4)))
    second = upload(build(good_rows(5)))
    assert (first.counts["new"], second.counts["new"]) == (4, 5)
    for batch in (first, second):
        imports.commit_batch(by=university_officer, batch=batch, version=batch.version)
    run_due_jobs()
    second.refresh_from_db()
    assert (second.state, second.counts["new"], second.counts["unchanged"]) == (BatchState.CHECKED, 1, 4)
    assert Achievement.objects.count() == 4


def test_who_lost_the_role_commits_nothing(upload, university_officer):
    batch = upload(achievements(3)[0])
    imports.commit_batch(by=university_officer, batch=batch, version=batch.version)
    university_officer.memberships.update(ended_at="2100-01-01T00:00Z")
    run_due_jobs(raise_errors=False)
    batch.refresh_from_db()
    assert batch.state == BatchState.CHECKED
    assert not Achievement.objects.exists()


def test_nothing_to_import_is_said(upload, commit, university_officer):
    commit(upload(build(good_rows(2))))
    again = upload(build(good_rows(2), above=[["又一次上传"]]))
    assert again.counts["unchanged"] == 2
    with pytest.raises(imports.NothingToImport):
        imports.commit_batch(by=university_officer, batch=again, version=again.version)


def test_mended_rows_come_in_beside_the_good_ones(upload, commit):
    """The journey: 200 rows, 7 bad; the good ones are imported, the bad ones mended and sent again."""
    content, planted = achievements(200, bad=7)
    commit(upload(content), leave_out_invalid=True)
    numbers = sorted(int("".join(filter(str.isdigit, cell))) for cell in planted)
    good = good_rows(200)
    mended = commit(upload(build([good[number - 2] for number in numbers])))
    assert mended.counts["new"] == 7
    assert Achievement.objects.count() == 200
    assert upload(build(good)).counts["unchanged"] == 200


def test_accounting_over_many_generated_workbooks(upload):
    for seed in range(12):
        rows = good_rows(15, seed=seed)
        for blank in range(seed % 4):
            rows.insert(blank * 3, {})
        if seed % 5:
            rows[-1]["技术领域*"] = "火星"
        batch = upload(build(rows, above=[[f"第{seed}次"]] * (seed % 3)))
        groups = sum(batch.counts.get(group, 0) for group in RowGroup.values)
        assert groups == batch.rows.count() == 15
        assert batch.counts["read"] == groups + batch.counts["blank"] + batch.counts["above"]
        assert batch.counts["blank"] == seed % 4
        assert batch.counts.get("invalid", 0) == bool(seed % 5)


def test_an_upload_is_seen_by_those_who_may_import_its_kind(
    upload, university, university_officer, other_university_officer, enterprise_lead
):
    batch = upload(achievements(1)[0])
    colleague, researcher = member(university, Role.UNIVERSITY_OFFICER), member(university, Role.RESEARCHER)
    assert list(ImportBatch.objects.visible_to(university_officer)) == [batch]
    assert list(ImportBatch.objects.visible_to(colleague)) == [batch]
    for outsider in (researcher, other_university_officer, enterprise_lead, AnonymousUser()):
        assert not ImportBatch.objects.visible_to(outsider).exists()
    ImportBatch.objects.filter(pk=batch.pk).update(kind="expert")  # the same officer nominates experts
    assert ImportBatch.objects.visible_to(university_officer).exists()
    ImportBatch.objects.filter(pk=batch.pk).update(kind="need")
    assert not ImportBatch.objects.visible_to(university_officer).exists()
