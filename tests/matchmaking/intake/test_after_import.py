"""After an import: what happened and what comes next; the list of uploads, which keeps itself up to date."""

from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from catalog.models import Achievement
from matchmaking.accounts.enums import Role
from matchmaking.intake.models import BatchState, ImportBatch
from matchmaking.intake.presenting import rail
from matchmaking.intake.services.undoing import undo_batch
from matchmaking.jobs.models import JobState
from matchmaking.jobs.runner import run_due_jobs
from tests.factories.accounts import member
from tests.workbooks import build, good_rows

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def officer(login, university_officer):
    return login(university_officer)


def url(name: str, batch: ImportBatch, *more) -> str:
    return reverse(f"imports:{name}", args=[batch.uuid, *more])


def lacking(count: int, *, of: int):
    """Rows of which the first ones have no keywords."""
    rows = good_rows(of)
    for row in rows[:count]:
        row["关键词*"] = None
    return rows


# --- The result --------------------------------------------------------------------------------------------------


def test_when_every_draft_lacks_something_the_page_says_so_and_leads_to_them(officer, upload, commit):
    batch = commit(upload(build(lacking(3, of=3))))
    page = officer.get(url("detail", batch))
    assert page.context["waiting"] == {"complete": 0, "incomplete": 3}
    text = page.content.decode()
    address = f"{url('submit', batch)}?show=incomplete"
    assert f'<a class="btn btn-primary" href="{address}">' in text
    assert "show=complete" not in text
    drafts = officer.get(address).context["drafts"]
    assert len(drafts) == 3
    assert all(one["draft"].missing for one in drafts)
    edits = {reverse("catalog:achievement_edit", args=[made.uuid]) for made in Achievement.objects.all()}
    assert {one["draft"].edit_url for one in drafts} == edits


def test_when_some_are_complete_they_are_handed_in_first(officer, upload, commit):
    batch = commit(upload(build(lacking(1, of=4))))
    page = officer.get(url("detail", batch))
    assert page.context["waiting"] == {"complete": 3, "incomplete": 1}
    assert f'<a class="btn btn-primary" href="{url("submit", batch)}?show=complete">' in page.content.decode()
    drafts = [one["draft"] for one in officer.get(f"{url('submit', batch)}?show=complete").context["drafts"]]
    assert [draft.missing for draft in drafts] == [[], [], []]
    given = {"pk": [f"{draft.uuid}:{draft.version}" for draft in drafts], "opinion": "同意推荐",
             "secrecy_declared": "on"}  # fmt: skip
    officer.post(f"{url('submit', batch)}?show=complete", given)
    assert Achievement.objects.filter(state="submitted").count() == 3
    page = officer.get(url("detail", batch))
    assert page.context["waiting"] == {"complete": 0, "incomplete": 1}


def test_many_drafts_cost_the_result_page_no_more(officer, upload, commit, django_assert_max_num_queries):
    batch = commit(upload(build(lacking(20, of=40))))
    officer.get(url("detail", batch))
    with django_assert_max_num_queries(22):
        officer.get(url("detail", batch))


def test_incomplete_rows_come_as_a_workbook_with_the_columns_that_are_needed(officer, upload, commit):
    rows = [{heading: cell for heading, cell in row.items() if heading != "关键词*"} for row in good_rows(2)]
    headings = list(rows[0])
    batch = commit(upload(build(rows, headings=headings)))
    answer = officer.get(f"{url('workbook', batch)}?group=incomplete")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    written = [cell.value for cell in sheet[1]]
    assert "关键词*" in written
    numbers = {sheet.cell(row, written.index("成果编号") + 1).value for row in (2, 3)}
    assert numbers == set(Achievement.objects.values_list("public_no", flat=True))


def test_an_undone_upload_says_so_at_its_last_step(upload, commit, university_officer):
    batch = commit(upload(build(good_rows(2))))
    undo_batch(by=university_officer, batch=batch, version=batch.version)
    run_due_jobs()
    batch.refresh_from_db()
    (step,) = [one for one in rail(batch) if one["state"] == "stopped"]
    assert step["label"] == BatchState.UNDONE.label


def test_a_check_that_came_to_nothing_can_be_given_up(officer, upload):
    batch = upload(build(good_rows(2)), check=False)
    assert url("abandon", batch) not in officer.get(url("detail", batch)).content.decode()
    batch.job.state = JobState.DEAD
    batch.job.save(update_fields=["state"])
    assert url("abandon", batch) in officer.get(url("detail", batch)).content.decode()


def test_a_second_list_that_is_under_way_is_named(officer, upload, commit, university):
    colleague = member(university, Role.UNIVERSITY_OFFICER)
    mine, theirs = upload(build(good_rows(2))), upload(build(good_rows(3)), name="环境学院.xlsx", by=colleague)
    page = officer.get(url("detail", mine))
    assert page.context["others"] == [theirs]
    assert url("detail", theirs) in page.content.decode()
    commit(theirs)
    assert officer.get(url("detail", mine)).context["others"] == []


# --- The list ----------------------------------------------------------------------------------------------------


def test_the_list_is_filtered_by_kind_state_person_and_name(officer, upload, university, login):
    colleague = member(university, Role.UNIVERSITY_OFFICER)
    mine, theirs = upload(build(good_rows(2))), upload(build(good_rows(3)), name="环境学院.xlsx", by=colleague)
    ImportBatch.objects.filter(pk=theirs.pk).update(state=BatchState.ABANDONED)

    def listed(**query):
        return [item["batch"] for item in officer.get(reverse("imports:list"), query).context["items"]]

    assert listed() == [theirs, mine]
    assert listed(state="abandoned") == [theirs]
    assert listed(by=colleague.pk) == [theirs]
    assert listed(q="环境") == [theirs]
    assert listed(kind="achievement", state="checked") == [mine]
    assert listed(state="refused") == []
    page = officer.get(reverse("imports:list"), {"state": "refused"})
    assert page.context["filtered"]
    assert f'href="{reverse("imports:list")}"' in page.content.decode()


def test_only_people_of_uploads_that_one_sees_are_offered(officer, upload, other_university_officer, other_university):
    upload(build(good_rows(2)))
    upload(build(good_rows(3)), by=other_university_officer, owner=other_university)
    offered = dict(officer.get(reverse("imports:list")).context["filter"].form.fields["by"].choices)
    assert str(other_university_officer.pk) not in offered


def test_a_line_asks_again_while_a_job_works_and_then_settles(officer, upload):
    batch = upload(build(good_rows(2)), check=False)
    page = officer.get(reverse("imports:list")).content.decode()
    assert f'hx-get="{url("line", batch)}"' in page
    assert f'hx-get="{url("line", batch)}"' in officer.get(url("line", batch), headers=HTMX).content.decode()
    run_due_jobs()
    answer = officer.get(url("line", batch), headers=HTMX).content.decode()
    assert f'id="import-{batch.uuid}"' in answer
    assert "hx-get" not in answer


def test_the_line_of_an_upload_of_others_is_not_there(upload, login, other_university_officer):
    batch = upload(build(good_rows(2)))
    assert login(other_university_officer).get(url("line", batch)).status_code == 404
