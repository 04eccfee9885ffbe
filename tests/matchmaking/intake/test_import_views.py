"""The pages of an upload, each for the owner, a stranger, the wrong role and bad input."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from catalog.importing import ACHIEVEMENT_ROWS
from catalog.models import Achievement
from matchmaking.accounts.enums import OrganisationKind, Role
from matchmaking.intake.models import BatchState, ImportBatch
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.programmes.selectors import current_programmes
from matchmaking.vocabularies import selectors as vocabularies
from tests.factories.accounts import MembershipFactory, OrganisationFactory, member
from tests.workbooks import achievements, build, good_rows

pytestmark = pytest.mark.django_db
PAGES = ("detail", "errors", "workbook")


@pytest.fixture
def officer(login, university_officer):
    return login(university_officer)


@pytest.fixture
def send(officer):
    """Post a workbook as the browser does; returns the response."""

    def sent(content=b"", *, client=officer, name="成果.xlsx", **fields):
        fields = {"programme": current_programmes().first().pk, "file": SimpleUploadedFile(name, content)} | fields
        return client.post(reverse("imports:new", args=["achievement"]), fields)

    return sent


@pytest.fixture
def checked(send):
    def made(content) -> ImportBatch:
        response = send(content)
        assert response.status_code == 302
        run_due_jobs()
        return ImportBatch.objects.get(uuid=response["Location"].rstrip("/").rsplit("/", 1)[-1])

    return made


def url(name: str, batch: ImportBatch) -> str:
    return reverse(f"imports:{name}", args=[batch.uuid])


def test_template_can_be_read_back_and_offers_the_codes(officer):
    response = officer.get(reverse("imports:template", args=["achievement"]))
    book = load_workbook(BytesIO(b"".join(response.streaming_content)))
    assert book.sheetnames == ["成果清单", "填写说明", "选项"]
    assert book["选项"].sheet_state == "hidden"
    heads = [cell.value for cell in book["成果清单"][1]]
    assert heads == [column.title for column in ACHIEVEMENT_ROWS.columns]
    offered = {cell.value for column in book["选项"].columns for cell in column}
    assert "0804 先进制造工艺与装备" in offered
    assert vocabularies.label("OWNERSHIP", "single") in offered
    assert len(book["成果清单"].data_validations.dataValidation) == 13
    notes = list(book["填写说明"].iter_rows(min_row=2, max_col=2, values_only=True))
    assert notes[1] == ("成果名称*", notes[1][1])


def test_every_offered_word_is_understood(officer):
    for column in ACHIEVEMENT_ROWS.columns:
        if column.table:
            field = ACHIEVEMENT_ROWS.form().fields[column.name]
            for code in field.offered if hasattr(field, "offered") else vocabularies.codes(column.table):
                word = f"{code} {vocabularies.label(column.table, code)}" if code[0].isdigit() else code
                assert field.clean(word) in (code, [code], int(code) if code.isdigit() else code)


def test_examples_of_the_template_can_be_uploaded(officer, checked):
    headings = [column.title for column in ACHIEVEMENT_ROWS.columns]
    examples = {column.title: column.example for column in ACHIEVEMENT_ROWS.columns}
    examples |= {"成果编号": "", "完成单位": ""}
    batch = checked(build([examples], headings=headings))
    assert [row.errors for row in batch.rows.all()] == [[]]


def test_upload_goes_to_the_page_of_the_upload(officer, send, university):
    response = send(achievements(5, bad=1)[0])
    batch = ImportBatch.objects.get()
    assert response["Location"] == url("detail", batch)
    assert batch.owner == university
    page = officer.get(response["Location"])
    assert "job-progress" in page.content.decode()
    run_due_jobs()
    fragment = officer.get(response["Location"], headers={"HX-Request": "true"})
    text = fragment.content.decode()
    assert "<html" not in text
    assert "I" in text
    assert url("errors", batch) in text


def test_an_upload_tells_what_happened_to_it(officer, checked, university_officer, university):
    batch = checked(achievements(5)[0])
    [line] = officer.get(url("detail", batch)).context["history"]
    assert (line["verb"], line["by"]) == ("import.uploaded", f"{university_officer.full_name} · {university.name}")


def test_preview_names_cell_column_value_and_remedy(officer, checked):
    rows = good_rows(4)
    rows[2]["技术领域*"] = "0899 星际旅行"
    text = officer.get(url("detail", checked(build(rows)))).content.decode()
    for expected in ("I4", "技术领域", "0899 星际旅行"):
        assert expected in text


@pytest.mark.parametrize("group", ["invalid", "new", "changed", "unchanged", "incomplete", "nonsense"])
def test_every_group_has_a_page(officer, checked, group):
    batch = checked(achievements(60, bad=3)[0])
    response = officer.get(url("detail", batch), {"group": group, "page": "2"})
    assert response.status_code == 200


def test_a_preview_costs_the_same_queries_for_few_and_many_rows(officer, checked, django_assert_max_num_queries):
    few, many = checked(achievements(2, bad=1)[0]), checked(achievements(60, bad=12, seed=2)[0])
    for batch in (few, many):
        with django_assert_max_num_queries(12):
            officer.get(url("detail", batch))


def test_rows_with_errors_come_as_a_workbook_that_can_be_sent_again(officer, checked):
    batch = checked(achievements(20, bad=5)[0])
    response = officer.get(url("errors", batch))
    content = b"".join(response.streaming_content)
    sheet = load_workbook(BytesIO(content))["成果清单"]
    assert sheet.max_row == 6
    assert sheet.cell(1, sheet.max_column).value == "错误说明"
    assert all(sheet.cell(row, sheet.max_column).value for row in range(2, 7))
    assert "王老师" in {cell.value for row in sheet.iter_rows() for cell in row}
    again = checked(content)
    assert again.counts["invalid"] == 5
    assert again.counts["read"] == 6
    assert not again.remarks


def test_a_cell_that_looks_like_a_formula_stays_text(officer, checked):
    rows = good_rows(1)
    rows[0] |= {"成果简介*": "'=HYPERLINK(1)", "技术领域*": "＝1+1"}
    response = officer.get(url("errors", checked(build(rows))))
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content)))["成果清单"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "inlineStr", "n"}


def test_commit_from_the_page(officer, checked, university):
    batch = checked(achievements(6)[0])
    response = officer.post(url("commit", batch), {"version": batch.version})
    assert response.status_code == 302
    run_due_jobs()
    assert Achievement.objects.filter(body__owner=university).count() == 6
    page = officer.get(url("detail", batch)).content.decode()
    assert reverse("catalog:achievement_mine") in page
    assert url("submit", batch) in page
    assert url("undo", batch) in page


def test_commit_with_errors_needs_the_choice(officer, checked):
    batch = checked(achievements(6, bad=2)[0])
    page = officer.post(url("commit", batch), {"version": batch.version}, follow=True)
    assert page.status_code == 200
    assert ImportBatch.objects.get().state == BatchState.CHECKED
    officer.post(url("commit", batch), {"version": batch.version, "leave_out_invalid": "1"})
    run_due_jobs()
    assert Achievement.objects.count() == 4


def test_pressed_twice_it_is_imported_once_and_old_versions_are_conflicts(officer, checked, login, university):
    batch = checked(achievements(3)[0])
    assert officer.post(url("commit", batch), {"version": batch.version}).status_code == 302
    colleague = login(member(university, Role.UNIVERSITY_OFFICER))
    twice = colleague.post(url("commit", batch), {"version": batch.version}, follow=True)
    assert (twice.status_code, len(twice.context["messages"])) == (200, 1)
    assert colleague.get(url("detail", batch)).status_code == 200  # a colleague watches
    for version in ("", "x", "0", "9" * 30):
        assert officer.post(url("commit", batch), {"version": version}).status_code == 409
        assert officer.post(url("abandon", batch), {"version": version}).status_code == 409
    run_due_jobs()
    assert Achievement.objects.count() == 3


def test_the_same_file_leads_to_the_earlier_upload(officer, send, checked):
    content = achievements(3)[0]
    batch = checked(content)
    response = send(content)
    assert response.status_code == 422
    assert url("detail", batch) in response.content.decode()
    officer.post(url("abandon", batch), {"version": batch.version})
    assert send(content).status_code == 302


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"PK\x03\x04 broken", "a.xlsx"), (b"\x00" * 2000, "a.csv"), (build([]), "a.xlsx")],
)
def test_hostile_file_gives_a_page_that_says_why(officer, send, content, name):
    response = send(content, name=name)
    run_due_jobs()
    page = officer.get(response["Location"])
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode() or "alert" in page.content.decode()
    assert ImportBatch.objects.get().state == BatchState.REFUSED


@pytest.mark.parametrize("fields", [{}, {"programme": "0"}, {"programme": "x"}, {"organisation": "999999"}])
def test_bad_form_input_is_said_at_the_field(officer, send, fields, settings):
    response = send(b"", **fields)
    assert response.status_code == 422
    assert not ImportBatch.objects.exists()


def test_a_person_of_two_universities_says_for_which(login, send, university_officer, other_university):
    MembershipFactory(user=university_officer, organisation=other_university, role=Role.UNIVERSITY_OFFICER)
    client = login(university_officer)
    assert send(achievements(1)[0], client=client).status_code == 422
    assert send(achievements(1)[0], client=client, organisation=other_university.pk).status_code == 302
    assert ImportBatch.objects.get().owner == other_university


def test_organisation_of_others_cannot_be_chosen(send, other_university):
    assert send(achievements(1)[0], organisation=other_university.pk).status_code == 422
    assert not ImportBatch.objects.exists()


def test_officers_of_other_universities_see_nothing(checked, login, other_university_officer):
    batch = checked(achievements(3, bad=1)[0])
    stranger = login(other_university_officer)
    for name in PAGES:
        assert stranger.get(url(name, batch)).status_code == 404
    for name in ("commit", "abandon"):
        assert stranger.post(url(name, batch), {"version": batch.version}).status_code == 404
    assert batch.file.name not in stranger.get(reverse("imports:list")).content.decode()


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.ENTERPRISE_OWNER, Role.REGIONAL_OFFICER])
def test_other_roles_may_not_enter(checked, login, role):
    batch = checked(achievements(1)[0])
    client = login(member(OrganisationFactory(kind=OrganisationKind.UNIVERSITY), role))
    for address in (reverse("imports:new", args=["achievement"]), reverse("imports:template", args=["achievement"])):
        assert client.get(address).status_code == 403
    refused = 404 if client.get(reverse("imports:list")).status_code == 200 else 403  # enterprises import other lists
    assert client.get(url("detail", batch)).status_code == refused
    assert client.post(url("commit", batch), {"version": 2}).status_code == refused


def test_visitors_are_sent_to_the_sign_in(login, checked):
    batch = checked(achievements(1)[0])
    assert login(None).get(url("detail", batch)).status_code == 302
    assert login(None).get(reverse("imports:list")).status_code == 302


def test_methods(officer, checked):
    batch = checked(achievements(1)[0])
    assert officer.get(url("commit", batch)).status_code == 405
    assert officer.post(url("detail", batch)).status_code == 405
