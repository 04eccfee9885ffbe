"""The care of code tables: editions, retired and mapped codes, and the loader that leaves them alone."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone

from matchmaking.vocabularies import selectors
from matchmaking.vocabularies.editions import (
    CodeRefused,
    EditionRefused,
    Row,
    csv_of,
    differences,
    import_edition,
    map_code,
    read_edition,
    retire_code,
)
from matchmaking.vocabularies.models import Code, CodeTable
from matchmaking.vocabularies.services import load_vocabularies

pytestmark = pytest.mark.django_db
HEAD = "代码,上级代码,中文名称,英文名称,同义词\n"


@pytest.fixture(autouse=True)
def _fresh_cache():
    selectors.clear_cache()
    yield
    selectors.clear_cache()


@pytest.fixture
def table():
    return CodeTable.objects.get(code="IP_TERMS")


def rows_of(table):
    return read_edition(BytesIO(csv_of(table).encode()))


def edition(table, rows, day=None, name="2027 版"):
    count = import_edition(
        table=table, rows=rows, edition=name, source="测试来源", valid_from=day or timezone.localdate()
    )
    selectors.clear_cache()
    return count


def read(text, encoding="utf-8"):
    return read_edition(BytesIO((HEAD + text).encode(encoding)))


def test_a_downloaded_cell_is_no_formula_and_comes_back_as_it_was(table):
    words = {"name_zh": "=SUM(1)", "name_en": "'@home", "synonyms": ["+甲", "乙"]}
    table.codes.filter(pk=table.codes.first().pk).update(**words)
    code = table.codes.get(name_zh="=SUM(1)")
    assert f"{code.code},{code.parent},'=SUM(1),''@home,'+甲、乙" in csv_of(table)
    [row] = [row for row in rows_of(table) if row.code == code.code]
    assert (row.name_zh, row.name_en, row.synonyms) == ("=SUM(1)", "'@home", ("+甲", "乙"))
    assert not differences(table, rows_of(table))


def test_what_was_downloaded_changes_nothing(table):
    assert not differences(table, rows_of(table))
    with pytest.raises(CodeRefused):
        edition(table, rows_of(table))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_as_offices_write_it(encoding):
    text = (HEAD + "a,,甲,A,同甲、又甲\nb,a,乙,,\n").encode(encoding)
    assert read_edition(BytesIO(text)) == [Row("a", "", "甲", "A", ("同甲", "又甲")), Row("b", "a", "乙", "")]


@pytest.mark.parametrize(
    ("text", "word"),
    [("a,,,A,\n", "2"), ("a,,甲,,\na,,乙,,\n", "3"), ("a,x,甲,,\n", "x"), ("a,b,甲,,\nb,a,乙,,\n", "a"),
     (f"{'a' * 33},,甲,,\n", "2"), ("", "")],
)  # fmt: skip
def test_a_file_that_contradicts_itself_is_refused_line_by_line(text, word):
    with pytest.raises(EditionRefused) as refusal:
        read(text)
    assert word in str(refusal.value.problems[0])


def test_a_file_without_the_headings_or_of_another_kind_is_refused():
    for data in (b"code,name\na,b\n", b"PK\x03\x04", b"", b"\x00\x01"):
        with pytest.raises(EditionRefused):
            read_edition(BytesIO(data))


def test_an_edition_adds_changes_and_retires_from_its_day(table):
    day = timezone.localdate() + timedelta(days=10)
    kept = [row for row in rows_of(table) if row.code != "joint"]
    first = Row(kept[0].code, kept[0].parent, "换名", kept[0].name_en, kept[0].synonyms)
    count = edition(table, [first, *kept[1:], Row("fresh", "", "新码", "fresh")], day)
    assert (count.created, count.changed, count.retired) == (1, 1, 1)
    assert Code.objects.get(table=table, code="joint").valid_to == day
    assert selectors.exists("IP_TERMS", "joint")  # until the day before
    assert not selectors.exists("IP_TERMS", "fresh")
    assert selectors.label("IP_TERMS", first.code) == "换名"
    table.refresh_from_db()
    assert (table.edition, table.editions.get().valid_from) == ("2027 版", day)
    with pytest.raises(CodeRefused):
        edition(table, rows_of(table)[:2], day - timedelta(days=1), "旧版")


def test_a_code_that_comes_back_may_be_chosen_again(table):
    rows = rows_of(table)
    edition(table, [row for row in rows if row.code != "joint"])
    assert not selectors.exists("IP_TERMS", "joint")
    assert differences(table, rows).returned == ["joint"]
    edition(table, rows, name="再版")
    assert selectors.exists("IP_TERMS", "joint")


def test_a_retired_code_keeps_its_word_and_names_its_heir(table):
    retire_code(table=table, code="joint", on=timezone.localdate(), heir="negotiate")
    selectors.clear_cache()
    assert selectors.label("IP_TERMS", "joint")
    assert "joint" not in selectors.codes("IP_TERMS")
    assert selectors.heir_of("IP_TERMS", "joint") == "negotiate"
    [kept] = [words for code, words in selectors.choices("IP_TERMS", keep=["joint"]) if code == "joint"]
    assert selectors.label("IP_TERMS", "negotiate") in kept
    assert selectors.retired_code("IP_TERMS", selectors.label("IP_TERMS", "joint")) == "joint"
    with pytest.raises(CodeRefused):
        retire_code(table=table, code="joint", on=timezone.localdate())


def test_heirs_lead_to_a_code_that_may_be_chosen_and_never_in_a_circle(table):
    today = timezone.localdate()
    retire_code(table=table, code="joint", on=today, heir="ent_all")
    retire_code(table=table, code="ent_all", on=today, heir="negotiate")
    selectors.clear_cache()
    assert selectors.heir_of("IP_TERMS", "joint") == "negotiate"
    for old, new in (("negotiate", "joint"), ("joint", "joint"), ("joint", "no-such"), ("no-such", "joint")):
        with pytest.raises(CodeRefused):
            map_code(table=table, old=old, new=new)
    map_code(table=table, old="joint", new="")
    selectors.clear_cache()
    assert selectors.heir_of("IP_TERMS", "joint") == ""


def test_a_code_with_usable_codes_below_it_is_not_retired():
    table = CodeTable.objects.get(code="HNTE8")
    with pytest.raises(CodeRefused):
        retire_code(table=table, code="03", on=timezone.localdate())


def test_the_shipped_file_leaves_a_table_alone_that_was_cared_for(table):
    retire_code(table=table, code="joint", on=timezone.localdate())
    report = load_vocabularies()
    selectors.clear_cache()
    assert report.cared_for == ["IP_TERMS"]
    assert not selectors.exists("IP_TERMS", "joint")
