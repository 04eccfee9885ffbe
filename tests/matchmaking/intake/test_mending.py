"""The preview as a place to work: cells mended, questions answered, missing records withdrawn; then one commit."""

import pytest
from django.utils import translation

from catalog.models import Achievement
from matchmaking.accounts.enums import Role
from matchmaking.common.workflow import StaleState
from matchmaking.intake.examining import open_examination
from matchmaking.intake.models import BatchState, ImportBatch, ImportRow, RowGroup
from matchmaking.intake.refusals import errors_of, obstacle_of, row_remarks_of
from matchmaking.intake.selectors import ALIKE, MENDED, QUESTIONS, rows_of
from matchmaking.intake.services import import_results, imports, mending
from matchmaking.jobs.runner import run_due_jobs
from tests.factories.accounts import member
from tests.factories.catalog import AchievementFactory
from tests.factories.programmes import programme
from tests.workbooks import build, good_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def mend(university_officer):
    def mended(row: ImportRow, by=None, **cells) -> ImportRow:
        return mending.mend_cells(
            by=by or university_officer, batch=row.batch, row=row, row_version=row.version, cells=cells
        )

    return mended


def wrong(count=5, *, at=1, **cells):
    """Good rows of which one has other cells."""
    rows = good_rows(count)
    rows[at] |= {"技术领域*": "火星"} | cells
    return rows


def line(batch: ImportBatch, row_no: int) -> ImportRow:
    return batch.rows.select_related("batch").get(row_no=row_no)


def accounted(batch: ImportBatch) -> bool:
    batch.refresh_from_db()
    groups = sum(batch.counts[group] for group in RowGroup.values if group != RowGroup.MISSING)
    stored = {group: batch.rows.filter(group=group).count() for group in RowGroup.values}
    whole = batch.counts["read"] == groups + batch.counts["blank"] + batch.counts["above"] + batch.counts["notes"]
    return whole and all(batch.counts[group] == count for group, count in stored.items())


# --- Cells -------------------------------------------------------------------------------------------------------


def test_a_mended_cell_makes_the_row_good(upload, mend, commit):
    batch = upload(build(wrong()))
    assert batch.counts["invalid"] == 1
    row = mend(line(batch, 3), tech_field="0804")
    assert (row.group, row.errors, row.mended) == (RowGroup.NEW, [], {"tech_field": "0804"})
    assert row.values["tech_field"] == "火星"  # what stood in the file stays
    assert accounted(batch)
    assert (batch.counts["invalid"], batch.counts["new"], batch.counts["mended"]) == (0, 5, 1)
    assert list(rows_of(batch, MENDED)) == [row]
    batch = commit(batch)
    assert batch.state == BatchState.COMMITTED
    made = Achievement.objects.get(uuid=line(batch, 3).target_id)
    assert made.tech_field == "0804"
    assert Achievement.objects.count() == 5


def test_a_cell_that_is_still_wrong_says_so_and_keeps_what_was_typed(upload, mend):
    batch = upload(build(wrong()))
    row = mend(line(batch, 3), tech_field="木星")
    assert row.group == RowGroup.INVALID
    (error,) = errors_of(row)
    assert (error["value"], error["cell"]) == ("木星", "I3")
    assert "木星" in error["message"]


def test_back_to_what_stood_in_the_file_is_no_mending(upload, mend):
    batch = upload(build(wrong()))
    row = mend(line(batch, 3), tech_field="0804")
    row = mend(line(batch, 3), tech_field="火星")
    assert (row.group, row.mended) == (RowGroup.INVALID, {})
    assert accounted(batch)


def test_a_formula_without_a_result_stays_an_error_until_it_is_written_over(upload, mend, monkeypatch):
    from matchmaking.intake import examining

    opened = examining.open_table

    def with_formula(*args, **kwargs):
        table = opened(*args, **kwargs)
        table.uncomputed = ["I3"]
        return table

    monkeypatch.setattr(examining, "open_table", with_formula)
    batch = upload(build(good_rows(3)))
    assert line(batch, 3).group == RowGroup.INVALID
    assert mend(line(batch, 3), title="别的名称").group == RowGroup.INVALID
    assert mend(line(batch, 3), tech_field="0701").group == RowGroup.NEW


