"""Columns assigned by hand and remembered, another sheet chosen, CSV in every spelling, files as people keep them."""

from io import BytesIO

import pytest
from openpyxl import Workbook

from matchmaking.accounts.enums import Role
from matchmaking.common.workflow import StaleState
from matchmaking.intake.models import BatchState, HeaderMapping, ImportBatch, ImportRow, RowGroup
from matchmaking.intake.refusals import remarks_of
from matchmaking.intake.selectors import headings_of, rows_of
from matchmaking.intake.services import import_results, imports, mapping, mending
from matchmaking.jobs.models import Job
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.notifications.models import Notification
from tests import messy
from tests.factories.accounts import member
from tests.workbooks import build, good_rows

pytestmark = pytest.mark.django_db
OWN = ["本院成果", "方向", "电话号码", "院内备注"]


@pytest.fixture
def assign(university_officer):
    def assigned(batch: ImportBatch, columns, **options) -> ImportBatch:
        batch.refresh_from_db()
        mapping.set_mapping(by=university_officer, batch=batch, version=batch.version, columns=columns, **options)
        run_due_jobs()
        batch.refresh_from_db()
        return batch

    return assigned


def own(*rows) -> bytes:
    return build([dict(zip(OWN, row, strict=True)) for row in rows], headings=OWN)


def book(**sheets) -> bytes:
    made = Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    file = BytesIO()
    made.save(file)
    return file.getvalue()


LIST = [["成果名称", "技术领域"], ["一种技术", "0804"], ["另一种技术", "0701"]]
TABLE = own(["一种技术", "0804", "025-80000000", "略"], ["另一种技术", "0701", "", "略"])


# --- Columns -----------------------------------------------------------------------------------------------------


def test_a_list_with_headings_of_its_own_waits_for_its_columns(upload):
    batch = upload(TABLE)
    assert (batch.state, batch.refusal) == (BatchState.MAPPING, None)
    assert "成果名称" in remarks_of(batch.remarks)[0]
    assert [(one["letter"], one["text"], one["column"]) for one in headings_of(batch)] == [
        (letter, text, "") for letter, text in zip("ABCD", OWN, strict=True)
    ]
    assert headings_of(batch)[0]["samples"] == ["一种技术", "另一种技术"]
    assert "80000000" not in str(ImportBatch.objects.filter(pk=batch.pk).values())  # what stands below is sealed
    assert Notification.objects.filter(kind="import_columns").count() == 1
    assert not batch.rows.exists()


def test_assigned_columns_are_read_and_remembered(upload, assign, commit, other_university, other_university_officer):
    batch = assign(upload(TABLE), {0: "title", 1: "tech_field", 2: "contact_phone", 3: ""})
    assert (batch.state, batch.counts["new"]) == (BatchState.CHECKED, 2)
    assert batch.remarks == []  # what is left out on purpose is worth no remark
    assert set(HeaderMapping.objects.values_list("heading", "column")) == {
        ("本院成果", "title"), ("方向", "tech_field"), ("电话号码", "contact_phone"), ("院内备注", ""),
    }  # fmt: skip
    commit(batch)
    again = upload(own(["一种技术", "0804", "025-80000000", "新的"], ["第三种技术", "0804", "", ""]))
    assert (again.state, again.counts["unchanged"], again.counts["new"]) == (BatchState.CHECKED, 1, 1)
    theirs = upload(TABLE, by=other_university_officer, owner=other_university)
    assert theirs.state == BatchState.MAPPING  # remembered for one organisation alone


def test_mended_cells_stay_when_the_worker_dies_in_the_second_check(upload, university_officer, monkeypatch):
    rows = good_rows(3)
    rows[1]["学科*"] = "炼金术"
    batch = upload(build(rows))
    row = batch.rows.get(row_no=3)
    mending.mend_cells(by=university_officer, batch=batch, row=row, row_version=1, cells={"discipline": "460"})
    batch.refresh_from_db()
    monkeypatch.setattr(import_results, "store_rows", lambda **kwargs: None)
    monkeypatch.setattr(import_results, "check_batch", lambda **kwargs: 1 / 0)
    mapping.set_mapping(by=university_officer, batch=batch, version=batch.version, columns={7: ""})
    run_due_jobs(raise_errors=False)
    assert not batch.rows.exists()  # forgotten, and not written anew
    monkeypatch.undo()
    Job.objects.update(run_after="2020-01-01T00:00Z")
    run_due_jobs()
    assert batch.rows.get(row_no=3).mended == {"discipline": "460"}


def test_columns_can_be_corrected_after_the_check_and_mended_cells_stay(upload, assign, university_officer):
    rows = good_rows(3)
    rows[1]["学科*"] = "炼金术"
    for row in rows:
        row["研究方向"] = row.pop("技术领域*")
    headings = list(rows[0])
    batch = upload(build(rows, headings=headings))
    assert batch.counts["incomplete"] == 2
    row = batch.rows.get(row_no=3)
    mending.mend_cells(by=university_officer, batch=batch, row=row, row_version=1, cells={"discipline": "460"})
    batch = assign(batch, {headings.index("研究方向"): "tech_field"})
    assert (batch.counts["incomplete"], batch.counts["invalid"], batch.counts["mended"]) == (0, 0, 1)
    assert batch.rows.get(row_no=3).mended == {"discipline": "460"}
    assert "mended" not in batch.chosen


