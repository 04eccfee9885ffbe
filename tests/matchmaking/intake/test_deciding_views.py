"""Ticks that are kept at once, the import button and its reasons, and the page of an undo."""

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from catalog.models import Achievement
from catalog.services import submit_achievement
from matchmaking.accounts.enums import Role
from matchmaking.intake.models import BatchState, ImportBatch, RowGroup
from matchmaking.intake.outcome import done_deeds
from matchmaking.intake.services import mending
from matchmaking.jobs.runner import run_due_jobs
from tests.factories.accounts import member
from tests.factories.catalog import AchievementFactory
from tests.workbooks import build, good_rows

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def english():
    with override("en"):
        yield


@pytest.fixture
def officer(login, university_officer):
    client = login(university_officer)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def url(name: str, batch: ImportBatch) -> str:
    return reverse(f"imports:{name}", args=[batch.uuid])


def text_of(response) -> str:
    return response.content.decode()


# --- Ticks -------------------------------------------------------------------------------------------------------


@pytest.fixture
def shorter(upload, commit):
    """Next term's file: two of the five records are not in it, one is changed."""
    commit(upload(build(good_rows(5))))
    rows = good_rows(3)
    rows[0]["成果简介*"] = "换了一种说法" * 30
    return upload(build(rows))


def test_a_tick_is_kept_at_once_and_told_with_the_version_of_the_import(officer, shorter):
    page = text_of(officer.get(url("detail", shorter), {"group": "missing"}))
    assert page.count(url("tick", shorter)) == 3  # two records and the head
    first, second = shorter.rows.filter(group=RowGroup.MISSING).order_by("pk")
    answer = officer.post(url("tick", shorter), {"shown": first.pk, "row": [first.pk, second.pk]}, headers=HTMX)
    shorter.refresh_from_db()
    assert list(shorter.rows.filter(withdraw=True)) == [first]  # only of the row that was ticked
    text = text_of(answer)
    assert f'name="version" value="{shorter.version}"' in text.partition('id="import-next"')[2]
    assert "withdraw 1 record" in text.partition('id="commit-title"')[2].partition("</h2>")[0]
    assert f'id="fate-{first.pk}" hx-swap-oob' in text
    assert f'id="fate-{second.pk}"' not in text
    officer.post(url("tick", shorter), {"shown": first.pk}, headers=HTMX)
    assert not shorter.rows.filter(withdraw=True).exists()
    both = {"shown": [first.pk, second.pk], "row": [first.pk, second.pk]}
    assert officer.post(url("tick", shorter), both).status_code == 302
    assert shorter.rows.filter(withdraw=True).count() == 2


def test_what_was_ticked_is_withdrawn_though_nothing_else_was_pressed(officer, shorter):
    row = shorter.rows.filter(group=RowGroup.MISSING).first()
    officer.post(url("tick", shorter), {"shown": row.pk, "row": row.pk}, headers=HTMX)
    shorter.refresh_from_db()
    officer.post(url("commit", shorter), {"version": shorter.version})
    run_due_jobs()
    assert list(Achievement.objects.filter(state="withdrawn").values_list("uuid", flat=True)) == [row.target_id]


def test_ticks_of_strangers_of_other_rows_and_of_finished_imports_change_nothing(officer, shorter, upload, login,
                                                                                 other_university, commit):  # fmt: skip
    row = shorter.rows.filter(group=RowGroup.MISSING).first()
    stranger = login(member(other_university, Role.UNIVERSITY_OFFICER))
    assert stranger.post(url("tick", shorter), {"shown": row.pk, "row": row.pk}).status_code == 404
    assert officer.get(url("tick", shorter)).status_code == 405
    new = upload(build(good_rows(2, seed=9)))
    for key in (row.pk, "x", "9" * 40, new.rows.first().pk):
        officer.post(url("tick", new), {"shown": key, "row": key}, headers=HTMX)
    assert not shorter.rows.filter(withdraw=True).exists()
    commit(shorter)
    answer = officer.post(url("tick", shorter), {"shown": row.pk, "row": row.pk}, headers=HTMX)
    assert answer.headers["HX-Refresh"] == "true"
    assert officer.post(url("tick", shorter), {"shown": row.pk, "row": row.pk}).status_code == 409
    assert not shorter.rows.filter(withdraw=True).exists()