def test_private_cells_that_are_mended_are_stored_encrypted(upload, mend, commit):
    rows = wrong()
    rows[1] |= {"技术领域*": "0804", "联系电话": "找办公室"}
    batch = upload(build(rows))
    row = mend(line(batch, 3), contact_phone="025-81234567")
    assert row.group == RowGroup.NEW
    assert "81234567" not in str(ImportRow.objects.filter(pk=row.pk).values())
    batch = commit(ImportBatch.objects.get(pk=batch.pk))
    assert Achievement.objects.get(uuid=line(batch, 3).target_id).body.contact["phone"] == "025-81234567"


def test_the_second_of_two_equal_rows_is_good_when_the_first_gets_another_name(upload, mend):
    rows = good_rows(4)
    rows[3]["成果名称*"] = rows[0]["成果名称*"]
    batch = upload(build(rows))
    assert [row.group for row in rows_of(batch)] == ["new", "new", "new", "invalid"]
    mend(line(batch, 2), title="完全不同的另一项技术")
    assert [row.group for row in rows_of(batch)] == ["new", "new", "new", "new"]
    mend(line(batch, 4), title=rows[0]["成果名称*"])  # now row 4 is the first with this name
    assert [row.group for row in rows_of(batch)] == ["new", "new", "new", "invalid"]
    assert "4" in errors_of(line(batch, 5))[0]["message"]
    assert accounted(batch)


@pytest.mark.parametrize("cells", [{"price": "1"}, {"title": "长" * 40_000}, {"maturity": "通过中试"}])
def test_what_is_no_cell_of_the_file_cannot_be_mended(upload, mend, cells):
    batch = upload(build(wrong()))
    with pytest.raises(mending.NotMendable):
        mend(line(batch, 3), **cells)
    assert line(batch, 3).mended == {}


def test_of_two_people_who_mend_one_row_the_second_is_told(upload, mend, university):
    batch = upload(build(wrong()))
    colleague = member(university, Role.UNIVERSITY_OFFICER)
    seen_by_colleague, other_row = line(batch, 3), line(batch, 4)
    mend(line(batch, 3), tech_field="0804")
    with pytest.raises(StaleState):
        mend(seen_by_colleague, by=colleague, tech_field="0701")
    mend(other_row, by=colleague, title="同事改过的名称")  # another row is nobody's harm
    assert line(batch, 3).mended == {"tech_field": "0804"}
    assert accounted(batch)


def test_who_looked_before_the_mending_does_not_commit_it(upload, mend, university_officer):
    batch = upload(build(wrong()))
    seen = batch.version
    mend(line(batch, 3), tech_field="0804")
    batch.refresh_from_db()
    with pytest.raises(StaleState):
        imports.commit_batch(by=university_officer, batch=batch, version=seen)


def test_nothing_is_mended_once_the_commit_has_begun(upload, mend, university_officer):
    batch = upload(build(wrong()))
    imports.commit_batch(by=university_officer, batch=batch, version=batch.version, leave_out_invalid=True)
    with pytest.raises(StaleState):
        mend(line(batch, 3), tech_field="0804")


def test_an_error_is_read_in_the_language_of_the_reader(upload):
    batch = upload(build(wrong()))
    row = line(batch, 3)
    with translation.override("en"):
        assert errors_of(row)[0]["message"] == "“火星” is not in the list."
    assert row.errors[0]["message"] == {"m": "“%(text)s” is not in the list.", "p": {"text": "火星"}}


# --- Questions ---------------------------------------------------------------------------------------------------


@pytest.fixture
def known(university):
    """A record whose name is nearly that of the first row."""
    title = good_rows(1)[0]["成果名称*"].replace("技术", "的技术")
    return AchievementFactory(body__owner=university, title=title, programme=programme())