@pytest.mark.parametrize(
    "columns",
    [{0: "title", 1: "title"}, {0: "price"}, {1: "tech_field"}, {0: "title", 500: "trl"}, {0: "title", -1: ""}],
)
def test_columns_that_make_no_sense_are_refused(upload, university_officer, columns):
    batch = upload(TABLE)
    with pytest.raises(mapping.BadMapping) as caught:
        mapping.set_mapping(by=university_officer, batch=batch, version=batch.version, columns=columns)
    assert str(caught.value)
    assert not HeaderMapping.objects.exists()


def test_of_two_people_who_assign_columns_one_wins(upload, assign, university):
    batch = upload(TABLE)
    colleague = member(university, Role.UNIVERSITY_OFFICER)
    seen = ImportBatch.objects.get(pk=batch.pk)
    assign(batch, {0: "title"})
    with pytest.raises(StaleState):
        mapping.set_mapping(by=colleague, batch=seen, version=seen.version, columns={1: "title"})
    assert list(HeaderMapping.objects.values_list("column", flat=True)) == ["title"]


def test_two_columns_of_one_meaning_are_asked_about(upload, assign):
    batch = upload(book(成果=[["成果名称", "项目名称"], ["一种技术", "课题甲"]]))
    assert batch.state == BatchState.MAPPING
    assert "A" in remarks_of(batch.remarks)[0]
    batch = assign(batch, {1: "", 0: "title"})
    assert (batch.state, batch.counts["new"]) == (BatchState.CHECKED, 1)


def test_the_row_of_headings_can_be_said(upload, assign):
    batch = upload(book(成果=[["成果名称", "备注", "说明"], ["项目", "方向", "编号"], ["一种技术", "0804", "1"]]))
    batch = assign(batch, {0: "title", 1: "tech_field", 2: ""}, heading_row=2)
    assert (batch.counts["new"], batch.counts["above"]) == (1, 2)


def test_an_upload_that_waits_for_columns_can_be_given_up(upload, university_officer):
    batch = upload(TABLE)
    imports.abandon_batch(by=university_officer, batch=batch, version=batch.version)
    assert batch.state == BatchState.ABANDONED


# --- Sheets ------------------------------------------------------------------------------------------------------


def test_a_sheet_of_explanations_before_the_list_is_passed_over(upload):
    batch = upload(book(填表要求=[["各学院："], ["1. 一项成果一行", "见下表"]], 成果汇总=LIST))
    assert (batch.state, batch.counts["new"], batch.heading["sheet"]) == (BatchState.CHECKED, 2, "成果汇总")


def test_two_lists_in_one_file_are_named_and_can_be_chosen(upload, university_officer):
    batch = upload(book(机械学院=LIST, 材料学院=[*LIST, ["第三种技术", "0804"]]))
    assert batch.counts["new"] == 2
    (remark,) = batch.remarks
    assert (remark["code"], remark["sheets"]) == ("same_shape", ["材料学院"])
    with pytest.raises(mapping.BadMapping):
        mapping.choose_sheet(by=university_officer, batch=batch, version=batch.version, sheet="环境学院")
    mapping.choose_sheet(by=university_officer, batch=batch, version=batch.version, sheet="材料学院")
    run_due_jobs()
    batch.refresh_from_db()
    assert (batch.counts["new"], batch.heading["sheet"]) == (3, "材料学院")
    assert batch.remarks[0]["sheets"] == ["机械学院"]


# --- CSV ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("sign", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_csv_in_every_spelling(upload, encoding, sign):
    lines = [["某大学成果汇总表"], ["成果名称", "技术领域", "关键词"], ["一种技术", "0804", "甲、乙、丙"],
             ["另一种技术", "火星", "甲"]]  # fmt: skip
    batch = upload("\r\n".join(sign.join(line) for line in lines).encode(encoding), name="成果.csv")
    assert (batch.state, batch.counts["new"], batch.counts["invalid"]) == (BatchState.CHECKED, 1, 1)


# --- A file as a university keeps it -----------------------------------------------------------------------------


def test_a_messy_workbook_and_the_one_of_the_next_term(upload, assign, commit, university_officer):
    data = messy.rows(100)
    batch = upload(messy.build(data))
    assert batch.state == BatchState.CHECKED
    assert accounted(batch)
    assert batch.counts["notes"] == 3
    assert batch.counts["new"] + batch.counts["invalid"] == 100
    level = next(one["index"] for one in batch.headings if "目前做到哪一步" in one["text"])
    batch = assign(batch, {level: "trl"})
    assert accounted(batch)
    assert batch.counts["invalid"] <= 5
    batch = commit(batch, leave_out_invalid=True)
    again = upload(messy.build(messy.next_term(data)))
    assert accounted(again)
    assert again.counts["unchanged"] + again.counts["changed"] >= 90
    assert again.counts["changed"] >= 3


def accounted(batch: ImportBatch) -> bool:
    in_file = ImportRow.objects.filter(batch=batch).in_file().count()
    groups = sum(batch.counts[group] for group in RowGroup.values if group != RowGroup.MISSING)
    rest = batch.counts["blank"] + batch.counts["above"] + batch.counts["notes"]
    return groups == in_file and batch.counts["read"] == groups + rest and bool(rows_of(batch))