# --- The button --------------------------------------------------------------------------------------------------


def test_the_button_stands_with_its_reason_while_questions_are_open(officer, upload, university, university_officer):
    rows = good_rows(3)
    AchievementFactory(body__owner=university, title=f"{rows[1]['成果名称*']}研究")
    batch = upload(build(rows))
    assert batch.counts["questions"] == 1
    page = text_of(officer.get(url("detail", batch))).partition('id="import-next"')[2].partition('id="rows"')[0]
    assert 'disabled aria-describedby="import-why"' in page
    assert page.count('id="import-why"') == 1
    assert url("commit", batch) not in page
    record = Achievement.objects.get()
    asked = text_of(officer.get(url("detail", batch), {"group": "questions"}))
    assert record.public_no in asked
    differs = asked.partition("Differs in")[2].partition("</details>")[0]
    assert record.title in differs
    assert rows[1]["成果名称*"] in differs
    mending.answer_all_new(by=university_officer, batch=batch, version=batch.version)
    page = text_of(officer.get(url("detail", batch)))
    assert "import-why" not in page
    assert url("commit", batch) in page


def test_numbers_are_written_one_way(officer, upload):
    batch = upload(build(good_rows(2)))
    ImportBatch.objects.filter(pk=batch.pk).update(counts=batch.counts | {"new": 1958, "invalid": 1036})
    page = text_of(officer.get(url("detail", batch)))
    assert "1,958 good rows" in page
    assert "1,036 bad ones" in page
    assert "1958" not in page
    assert "1036" not in page


def test_after_the_import_it_says_what_was_done(officer, upload, commit):
    rows = good_rows(3)
    rows[1]["成果简介*"] = ""
    batch = commit(upload(build(rows)))
    assert done_deeds(batch) == [
        "3 drafts were made.", "1 imported row is incomplete: fill it in before it is submitted.",
    ]  # fmt: skip
    page = text_of(officer.get(url("detail", batch)))
    assert "3 drafts were made." in page
    assert "drafts are made" not in page


# --- Undo --------------------------------------------------------------------------------------------------------


def test_an_undo_is_asked_for_on_a_page_of_its_own(officer, upload, commit):
    batch = upload(build(good_rows(2)))
    assert officer.get(url("undo", batch)).status_code == 302  # nothing to undo yet
    batch = commit(batch)
    offer = text_of(officer.get(url("undo", batch), headers=HTMX))
    assert "<html" not in offer
    assert url("undo", batch) in offer
    page = officer.get(url("undo", batch))
    assert f'name="version" value="{batch.version}"' in text_of(page)
    assert "2 drafts were made." in text_of(page)
    assert officer.post(url("undo", batch), {"version": batch.version}).status_code == 302
    run_due_jobs()
    batch.refresh_from_db()
    assert batch.state == BatchState.UNDONE


def test_a_blocked_undo_is_said_before_and_names_the_records(
    officer, upload, commit, university_officer, login, other_university, django_assert_max_num_queries
):
    batch = commit(upload(build(good_rows(3))))
    record = Achievement.objects.order_by("pk").first()
    submit_achievement(by=university_officer, achievement=record, version=1, opinion="同意", secrecy_declared=True)
    offer = text_of(officer.get(url("undo", batch), headers=HTMX))
    assert "cannot be undone" in offer
    assert "1 of its records" in offer
    with django_assert_max_num_queries(20):
        page = officer.get(url("undo", batch))
    assert page.status_code == 200  # also when the address of a refused undo is opened again
    refused = officer.post(url("undo", batch), {"version": batch.version})
    assert refused.status_code == 409
    for text in (text_of(page), text_of(refused)):
        assert record.title in text
        assert record.public_no in text
        assert '<form method="post" action="' + url("undo", batch) not in text
    assert login(member(other_university, Role.UNIVERSITY_OFFICER)).get(url("undo", batch)).status_code == 404