def test_nearly_the_same_name_is_asked_about(upload, known, commit, university_officer):
    batch = upload(build(good_rows(3)))
    (row,) = rows_of(batch, QUESTIONS)
    assert (row.row_no, row.similar[0]["uuid"]) == (2, str(known.uuid))
    assert batch.counts["questions"] == 1
    assert batch.counts["missing"] == 0  # as long as nobody has said that it is another one
    with pytest.raises(imports.UnansweredQuestions):
        commit(batch)
    row = mending.answer_similar(by=university_officer, batch=batch, row=row, row_version=row.version,
                                 target=known.uuid)  # fmt: skip
    assert row.group == RowGroup.CHANGED
    assert "title" in {change["name"] for change in row.cleaned["changes"]}
    assert accounted(batch)
    batch = commit(batch)
    known.refresh_from_db()
    assert known.title == good_rows(1)[0]["成果名称*"]
    assert Achievement.objects.count() == 3


def test_a_row_that_is_new_after_all(upload, known, commit, university_officer):
    batch = upload(build(good_rows(3)))
    assert mending.answer_all_new(by=university_officer, batch=batch, version=batch.version) == 1
    batch.refresh_from_db()
    assert (batch.counts["questions"], batch.counts["missing"]) == (0, 1)
    commit(batch)
    assert Achievement.objects.count() == 4


def test_an_answer_can_be_changed_and_must_be_one_of_those_offered(upload, known, university_officer, other_university):
    batch = upload(build(good_rows(3)))
    foreign = AchievementFactory(body__owner=other_university)

    def answer(target):
        row = line(batch, 2)
        return mending.answer_similar(by=university_officer, batch=batch, row=row, row_version=row.version,
                                      target=target)  # fmt: skip

    with pytest.raises(mending.UnknownAnswer):
        answer(foreign.uuid)
    assert answer(known.uuid).group == RowGroup.CHANGED
    assert answer(None).group == RowGroup.NEW
    assert accounted(batch)
    assert batch.counts["missing"] == 1


def test_two_rows_cannot_be_the_same_record(upload, known, university_officer):
    rows = good_rows(2)
    rows[1]["成果名称*"] = rows[0]["成果名称*"].replace("技术", "新技术")
    batch = upload(build(rows))
    for row_no in (2, 3):
        row = line(batch, row_no)
        mending.answer_similar(by=university_officer, batch=batch, row=row, row_version=row.version,
                               target=known.uuid)  # fmt: skip
    assert [row.group for row in rows_of(batch) if row.row_no] == [RowGroup.CHANGED, RowGroup.INVALID]


def test_the_number_of_a_patent_names_the_record(upload, commit, university_officer):
    commit(upload(build(good_rows(2))))
    rows = good_rows(2)
    rows[0]["成果名称*"] = f"{rows[0]['成果名称*']}及应用推广"
    batch = upload(build(rows))
    row = line(batch, 2)
    assert (row.group, [one["name"] for one in row.cleaned["changes"]]) == (RowGroup.CHANGED, ["title"])


def test_names_that_differ_in_a_number_are_different(upload, commit):
    commit(upload(build(good_rows(2))))
    rows = good_rows(2)
    for row in rows:
        row["成果名称*"] = row["成果名称*"].replace("号", "0号")
        row["知识产权*"] = ""
    assert upload(build(rows)).counts["questions"] == 0


def test_two_new_rows_with_nearly_one_name_are_pointed_out(upload):
    rows = good_rows(3)
    rows[2]["成果名称*"] = rows[0]["成果名称*"].replace("技术", "新技术")
    batch = upload(build(rows))
    (row,) = rows_of(batch, ALIKE)
    assert row.row_no == 4
    assert "2" in row_remarks_of(row)[0]
    assert batch.counts["alike"] == 1


# --- Missing records ---------------------------------------------------------------------------------------------


@pytest.fixture
def five(upload, commit):
    commit(upload(build(good_rows(5))))
    return good_rows(5)


def test_records_that_are_not_in_the_file_are_named_and_left_alone(upload, commit, five):
    five[0]["成熟度*"] = 9
    batch = upload(build(five[:3]))
    assert (batch.counts["missing"], batch.counts["withdraw"]) == (2, 0)
    assert accounted(batch)
    titles = {row.values["title"] for row in rows_of(batch, RowGroup.MISSING)}
    assert titles == {row["成果名称*"] for row in five[3:]}
    commit(batch)
    assert set(Achievement.objects.values_list("state", flat=True)) == {"draft"}


