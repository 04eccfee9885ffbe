"""Words for codes, choices for forms, and the codes behind what people write."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from matchmaking.common import labels as floor_labels
from matchmaking.programmes.models import ReportingUnit
from matchmaking.vocabularies import cache, selectors
from matchmaking.vocabularies.folding import fold
from matchmaking.vocabularies.models import Code, CodeTable, Region

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_cache():
    selectors.clear_cache()
    yield
    selectors.clear_cache()


def test_labels_follow_the_language():
    assert selectors.label("COOP_MODE", "license_non") == "普通许可"
    with translation.override("en"):
        assert selectors.label("COOP_MODE", "license_non") == "non-exclusive licence"
        assert selectors.region_label("3702", full=True) == "Qingdao, Shandong"
    assert selectors.region_label("3702", full=True) == "山东省青岛市"
    assert selectors.labels("COOP_MODE", ["assign", "", "nonsense"]) == ["转让", "nonsense"]
    assert selectors.label("COOP_MODE", "") == ""


def test_pages_get_their_words_through_the_floor():
    assert floor_labels.label("SIZE", "micro") == "微型"
    assert floor_labels.labels("SIZE", ["large", "micro"]) == ["大型", "微型"]


def test_an_unknown_table_is_a_fault_of_the_program():
    with pytest.raises(LookupError, match="NO_SUCH"):
        selectors.label("NO_SUCH", "x")


def test_choices():
    assert selectors.choices("SIZE", blank="不限")[:2] == [("", "不限"), ("large", "大型")]
    assert len(selectors.choices("HNTE8", level=2)) == 52
    assert [code for code, _ in selectors.choices("HNTE8", parent="03")] == ["0301", "0302"]
    groups = selectors.grouped_choices("HNTE8")
    assert len(groups) == 8
    assert groups[2] == ("航空航天", [("0301", "航空技术"), ("0302", "航天技术")])


def test_a_retired_code_keeps_its_words_but_cannot_be_chosen():
    Code.objects.filter(table__code="SIZE", code="micro").update(valid_to=timezone.localdate())
    selectors.clear_cache()
    assert selectors.label("SIZE", "micro") == "微型"
    assert "micro" not in selectors.codes("SIZE")
    assert not selectors.exists("SIZE", "micro")
    assert selectors.find_code("SIZE", "微型") is None
    assert ("micro", "微型（已停用）") in selectors.choices("SIZE", keep=["micro"])


def test_every_name_and_synonym_leads_back_to_its_code():
    """No name of a table is hidden by another one; where a section and its only division share one, the finer."""
    for name, table in cache.snapshot().tables.items():
        for entry in table.entries.values():
            for words in (entry.code, entry.name_zh, entry.name_en, *entry.synonyms):
                found = selectors.find_code(name, words)
                same = {entry.code} | {other.code for other in table.entries.values() if other.parent == entry.code}
                assert found in same, (name, entry.code, words, found)


@pytest.mark.parametrize(
    ("table", "words", "code"),
    [
        ("MATURITY", "小试", "lab_passed"),
        ("COOP_MODE", "非独占许可", "license_non"),
        ("COOP_MODE", " 独家（排他）许可 ", "license_sole"),
        ("TRL", "TRL-6", "6"),
        ("TRL", "６级", "6"),
        ("TRL", 6, "6"),
        ("TRL", "TRL-6/６/10", None),
        ("TRL", "10", None),
        ("HNTE8", "0603 新型高效能量转换与储存", "0603"),
        ("HNTE8", "0603 软件", None),
        ("HNTE8", "Software", "0101"),
        ("GB4754", "C2651", "26"),
        ("GB4754", "2651", "26"),
        ("GB4754", "教育", "83"),
        ("GB13745", "470.20", "470"),
        ("PRICE_BAND", "10-50万", "b2"),
        ("PRICE_BAND", "１０～５０万元", "b2"),
        ("PRICE_BAND", "1050万", None),
        ("TITLE", "教授", "senior"),
        ("FIN_STAGE", "b+", "B+"),
        ("SIZE", "", None),
        ("SIZE", None, None),
        ("SIZE", "巨型", None),
        ("SIZE", "\x00" * 1000, None),
    ],
)
def test_find_code(table, words, code):
    assert selectors.find_code(table, words) == code


def test_find_code_of_a_level():
    assert selectors.find_code("HNTE8", "电子信息") == "01"
    assert selectors.find_code("HNTE8", "电子信息", level=2) is None


def test_an_ambiguous_name_is_not_guessed():
    table = CodeTable.objects.get(code="SIZE")
    Code.objects.create(table=table, code="huge", name_zh="大型", name_en="huge", position=9)
    selectors.clear_cache()
    assert selectors.find_code("SIZE", "大型") is None
    assert selectors.find_code("SIZE", "huge") == "huge"


def test_find_codes_in_one_cell():
    assert selectors.find_codes("COOP_MODE", "转让、普通许可；合作开发/飞行") == (
        ["assign", "license_non", "cooperative"],
        ["飞行"],
    )
    assert selectors.find_codes("HNTE8", "中药、天然药物;软件\n软件") == (["0202", "0101"], [])
    assert selectors.find_codes("HNTE8", None) == ([], [])


def test_separators_between_digits_are_kept():
    assert fold("10—50 万") == fold("10-50万") != fold("1050万")
    assert fold("1,000万") == fold("1000万")
    assert fold("“双一流”") == fold("双一流")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("江苏省南京市江宁区", "3201"),
        ("江苏南京", "3201"),
        ("江苏 - 南京", "3201"),
        ("南京市", "3201"),
        ("320000", "32"),
        (320106, "3201"),
        ("110108", "11"),
        ("北京市海淀区", "11"),
        ("3299", None),
        ("湖北省仙桃市", "42"),
        ("429004", "42"),
        ("江苏省拉萨市", None),
        ("吉林", "22"),
        ("吉林市", "2202"),
        ("新疆生产建设兵团第八师", "66"),
        ("兵团", "66"),
        ("深圳", "4403"),
        ("Qingdao", "3702"),
        ("Suzhou", None),
        ("莱芜", None),
        ("香港", "81"),
        ("火星", None),
        ("", None),
    ],
)
def test_find_region(words, code):
    assert selectors.find_region(words) == code


def test_region_choices():
    assert len(selectors.region_choices()) == 35
    assert len(selectors.region_choices("province")) == 34
    assert selectors.region_choices("corps", blank="全部") == [("", "全部"), ("66", "兵团")]
    assert [code for code, _ in selectors.region_choices(parent="46")] == ["4601", "4602", "4603", "4604"]
    assert ("3712", "莱芜") not in selectors.region_choices(parent="37")
    assert ("3712", "莱芜") in selectors.region_choices(parent="37", keep=["3712"])


def test_bands_and_maturity():
    assert [selectors.price_band_of(yuan * 100) for yuan in (0, 99_999, 100_000, 50_000_000)] == [
        "b1", "b1", "b2", "b7"
    ]  # fmt: skip
    assert selectors.price_band_of(None) == "b0"
    assert [selectors.maturity_of(trl) for trl in (1, 4, 5, 7, 9, None)] == [
        "researching", "sample", "lab_passed", "pilot_passed", "mass_ready", ""
    ]  # fmt: skip


@pytest.fixture
def usual_interval(settings):
    settings.VOCABULARY_CHECK_SECONDS = cache.CHECK_SECONDS


@pytest.mark.usefixtures("usual_interval")
def test_a_warm_cache_asks_nothing_and_a_load_is_seen_after_the_interval(django_assert_num_queries, monkeypatch):
    selectors.warm()
    with django_assert_num_queries(0):
        selectors.label("SIZE", "micro")
        selectors.choices("GB4754")
        selectors.region_choices()
    Code.objects.filter(table__code="SIZE", code="micro").update(name_zh="极小")
    CodeTable.objects.filter(code="SIZE").update(loaded_at=timezone.now() + timedelta(seconds=1))
    assert selectors.label("SIZE", "micro") == "微型"
    monkeypatch.setattr(cache._cache, "_checked", cache._cache._checked - 11)
    with django_assert_num_queries(5):
        assert selectors.label("SIZE", "micro") == "极小"


@pytest.mark.usefixtures("usual_interval")
def test_an_unchanged_table_costs_one_query_after_the_interval(django_assert_num_queries, monkeypatch):
    selectors.warm()
    monkeypatch.setattr(cache._cache, "_checked", cache._cache._checked - 11)
    with django_assert_num_queries(1):
        selectors.label("SIZE", "micro")
    with django_assert_num_queries(0):
        selectors.label("SIZE", "micro")


def test_an_empty_database_is_not_remembered():
    ReportingUnit.objects.all().delete()
    Code.objects.all().delete()
    CodeTable.objects.all().delete()
    Region.objects.filter(kind="city").delete()
    Region.objects.all().delete()
    selectors.clear_cache()
    assert selectors.region_choices() == []
    Region.objects.create(code="32", name_zh="江苏省", short_zh="江苏", kind="province", path=["32"])
    assert selectors.region_choices() == [("32", "江苏")]
