"""The data steward's pages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from catalog.enums import AchievementState
from matchmaking.activity.models import Entry
from matchmaking.vocabularies import selectors
from matchmaking.vocabularies.models import Code, CodeMapping, CodeTable
from tests.factories.catalog import AchievementFactory, complete

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_cache():
    selectors.clear_cache()
    yield
    selectors.clear_cache()


@pytest.fixture
def steward(login, secretary):
    return login(secretary)


def url(name, *args):
    return reverse(f"portal:{name}", args=args)


def test_all_tables_and_their_codes_are_shown(steward):
    page = steward.get(url("vocabulary_list"))
    assert "HNTE8" in page.content.decode()
    detail = steward.get(url("vocabulary_detail", "HNTE8"), {"q": "航空"})
    assert [line["code"].code for line in detail.context["lines"]][:2] == ["03", "0301"]
    assert steward.get(url("vocabulary_detail", "GB2260")).status_code == 404
    assert steward.get(url("vocabulary_detail", "HNTE8"), {"only": "retired"}).context["lines"] == []


def test_an_edition_is_looked_at_and_then_imported_exactly_so(steward, secretary):
    text = steward.get(url("vocabulary_download", "SIZE")).content.decode("utf-8-sig")
    changed = (
        "\r\n".join(line for line in text.splitlines() if not line.startswith("micro")) + "\r\nnano,,纳米型,nano,\r\n"
    )
    given = {"file": SimpleUploadedFile("size.csv", changed.encode()), "edition": "2027", "source": "测试",
             "valid_from": str(timezone.localdate())}  # fmt: skip
    preview = steward.post(url("vocabulary_import", "SIZE"), given)
    assert [row.code for row in preview.context["found"].created] == ["nano"]
    assert not Code.objects.filter(code="nano").exists()

    seen = preview.context["confirm"].initial["seen"]
    assert steward.post(url("vocabulary_import", "SIZE"), {"seen": seen[:-2] + "xx"}).status_code == 302
    assert steward.post(url("vocabulary_import", "COOP_MODE"), {"seen": seen}).status_code == 302
    assert not Code.objects.filter(code="nano").exists()

    steward.post(url("vocabulary_import", "SIZE"), {"seen": seen})
    selectors.clear_cache()
    assert selectors.exists("SIZE", "nano")
    assert not selectors.exists("SIZE", "micro")
    entry = Entry.objects.get(verb="vocabulary.imported")
    assert (entry.actor_id, entry.detail["retired"]) == (secretary.pk, 1)


def test_a_file_with_errors_names_the_lines(steward):
    file = SimpleUploadedFile("x.csv", "代码,中文名称\na,甲\na,乙\n".encode())
    answer = steward.post(url("vocabulary_import", "SIZE"),
                          {"file": file, "edition": "x", "source": "y", "valid_from": "2027-01-01"})  # fmt: skip
    assert answer.status_code == 422
    assert "3" in str(answer.context["form"].errors["file"])


def test_a_code_is_retired_with_its_heir_and_says_who_keeps_it(steward, university):
    complete(AchievementFactory(state=AchievementState.ACCEPTED, body__owner=university, tech_field="0301"))
    table = CodeTable.objects.get(code="HNTE8")
    code = table.codes.get(code="0301")
    page = steward.get(url("code_retire", "HNTE8", code.pk))
    assert [use["count"] for use in page.context["uses"]] == [1]
    assert steward.post(url("code_retire", "HNTE8", code.pk), {"on": "x"}).status_code == 422
    steward.post(
        url("code_retire", "HNTE8", code.pk), {"on": str(timezone.localdate()), "heir": "0302", "confirmed": "on"}
    )
    selectors.clear_cache()
    assert selectors.heir_of("HNTE8", "0301") == "0302"
    steward.post(url("code_map", "HNTE8", code.pk), {"heir": ""})
    selectors.clear_cache()
    assert selectors.heir_of("HNTE8", "0301") == ""


def test_retiring_asks_first_and_can_be_taken_back_and_the_page_tells_of_both(steward, university):
    complete(AchievementFactory(state=AchievementState.ACCEPTED, body__owner=university, tech_field="0301"))
    table = CodeTable.objects.get(code="HNTE8")
    code, today = table.codes.get(code="0301"), str(timezone.localdate())
    retire, restore = url("code_retire", "HNTE8", code.pk), url("code_restore", "HNTE8", code.pk)
    assert steward.get(retire).context["total"] == 1
    assert steward.post(retire, {"on": today, "heir": "0302"}).status_code == 422
    code.refresh_from_db()
    assert code.valid_to is None

    steward.post(retire, {"on": today, "heir": "0302", "confirmed": "on"})
    selectors.clear_cache()
    assert "0301" not in dict(selectors.choices("HNTE8"))
    assert steward.post(restore).status_code == 302
    selectors.clear_cache()
    assert "0301" in dict(selectors.choices("HNTE8"))
    assert selectors.heir_of("HNTE8", "0301") == ""
    steward.post(restore)  # it is in use already

    page = steward.get(url("vocabulary_detail", "HNTE8"))
    assert [line["verb"] for line in page.context["history"]] == ["vocabulary.restored", "vocabulary.retired"]
    assert "0301 → 0302" in page.content.decode()


def test_a_code_below_a_retired_one_stays_retired(steward):
    table = CodeTable.objects.get(code="HNTE8")
    above, below = table.codes.get(code="03"), table.codes.get(code="0301")
    Code.objects.filter(table=table, code__startswith="03").update(valid_to=timezone.localdate())
    steward.post(url("code_restore", "HNTE8", below.pk))
    assert Code.objects.get(pk=below.pk).valid_to is not None
    steward.post(url("code_restore", "HNTE8", above.pk))
    steward.post(url("code_restore", "HNTE8", below.pk))
    assert Code.objects.get(pk=below.pk).valid_to is None


def test_nothing_changes_without_its_entry_in_the_history(steward, monkeypatch):
    def raising(**values):
        raise RuntimeError

    table = CodeTable.objects.get(code="SIZE")
    file = SimpleUploadedFile("size.csv", "代码,中文名称\r\nnano,纳米型\r\n".encode())
    preview = steward.post(url("vocabulary_import", "SIZE"), {"file": file, "edition": "2027", "source": "测试",
                                                              "valid_from": str(timezone.localdate())})  # fmt: skip
    seen = preview.context["confirm"].initial["seen"]
    code = table.codes.get(code="micro")
    monkeypatch.setattr("matchmaking.portal.vocabularies.views.record", raising)
    for name, args, posted in (
        ("vocabulary_import", ["SIZE"], {"seen": seen}),
        ("code_retire", ["SIZE", code.pk], {"on": str(timezone.localdate()), "heir": "small", "confirmed": "on"}),
        ("code_map", ["SIZE", code.pk], {"heir": "small"}),
    ):
        with pytest.raises(RuntimeError):
            steward.post(url(name, *args), posted)
        assert not Code.objects.filter(code="nano").exists()
        assert Code.objects.get(pk=code.pk).valid_to is None
        assert not CodeMapping.objects.filter(table=table).exists()


@pytest.mark.parametrize("who", ["regional_officer_edu", "university_officer", "national_officer"])
def test_nobody_else_may(login, request, who):
    client = login(request.getfixturevalue(who))
    assert client.get(url("vocabulary_list")).status_code == 403
    assert client.post(url("vocabulary_import", "SIZE"), {}).status_code == 403
