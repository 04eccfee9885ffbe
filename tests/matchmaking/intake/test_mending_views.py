"""The pages on which an upload is mended: columns, cells, questions, missing records, undo, submitting many."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from catalog.models import Achievement
from matchmaking.accounts.enums import Role
from matchmaking.intake.models import BatchState, ImportBatch, RowGroup
from matchmaking.intake.services.mending import mend_cells
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.programmes.selectors import current_programmes
from tests.factories.accounts import member
from tests.workbooks import HEADINGS, achievements, build, good_rows

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def officer(login, university_officer):
    return login(university_officer)


@pytest.fixture
def checked(officer):
    def made(rows, **options) -> ImportBatch:
        content = rows if isinstance(rows, bytes) else build(rows, **options)
        fields = {"programme": current_programmes().first().pk, "file": SimpleUploadedFile("成果.xlsx", content)}
        response = officer.post(reverse("imports:new", args=["achievement"]), fields)
        assert response.status_code == 302
        run_due_jobs()
        return ImportBatch.objects.get(uuid=response["Location"].rstrip("/").rsplit("/", 1)[-1])

    return made


@pytest.fixture
def committed(officer, checked):
    def made(rows) -> ImportBatch:
        batch = checked(rows)
        officer.post(url("commit", batch), {"version": batch.version, "leave_out_invalid": "1"})
        run_due_jobs()
        batch.refresh_from_db()
        assert batch.state == BatchState.COMMITTED
        return batch

    return made


def url(name: str, batch: ImportBatch, *more) -> str:
    return reverse(f"imports:{name}", args=[batch.uuid, *more])


def wrong_rows():
    rows = good_rows(4)
    rows[1] |= {"技术领域*": "0899 星际旅行", "学科*": "炼金术"}
    return rows


def invalid(batch):
    return batch.rows.get(group=RowGroup.INVALID)


# --- Cells -------------------------------------------------------------------------------------------------------


def test_a_wrong_code_is_mended_from_a_list_and_the_row_moves(officer, checked):
    batch = checked(wrong_rows())
    page = officer.get(url("detail", batch)).content.decode()
    assert 'name="cell-tech_field"' in page
    assert "<option>0804 先进制造工艺与装备</option>" in page
    row = invalid(batch)
    good = {"version": row.version, "cell-tech_field": "0804 先进制造工艺与装备", "cell-discipline": "460 机械"}
    answer = officer.post(url("mend", batch, row.row_no), good, headers=HTMX).content.decode()
    assert "is-mended" in answer
    assert 'id="import-next" hx-swap-oob="true"' in answer
    batch.refresh_from_db()
    assert f'name="version" value="{batch.version}"' in answer  # the commit form knows the new version
    assert (batch.counts["invalid"], batch.counts["new"]) == (0, 4)
    assert officer.post(url("commit", batch), {"version": batch.version}).status_code == 302
    run_due_jobs()
    assert Achievement.objects.count() == 4


def test_what_was_typed_is_kept_when_it_is_wrong_again(officer, checked):
    batch = checked(wrong_rows())
    row = invalid(batch)
    typed = {"version": row.version, "cell-tech_field": "0804", "cell-discipline": "占星术"}
    answer = officer.post(url("mend", batch, row.row_no), typed, headers=HTMX).content.decode()
    assert 'value="占星术"' in answer
    assert "cell-tech_field" not in answer  # that one is right now
    assert "占星术" in officer.get(url("detail", batch)).content.decode()


def test_without_javascript_the_form_comes_back_to_its_page(officer, checked):
    batch = checked(wrong_rows())
    row = invalid(batch)
    form = {"version": row.version, "page": "3", "cell-tech_field": "0804", "cell-discipline": "460"}
    response = officer.post(url("mend", batch, row.row_no), form)
    assert response["Location"] == f"{url('detail', batch)}?group=invalid&page=3#row-{row.row_no}"
    assert batch.rows.get(row_no=row.row_no).group == RowGroup.NEW


def test_the_second_of_two_people_sees_what_the_first_wrote(officer, checked, university_officer):
    batch = checked(wrong_rows())
    row = invalid(batch)
    mend_cells(by=university_officer, batch=batch, row=row, row_version=row.version, cells={"tech_field": "0804"})
    form = {"version": row.version, "cell-tech_field": "0701", "cell-discipline": "460"}
    fragment = officer.post(url("mend", batch, row.row_no), form, headers=HTMX)
    assert fragment.status_code == 200
    assert "alert" in fragment.content.decode()
    assert batch.rows.get(row_no=row.row_no).mended == {"tech_field": "0804"}
    assert officer.post(url("mend", batch, row.row_no), form).status_code == 409


@pytest.mark.parametrize("version", ["", "x", "0", "9" * 30])
def test_a_form_without_a_sensible_version_is_a_conflict(officer, checked, version):
    batch = checked(wrong_rows())
    for name, more in (("mend", (3,)), ("answer", (3,)), ("all_new", ()), ("missing", ()), ("undo", ()),
                       ("columns", ()), ("sheet", ())):  # fmt: skip
        assert officer.post(url(name, batch, *more), {"version": version}).status_code == 409, name


def test_a_whole_row_is_mended_on_its_page(officer, checked):
    batch = checked(wrong_rows())
    row = invalid(batch)
    page = officer.get(url("row", batch, row.row_no)).content.decode()
    assert page.index("cell-tech_field") < page.index("cell-title")  # wrong cells stand first
    assert "025-80000000" in page
    whole = {"version": row.version, "whole": "1", "cell-tech_field": "x", "cell-contact_phone": "025-11111111"}
    again = officer.post(url("mend", batch, row.row_no), whole)
    assert again.status_code == 422
    assert "025-11111111" in again.content.decode()
    stored = batch.rows.get(row_no=row.row_no)
    assert "025-11111111" not in str(stored.mended)  # sealed
    mended = whole | {"version": stored.version, "cell-tech_field": "0804", "cell-discipline": "460"}
    assert officer.post(url("mend", batch, row.row_no), mended).status_code == 302
    assert officer.get(url("row", batch, 999)).status_code == 404


def test_a_record_that_may_not_be_changed_has_a_link_and_no_input(officer, committed, checked, university_officer):
    first = committed(good_rows(1))
    record = Achievement.objects.get()
    submit(officer, first, [record])
    rows = good_rows(1)
    rows[0]["技术要点与创新点*"] = "完全不同的要点"
    batch = checked(rows)
    page = officer.get(url("detail", batch)).content.decode()
    assert invalid(batch).errors[0]["code"] == "obstacle"
    assert record.public_no in page
    assert "完全不同的要点" in page
    assert "data-mend-input" not in page


# --- Lists -------------------------------------------------------------------------------------------------------


def test_rows_are_found_by_text_and_number_but_not_by_private_cells(officer, checked):
    batch = checked(good_rows(30))
    title = batch.rows.get(row_no=7).values["title"]

    def found(words):
        return officer.get(url("detail", batch), {"group": "new", "q": words}).context["page"].paginator.count

    assert found(title) == 1
    assert found("7") >= 1
    assert found("summary") == 0  # names of columns are no text
    sealed = batch.rows.get(row_no=7).values["contact_name"]
    assert found(sealed[:12]) == 0
    assert found("王老师") == 0


def test_every_row_is_within_reach_however_long_the_file(officer, checked, settings):
    settings.COUNT_CAP = 10
    page = officer.get(url("detail", checked(good_rows(60))), {"group": "new", "page": "2"}).context["page"]
    assert [line.row_no for line in page][-1] == 61


def test_the_pages_of_every_group_cost_the_same_for_few_and_many_rows(officer, checked, django_assert_max_num_queries):
    few, many = checked(achievements(4, bad=2)[0]), checked(achievements(60, bad=30, seed=2)[0])
    for batch in (few, many):
        for group in ("invalid", "new", "questions", "missing"):
            with django_assert_max_num_queries(12):
                officer.get(url("detail", batch), {"group": group})


def test_the_whole_list_comes_with_what_was_mended_and_the_numbers(officer, committed):
    batch = committed(wrong_rows())
    response = officer.get(url("workbook", batch))
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content)))["成果清单"]
    rows = list(sheet.iter_rows(values_only=True))
    heads = list(rows[0])
    numbers = [row[heads.index("成果编号")] for row in rows[1:]]
    assert sorted(filter(None, numbers)) == sorted(Achievement.objects.values_list("public_no", flat=True))
    assert rows[2][heads.index("学科*")] == "炼金术"
    assert "意向价格（万元）" in heads


def test_the_whole_list_keeps_the_unit_of_the_file(officer, checked):
    headings = [heading.replace("万元", "元") for heading in HEADINGS]
    rows = [{heading.replace("万元", "元"): value for heading, value in row.items()} for row in good_rows(2)]
    response = officer.get(url("workbook", checked(rows, headings=headings)))
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content)))["成果清单"]
    assert "意向价格（元）" in [cell.value for cell in sheet[1]]


# --- Columns -----------------------------------------------------------------------------------------------------


def own_heading(rows):
    headings = tuple("搞到第几级" if heading == "成熟度*" else heading for heading in HEADINGS)
    renamed = [{("搞到第几级" if name == "成熟度*" else name): value for name, value in row.items()} for row in rows]
    return build(renamed, headings=headings)


def test_a_column_is_assigned_and_remembered(officer, checked):
    batch = checked(own_heading(good_rows(3)))
    page = officer.get(url("detail", batch)).content.decode()
    assert "搞到第几级" in page
    assert url("columns", batch) in page
    columns = officer.get(url("columns", batch))
    assert columns.context["headings"][0]["text"] == "搞到第几级"  # what nobody knows stands first
    index = columns.context["headings"][0]["index"]
    officer.post(url("columns", batch), {"version": batch.version, f"column-{index}": "trl"})
    run_due_jobs()
    batch.refresh_from_db()
    assert batch.state == BatchState.CHECKED
    assert batch.counts["incomplete"] == 0
    again = checked(own_heading(good_rows(4, seed=9)))
    assert again.counts["incomplete"] == 0


def test_a_file_without_the_key_asks_for_the_columns_at_once(officer, checked):
    headings = tuple("叫什么" if heading == "成果名称*" else heading for heading in HEADINGS)
    rows = [{("叫什么" if name == "成果名称*" else name): value for name, value in row.items()} for row in good_rows(2)]
    batch = checked(rows, headings=headings)
    assert batch.state == BatchState.MAPPING
    assert officer.get(url("detail", batch))["Location"] == url("columns", batch)
    fragment = officer.get(url("detail", batch), headers=HTMX)
    assert fragment["HX-Redirect"] == url("columns", batch)
    given = {"version": batch.version, "column-1": ""}
    refused = officer.post(url("columns", batch), given)
    assert refused.status_code == 422
    assert "成果名称" in refused.content.decode()
    assert officer.post(url("columns", batch), given | {"column-1": "nonsense"}).status_code == 422
    assert officer.post(url("columns", batch), given | {"column-1": "title"}).status_code == 302
    run_due_jobs()
    batch.refresh_from_db()
    assert batch.counts["new"] == 2


# --- Questions and missing records -------------------------------------------------------------------------------


@pytest.fixture
def next_term(committed, checked):
    """A record renamed a little, one gone, three as they were."""
    rows = [row | {"知识产权*": None} for row in good_rows(5)]
    committed(rows)
    rows[0] |= {"成果名称*": rows[0]["成果名称*"].replace("技术", "新技术")}
    return checked(rows[:4])


def test_a_question_is_answered_and_may_be_answered_anew(officer, next_term):
    assert next_term.counts["questions"] == 1
    row = next_term.rows.exclude(similar=[]).get()
    page = officer.get(url("detail", next_term), {"group": "questions"}).content.decode()
    assert row.similar[0]["number"] in page
    refused = officer.post(url("commit", next_term), {"version": next_term.version}, follow=True)
    assert refused.status_code == 200
    assert ImportBatch.objects.get(pk=next_term.pk).state == BatchState.CHECKED
    yes = {"version": row.version, "answer": row.similar[0]["uuid"]}
    answer = officer.post(url("answer", next_term, row.row_no), yes, headers=HTMX).content.decode()
    assert 'aria-pressed="true"' in answer
    row.refresh_from_db()
    assert row.group == RowGroup.CHANGED
    new = {"version": row.version, "answer": "new"}
    assert officer.post(url("answer", next_term, row.row_no), new).status_code == 302
    row.refresh_from_db()
    assert row.group == RowGroup.NEW
    strange = {"version": row.version, "answer": "00000000-0000-0000-0000-000000000007"}
    for answer in (strange, strange | {"answer": "nonsense"}):
        assert officer.post(url("answer", next_term, row.row_no), answer).status_code == 302
    row.refresh_from_db()
    assert row.answer == "new"


def test_after_one_answer_all_others_can_be_answered_at_once(officer, committed, checked):
    rows = [row | {"知识产权*": None} for row in good_rows(3)]
    committed(rows)
    batch = checked([row | {"成果名称*": row["成果名称*"].replace("技术", "新技术")} for row in rows])
    assert batch.counts["questions"] == 3
    row = batch.rows.exclude(similar=[]).order_by("row_no").first()
    form = {"version": row.version, "answer": row.similar[0]["uuid"]}
    answer = officer.post(url("answer", batch, row.row_no), form, headers=HTMX)
    batch.refresh_from_db()
    version = f'name="version" value="{batch.version}"'
    assert version in answer.content.decode().partition('id="all-new"')[2]  # its form was swapped with the answer
    assert officer.post(url("all_new", batch), {"version": batch.version}).status_code == 302
    batch.refresh_from_db()
    assert (batch.counts["questions"], batch.counts["new"], batch.counts["changed"]) == (0, 2, 1)


def test_missing_records_are_withdrawn_only_when_ticked(officer, next_term):
    missing = next_term.rows.get(group=RowGroup.MISSING)
    page = officer.get(url("detail", next_term), {"group": "missing"}).content.decode()
    assert missing.target_no in page
    form = {"version": next_term.version, "do": "page", "shown": [missing.pk], "row": [missing.pk]}
    assert officer.post(url("missing", next_term), form).status_code == 302
    next_term.refresh_from_db()
    assert next_term.counts["withdraw"] == 1
    officer.post(url("missing", next_term), form | {"version": next_term.version, "row": ["x"]})
    next_term.refresh_from_db()
    assert next_term.counts["withdraw"] == 0
    officer.post(url("missing", next_term), {"version": next_term.version, "do": "all"})
    next_term.refresh_from_db()
    officer.post(url("all_new", next_term), {"version": next_term.version})
    next_term.refresh_from_db()
    officer.post(url("commit", next_term), {"version": next_term.version})
    run_due_jobs()
    assert Achievement.objects.get(uuid=missing.target_id).state == "withdrawn"


def test_rows_of_another_upload_cannot_be_ticked(officer, next_term, committed):
    other = committed(good_rows(2, seed=5))
    stranger = other.rows.first()
    form = {"version": next_term.version, "do": "page", "shown": [stranger.pk], "row": [stranger.pk]}
    officer.post(url("missing", next_term), form)
    assert not other.rows.filter(withdraw=True).exists()


# --- Undo and submit ---------------------------------------------------------------------------------------------


def submit(client, batch, records, **fields):
    chosen = [f"{record.uuid}:{record.version}" for record in records]
    form = {"pk": chosen, "opinion": "同意推荐", "secrecy_declared": "on"} | fields
    return client.post(url("submit", batch), form)


def test_an_import_is_undone_from_its_page(officer, committed):
    batch = committed(good_rows(3))
    assert officer.post(url("undo", batch), {"version": batch.version}).status_code == 302
    run_due_jobs()
    batch.refresh_from_db()
    assert batch.state == BatchState.UNDONE
    assert not Achievement.objects.exists()
    assert officer.get(url("detail", batch)).status_code == 200


def test_what_blocks_an_undo_is_named_with_a_link(officer, committed):
    batch = committed(good_rows(2))
    record = Achievement.objects.order_by("pk").first()
    submit(officer, batch, [record])
    refused = officer.post(url("undo", batch), {"version": batch.version})
    assert refused.status_code == 409
    page = refused.content.decode()
    assert record.public_no in page
    assert record.get_absolute_url() in page
    assert Achievement.objects.count() == 2


def test_complete_drafts_are_submitted_together_and_the_others_stay(officer, committed):
    rows = good_rows(3)
    rows[2]["关键词*"] = None
    batch = committed(rows)
    page = officer.get(url("submit", batch)).content.decode()
    assert page.count("data-bulk-item") == 2  # the incomplete one cannot be ticked
    response = submit(officer, batch, Achievement.objects.all())
    assert response.status_code == 200
    assert Achievement.objects.filter(state="submitted").count() == 2
    assert len(response.context["left"]) == 1
    refused = submit(officer, batch, Achievement.objects.all(), secrecy_declared="")
    assert refused.status_code == 422


def test_nothing_is_submitted_without_ticks_or_with_strange_ones(officer, committed):
    batch = committed(good_rows(1))
    for chosen in ([], ["x"], ["x:1"], [f"{Achievement.objects.get().uuid}:x"]):
        assert officer.post(url("submit", batch), {"pk": chosen, "opinion": "好", "secrecy_declared": "on"})
    assert Achievement.objects.get().state == "draft"


# --- Who may -----------------------------------------------------------------------------------------------------


def test_another_university_and_a_researcher_mend_nothing(login, checked, other_university_officer, university):
    batch = checked(wrong_rows())
    row = invalid(batch)
    form = {"version": row.version, "cell-tech_field": "0804", "cell-discipline": "460", "answer": "new", "do": "all"}
    addresses = [url("mend", batch, row.row_no), url("answer", batch, row.row_no), url("all_new", batch),
                 url("missing", batch), url("columns", batch), url("sheet", batch), url("undo", batch),
                 url("submit", batch)]  # fmt: skip
    stranger, researcher = login(other_university_officer), login(member(university, Role.RESEARCHER))
    for address in addresses:
        assert stranger.post(address, form).status_code == 404, address
        assert researcher.post(address, form).status_code == 403, address
    for name, more in (("row", (row.row_no,)), ("columns", ()), ("workbook", ()), ("submit", ())):
        assert stranger.get(url(name, batch, *more)).status_code == 404
    assert invalid(batch).version == row.version


def test_every_kind_has_its_pages_for_those_who_may_import_it(login, enterprise_lead, regional_officer_edu, officer):
    for client, kind, allowed in (
        (login(enterprise_lead), "need", True),
        (login(enterprise_lead), "talent_post", True),
        (login(enterprise_lead), "achievement", False),
        (login(regional_officer_edu), "organisation", True),
        (officer, "expert", True),
        (officer, "need", False),
    ):
        for name in ("new", "template"):
            status = client.get(reverse(f"imports:{name}", args=[kind])).status_code
            assert status == (200 if allowed else 403), (kind, name)
    assert officer.get(reverse("imports:new", args=["nonsense"])).status_code == 404
    assert officer.get(reverse("imports:choose")).status_code == 200
