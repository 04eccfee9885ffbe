"""Rows left out, readings adopted by a button, and errors of many rows mended in one go."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Achievement
from matchmaking.common.workflow import StaleState
from matchmaking.intake import suggesting
from matchmaking.intake.importing import find_kind
from matchmaking.intake.models import REMARKED, BatchState, ImportBatch, ImportRow, RowGroup
from matchmaking.intake.organisation_names import near_names
from matchmaking.intake.refusals import ROW_REMARKS
from matchmaking.intake.selectors import ALIKE, rows_of
from matchmaking.intake.services import mapping, mending
from matchmaking.intake.suggesting import offers
from matchmaking.jobs.runner import run_due_jobs
from tests.factories.catalog import AchievementFactory
from tests.workbooks import HEADINGS, build, good_rows

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def leave(university_officer):
    def left(row: ImportRow, *, out=True) -> ImportRow:
        return mending.leave_out(by=university_officer, batch=row.batch, row=row, row_version=row.version, out=out)

    return left


@pytest.fixture
def officer(login, university_officer):
    return login(university_officer)


def line(batch: ImportBatch, row_no: int) -> ImportRow:
    return batch.rows.select_related("batch").get(row_no=row_no)


def accounted(batch: ImportBatch, rows: int) -> bool:
    """Rows of the file = imported + rejected + left out + blank (with title, heading and notes)."""
    batch.refresh_from_db()
    groups = sum(batch.counts.get(group, 0) for group in RowGroup.values if group != RowGroup.MISSING)
    stored = batch.rows.in_file().count()
    whole = batch.counts["read"] == groups + batch.counts["blank"] + batch.counts["above"] + batch.counts["notes"]
    return whole and groups == stored == rows


def url(name: str, batch: ImportBatch, *more) -> str:
    return reverse(f"imports:{name}", args=[batch.uuid, *more])


# --- Left out ----------------------------------------------------------------------------------------------------


def test_a_row_that_is_left_out_is_counted_and_not_imported(upload, leave, commit):
    batch = upload(build(good_rows(4)))
    row = leave(line(batch, 3))
    assert row.group == RowGroup.LEFT_OUT
    assert accounted(batch, 4)
    assert (batch.counts["new"], batch.counts["left_out"]) == (3, 1)
    batch = commit(batch)
    assert batch.state == BatchState.COMMITTED
    assert Achievement.objects.count() == 3
    assert line(batch, 3).version_after is None


def test_a_row_that_is_left_out_can_come_back(upload, leave):
    batch = upload(build(good_rows(3)))
    row = leave(leave(line(batch, 3)), out=False)
    assert row.group == RowGroup.NEW
    assert accounted(batch, 3)
    assert batch.counts["left_out"] == 0


def test_a_wrong_row_that_is_left_out_needs_no_leave_to_import_the_rest(upload, leave, commit):
    rows = good_rows(3)
    rows[1]["技术领域*"] = "火星"
    batch = upload(build(rows))
    row = leave(line(batch, 3))
    assert row.errors  # it can come back, and then says what is wrong
    batch.refresh_from_db()
    assert commit(batch).state == BatchState.COMMITTED
    assert Achievement.objects.count() == 2


def test_a_record_whose_row_is_left_out_is_not_missing_from_the_file(upload, university, leave):
    rows = good_rows(3)
    known = AchievementFactory(body__owner=university, title=rows[1]["成果名称*"])
    batch = upload(build(rows))
    assert line(batch, 3).target_id == known.uuid
    assert leave(line(batch, 3)).target_id == known.uuid
    batch.refresh_from_db()
    assert batch.counts["missing"] == 0


def test_a_record_in_question_is_not_missing_when_its_row_is_left_out(upload, university, leave):
    rows = good_rows(3)
    AchievementFactory(body__owner=university, title=f"{rows[1]['成果名称*']}研究")
    batch = upload(build(rows))
    assert batch.counts["questions"] == 1
    leave(line(batch, 3))
    batch.refresh_from_db()
    assert (batch.counts["questions"], batch.counts["missing"]) == (0, 0)


def test_the_second_of_two_equal_rows_counts_when_the_first_is_left_out(upload, leave):
    rows = good_rows(4)
    rows[3]["成果名称*"] = rows[0]["成果名称*"]
    batch = upload(build(rows))
    assert line(batch, 5).group == RowGroup.INVALID
    first = leave(line(batch, 2))
    assert (line(batch, 2).group, line(batch, 5).group) == (RowGroup.LEFT_OUT, RowGroup.NEW)
    leave(first, out=False)
    assert (line(batch, 2).group, line(batch, 5).group) == (RowGroup.NEW, RowGroup.INVALID)
    assert accounted(batch, 4)


def test_a_row_like_one_that_is_left_out_is_no_longer_pointed_out(upload, leave):
    rows = good_rows(3)
    rows[2]["成果名称*"] = f"{rows[0]['成果名称*']}研究"
    batch = upload(build(rows))
    assert [row.row_no for row in rows_of(batch, ALIKE)] == [4]
    first = leave(line(batch, 2))
    assert list(rows_of(batch, ALIKE)) == []
    leave(first, out=False)
    assert [row.row_no for row in rows_of(batch, ALIKE)] == [4]
    assert str(REMARKED).count("code") == len(ROW_REMARKS)  # every sentence about a row has its place under “alike”


def test_rows_stay_left_out_when_the_file_is_checked_again(upload, leave, university_officer):
    batch = upload(build(good_rows(3)))
    leave(line(batch, 3))
    batch.refresh_from_db()
    mapping.set_mapping(by=university_officer, batch=batch, version=batch.version, columns={})
    run_due_jobs()
    batch.refresh_from_db()
    assert line(batch, 3).group == RowGroup.LEFT_OUT
    assert accounted(batch, 3)


def test_a_row_that_somebody_changed_meanwhile_is_not_left_out(upload, leave):
    batch = upload(build(good_rows(3)))
    seen = line(batch, 3)
    leave(line(batch, 3))
    with pytest.raises(StaleState):
        leave(seen)


def test_rows_are_left_out_and_brought_back_on_the_page(officer, upload):
    batch = upload(build(good_rows(3)))
    row = line(batch, 3)
    assert 'name="leave" value="1"' in officer.get(url("detail", batch)).content.decode()
    officer.post(url("leave", batch, 3), {"version": row.version, "leave": "1", "group": "new"})
    page = officer.get(f"{url('detail', batch)}?group=left_out").content.decode()
    assert 'name="leave" value="0"' in page
    assert line(batch, 3).group == RowGroup.LEFT_OUT
    officer.post(url("leave", batch, 3), {"version": line(batch, 3).version, "leave": "0", "group": "left_out"})
    assert line(batch, 3).group == RowGroup.NEW
    assert officer.post(url("leave", batch, 3), {"version": row.version, "leave": "1"}).status_code == 409


# --- Readings that are offered -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("column", "text", "expected"), [
    ("tech_field", "先进制造工艺", ["0804 先进制造工艺与装备"]),
    ("tech_field", "火星", []),
    ("trl", "6-7级", ["6", "7"]),
    ("trl", "约6级", ["6级"]),
    ("unit_opinion_on", "2026年3月5号", ["2026-03-05"]),
    ("unit_opinion_on", "2026-3-5 星期四", ["2026-03-05"]),
    ("unit_opinion_on", "二〇二六年三月十五日", ["2026-03-15"]),
    ("unit_opinion_on", "26.3.5", ["2026-03-05"]),
    ("unit_opinion_on", "3/5/2026", ["2026-03-05", "2026-05-03"]),
    ("unit_opinion_on", "13/5/2026", ["2026-05-13"]),
    ("unit_opinion_on", "46086", ["2026-03-05"]),
    ("unit_opinion_on", "下学期", []),
    ("price_fen", "12", ["12万元", "12元"]),
    ("price_fen", "约12万元左右", ["12万元"]),
    ("price_fen", "面议", []),
    ("contact_email", "zhang @example.edu.cn；", ["zhang@example.edu.cn"]),
    ("contact_phone", "手机138 0000 0000", ["13800000000"]),
    ("contact_phone", "025-80000000", []),  # can be read as it is
])  # fmt: skip
def test_what_is_offered_for_a_cell_that_cannot_be_read(column, text, expected):
    row = ImportRow(pk=1, errors=[])
    assert offers(find_kind("achievement"), [(row, column, text)])[row, column] == expected


def test_the_nearest_organisations_are_offered_for_a_name_that_nobody_has(university):
    assert near_names([f"{university.name}（本部）"]) == {f"{university.name}（本部）": [university.name]}
    assert near_names(["月球电厂"]) == {"月球电厂": []}


def test_one_click_adopts_a_reading(officer, upload):
    rows = good_rows(3)
    rows[1]["技术领域*"] = "先进制造工艺"
    batch = upload(build(rows))
    page = officer.get(url("detail", batch)).content.decode()
    assert 'name="adopt" value="tech_field:0804 先进制造工艺与装备"' in page
    # Enter presses the first button of a form: that one saves what was typed.
    form = page[page.index("data-mend>") :]
    assert form.index("default-button") < form.index('name="adopt"')
    row = line(batch, 3)
    given = {"version": row.version, "cell-tech_field": "先进制造工艺", "adopt": "tech_field:0804 先进制造工艺与装备"}
    answer = officer.post(url("mend", batch, 3), given, headers=HTMX).content.decode()
    assert "is-mended" in answer
    assert line(batch, 3).mended == {"tech_field": "0804 先进制造工艺与装备"}


def test_what_the_hint_names_can_be_taken_by_a_click(officer, upload):
    rows = good_rows(3)
    rows[1]["学科*"] = "炼金术"
    batch = upload(build(rows))
    names = line(batch, 3).errors[0]["hint"]["p"]["names"]
    page = officer.get(url("detail", batch)).content.decode()
    for name in names.split("、"):
        assert f'name="adopt" value="discipline:{name}"' in page


# --- The same error in many rows ---------------------------------------------------------------------------------


def many_wrong(count=6):
    rows = good_rows(count)
    for row in rows[1:]:
        row["技术领域*"] = "先进制造工艺"
    rows[-1]["技术领域*"] = "火星"
    return rows


def test_the_same_content_is_mended_in_all_rows_at_once(officer, upload):
    batch = upload(build(many_wrong()))
    page = officer.get(url("detail", batch))
    (group,) = page.context["repeated"]
    assert (group["count"], group["cell"]["value"]) == (4, "先进制造工艺")
    row = line(batch, 3)
    given = {"version": row.version, "column": "tech_field", "cell-tech_field": "0701"}
    assert officer.post(url("alike", batch, 3), given).status_code == 302
    batch.refresh_from_db()
    assert (batch.counts["new"], batch.counts["invalid"]) == (5, 1)
    assert line(batch, 6).mended == {"tech_field": "0701"}
    assert line(batch, 7).mended == {}
    assert accounted(batch, 6)
    assert officer.post(url("alike", batch, 3), given).status_code == 409  # the row is not what it was


def test_the_button_beside_a_cell_mends_all_that_hold_the_same(officer, upload):
    batch = upload(build(many_wrong()))
    row = line(batch, 4)
    assert 'name="everywhere"' in officer.get(url("detail", batch)).content.decode()
    answer = officer.post(
        url("mend", batch, 4), {"version": row.version, "everywhere": "tech_field:0804"}, headers=HTMX
    )
    assert answer.headers["HX-Refresh"] == "true"
    batch.refresh_from_db()
    assert (batch.counts["new"], batch.counts["invalid"]) == (5, 1)


def test_rows_with_the_same_error_are_left_out_at_once(officer, upload):
    rows = good_rows(6)
    for row in rows[3:]:
        row["成果名称*"] = rows[0]["成果名称*"]
    batch = upload(build(rows))
    (group,) = officer.get(url("detail", batch)).context["repeated"]
    assert (group["count"], bool(group["whole"])) == (3, True)
    row = group["row"]
    officer.post(url("alike", batch, row.row_no), {"version": row.version, "column": "title", "leave": "1"})
    batch.refresh_from_db()
    assert (batch.counts["new"], batch.counts["left_out"], batch.counts["invalid"]) == (3, 3, 0)
    assert accounted(batch, 6)


def test_dates_written_otherwise_are_read_in_one_go(officer, upload):
    rows = good_rows(5)
    for day, row in enumerate(rows[1:4], start=1):
        row["审核日期"] = f"2026年3月{day}号"
    rows[4]["审核日期"] = "3/5/2026"  # two readings: nobody guesses
    batch = upload(build(rows))
    (column,) = officer.get(url("detail", batch)).context["wrong_columns"]
    assert column["name"] == "unit_opinion_on"
    officer.post(url("adopt", batch), {"version": batch.version, "column": "unit_opinion_on"})
    assert [line(batch, row).mended.get("unit_opinion_on", "") for row in range(3, 7)] == [
        "2026-03-01", "2026-03-02", "2026-03-03", ""]  # fmt: skip
    batch.refresh_from_db()
    assert batch.counts["invalid"] == 1


def test_the_unit_of_bare_amounts_is_said_once(officer, upload):
    rows = good_rows(4)
    headings = [heading.replace("（万元）", "") for heading in HEADINGS]
    rows = [{**row, "意向价格": price} for row, price in zip(rows, ("12", "30", "5万元", "面议"), strict=True)]
    batch = upload(build(rows, headings=headings))
    (column,) = officer.get(url("detail", batch)).context["wrong_columns"]
    assert column["money"]
    officer.post(url("adopt", batch), {"version": batch.version, "column": "price_fen", "unit": "万元"})
    assert [line(batch, row).mended.get("price_fen", "") for row in range(2, 6)] == ["12万元", "30万元", "", ""]
    old = {"version": batch.version, "column": "price_fen", "unit": "万元"}
    assert officer.post(url("adopt", batch), old).status_code == 409


def test_many_repeated_rows_cost_no_more_queries_than_few(officer, upload, django_assert_max_num_queries):
    batch = upload(build(many_wrong(24)))
    officer.get(url("detail", batch))
    with django_assert_max_num_queries(22):
        officer.get(url("detail", batch))


def test_rows_that_get_the_same_name_in_one_go_are_settled_among_each_other(upload, university_officer):
    rows = good_rows(5)
    for row in rows[1:4]:
        row["成果名称*"] = "长" * 200
    batch = upload(build(rows))
    row = line(batch, 3)
    count = mending.mend_alike(
        by=university_officer, batch=batch, row=row, row_version=row.version, column="title", text="一个名称"
    )
    assert count == 3
    assert [line(batch, number).group for number in (3, 4, 5)] == [RowGroup.NEW, RowGroup.INVALID, RowGroup.INVALID]
    assert accounted(batch, 5)


def test_rows_that_become_one_record_cost_the_same_queries_however_many_they_are(upload, university_officer):
    def count(many: int) -> int:
        rows = good_rows(many)
        for row in rows[1:]:
            row["成果名称*"] = "长" * 200
        batch = upload(build(rows))
        row = line(batch, 3)
        with CaptureQueriesContext(connection) as seen:
            mending.mend_alike(
                by=university_officer, batch=batch, row=row, row_version=row.version, column="title", text="一个名称"
            )
        assert batch.rows.filter(group=RowGroup.INVALID).count() == many - 2
        return len(seen)

    assert count(24) == count(5)


def test_a_column_is_read_no_further_than_one_click_mends(upload, university_officer, monkeypatch):
    rows = good_rows(6)
    for day, row in enumerate(rows, start=1):
        row["审核日期"] = f"2026年3月{day}号"
    batch = upload(build(rows))
    read, readings = [], suggesting.readings
    monkeypatch.setattr(suggesting, "readings", lambda field, text: read.append(text) or readings(field, text))
    monkeypatch.setattr(mending, "MOST_AT_ONCE", 2)
    adopt = {"by": university_officer, "batch": batch, "column": "unit_opinion_on"}
    assert mending.adopt_all(**adopt, version=batch.version) == 2
    assert read == ["2026年3月1号", "2026年3月2号"]


def test_codes_and_names_are_not_read_for_a_whole_column(upload, university_officer):
    batch = upload(build(many_wrong()))  # for four of these rows one code is offered
    with pytest.raises(mending.NotMendable):
        mending.adopt_all(by=university_officer, batch=batch, version=batch.version, column="tech_field")


def test_rows_like_those_that_are_left_out_together_are_no_longer_pointed_out(upload, university_officer):
    rows = good_rows(5)
    rows[3]["成果名称*"] = f"{rows[0]['成果名称*']}研究"
    rows[4]["成果名称*"] = f"{rows[2]['成果名称*']}研究"
    batch = upload(build(rows))
    for row in (line(batch, 2), line(batch, 3)):
        wrong = {"tech_field": "火星"}
        mending.mend_cells(by=university_officer, batch=batch, row=row, row_version=row.version, cells=wrong)
    assert [row.row_no for row in rows_of(batch, ALIKE)] == [5, 6]
    row = line(batch, 2)
    mending.leave_out_alike(by=university_officer, batch=batch, row=row, row_version=row.version, column="tech_field")
    assert [row.row_no for row in rows_of(batch, ALIKE)] == [6]
    batch.refresh_from_db()
    assert batch.counts["alike"] == 1


def test_an_answer_that_is_refused_leaves_the_row_left_out(officer, upload, university, leave):
    rows = good_rows(3)
    AchievementFactory(body__owner=university, title=f"{rows[1]['成果名称*']}研究")
    batch = upload(build(rows))
    row = leave(line(batch, 3))
    officer.post(url("answer", batch, 3), {"version": row.version, "answer": str(uuid4())})
    assert line(batch, 3).group == RowGroup.LEFT_OUT
    officer.post(url("answer", batch, 3), {"version": row.version, "answer": "new"})
    assert (line(batch, 3).group, line(batch, 3).answer) == (RowGroup.NEW, "new")