def test_chosen_records_are_withdrawn_by_the_commit(upload, commit, five, university_officer):
    batch = upload(build(five[:3]))
    first = rows_of(batch, RowGroup.MISSING).first()
    assert mending.choose_missing(
        by=university_officer, batch=batch, version=batch.version, rows=[first], withdraw=True
    ) == 1  # fmt: skip
    batch = commit(ImportBatch.objects.get(pk=batch.pk))
    assert batch.state == BatchState.COMMITTED
    (gone,) = Achievement.objects.filter(state="withdrawn")
    assert gone.public_no == first.target_no


def test_a_choice_can_be_taken_back(upload, five, university_officer):
    batch = upload(build(five[:3]))
    for withdraw in (True, False):
        batch.refresh_from_db()
        mending.choose_missing(by=university_officer, batch=batch, version=batch.version, rows=None, withdraw=withdraw)
    batch.refresh_from_db()
    assert batch.counts["withdraw"] == 0
    with pytest.raises(imports.NothingToImport):
        imports.commit_batch(by=university_officer, batch=batch, version=batch.version)


def test_what_was_agreed_is_not_withdrawn_by_a_list(upload, five, university_officer):
    agreed = Achievement.objects.order_by("pk").last()
    for state in ("submitted", "accepted", "under_negotiation", "committed"):
        Achievement.objects.filter(pk=agreed.pk).update(state=state)
    batch = upload(build(five[:3]))
    row = rows_of(batch, RowGroup.MISSING).get(target_id=agreed.uuid)
    assert obstacle_of(row)
    mending.choose_missing(by=university_officer, batch=batch, version=batch.version, rows=None, withdraw=True)
    batch.refresh_from_db()
    assert batch.counts["withdraw"] == 1


def test_a_record_that_was_changed_since_is_not_withdrawn(upload, commit, five, university_officer):
    batch = upload(build(five[:4]))
    mending.choose_missing(by=university_officer, batch=batch, version=batch.version, rows=None, withdraw=True)
    row = batch.rows.get(group=RowGroup.MISSING)
    Achievement.objects.filter(uuid=row.target_id).update(version=7)
    batch = commit(ImportBatch.objects.get(pk=batch.pk))
    assert (batch.state, batch.remarks[0]["code"]) == (BatchState.CHECKED, "changed_meanwhile")
    assert not Achievement.objects.filter(state="withdrawn").exists()
    assert not batch.rows.get(group=RowGroup.MISSING).withdraw  # to be chosen anew


def test_a_commit_looks_at_what_it_withdraws_before_it_writes(upload, five, university_officer):
    batch = upload(build(five[:4]))
    mending.choose_missing(by=university_officer, batch=batch, version=batch.version, rows=None, withdraw=True)
    for change in ({"version": 7}, {"version": 1, "state": "submitted"}):
        Achievement.objects.filter(uuid=batch.rows.get(group=RowGroup.MISSING).target_id).update(**change)
        with open_examination(batch) as examination:
            assert len([row for piece in examination.pieces() for row in piece]) == 4
            if change["version"] == 7:
                with pytest.raises(import_results.OutcomeChanged):
                    import_results.expect_missing(batch=batch, examination=examination)
            else:  # handed in, which its owner may still withdraw
                import_results.expect_missing(batch=batch, examination=examination)


def test_records_of_another_programme_are_not_missing(upload, university):
    AchievementFactory(body__owner=university, programme=programme("QXWQ"))
    assert upload(build(good_rows(1))).counts["missing"] == 0


def test_mended_rows_survive_the_records_that_changed_meanwhile(upload, mend, commit, university, five):
    rows = [*five, *wrong(6)[5:]]
    rows[5]["技术领域*"] = "火星"
    batch = upload(build(rows))
    mend(line(batch, 7), tech_field="0804")
    Achievement.objects.filter(pk=Achievement.objects.first().pk).update(application_text="改过", version=2)
    batch = commit(ImportBatch.objects.get(pk=batch.pk))
    assert (batch.state, batch.remarks[0]["code"]) == (BatchState.CHECKED, "changed_meanwhile")
    assert line(batch, 7).group == RowGroup.NEW
    run_due_jobs()
    assert commit(batch).state == BatchState.COMMITTED
