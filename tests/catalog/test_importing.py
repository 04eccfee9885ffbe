"""Achievements from a workbook: each kind of bad cell, what a row means among the owner's records, the accounting."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from catalog.importing import ACHIEVEMENT_ROWS
from catalog.importing.desk import AchievementDesk
from catalog.importing.lines import parse_indicator, parse_right
from catalog.models import Achievement, AchievementBody
from matchmaking.common.spreadsheet import Table
from matchmaking.intake.cells import CellError
from matchmaking.intake.examining import Examination
from matchmaking.intake.headings import HeadingProblem
from matchmaking.intake.models import ReviewStep, RowGroup
from matchmaking.intake.said import spoken
from tests.factories.catalog import AchievementFactory, complete
from tests.factories.programmes import programme
from tests.workbooks import HEADINGS, MISTAKES, good_rows, plant

pytestmark = pytest.mark.django_db


def table_of(rows, headings=HEADINGS, *, above=(), **facts) -> Table:
    lines = [*above, list(headings), *([row.get(heading) for heading in headings] for row in rows)]
    cells = [[Decimal(repr(cell)) if isinstance(cell, float) else cell for cell in line] for line in lines]
    filled = [(number, line) for number, line in enumerate(cells, start=1) if any(c not in (None, "") for c in line)]
    return Table("xlsx", sheet="成果清单", rows=[line for _n, line in filled], numbers=[n for n, _line in filled],
                 rows_read=len(cells), **facts)  # fmt: skip


@pytest.fixture
def examine(university):
    def examined(rows, headings=HEADINGS, **options):
        table = table_of(rows, headings, **options)
        examination = Examination(ACHIEVEMENT_ROWS, table, AchievementDesk(university, programme()))
        found = [row for piece in examination.pieces() for row in piece]
        return SimpleNamespace(rows=found, counts=examination.counts, remarks=examination.remarks)

    return examined


@pytest.fixture
def one(examine):
    """Examine one good row with these cells changed."""

    def examined(**cells):
        row = good_rows(1)[0]
        row |= {next(h for h in HEADINGS if h.startswith(name)): cell for name, cell in cells.items()}
        return examine([row]).rows[0]

    return examined


# --- Cells -------------------------------------------------------------------------------------------------------


def test_good_rows_are_all_new_and_complete(examine):
    found = examine(good_rows(60))
    assert [row.errors for row in found.rows if row.errors] == []
    assert found.counts[RowGroup.NEW] == 60
    assert [row.missing for row in found.rows if row.missing] == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.heading}{str(mistake.value)[:8]}")
def test_every_kind_of_bad_cell_says_where_what_and_how(examine, mistake):
    rows = good_rows(3)
    rows[1][mistake.heading] = mistake.value
    found = examine(rows)
    assert [row.group for row in found.rows] == [RowGroup.NEW, RowGroup.INVALID, RowGroup.NEW]
    (error,) = found.rows[1].errors
    column = chr(65 + HEADINGS.index(mistake.heading)) if HEADINGS.index(mistake.heading) < 26 else None
    assert error["cell"].endswith("3")
    assert column is None or error["cell"] == f"{column}3"
    assert mistake.heading.startswith(error["column"])
    assert error["message"]
    assert error["hint"]


def test_several_wrong_cells_of_a_row_are_all_named_in_the_order_of_the_sheet(one):
    row = one(技术领域="火星", 学科="炼金术", 审核日期="明天")
    assert [error["name"] for error in row.errors] == ["tech_field", "discipline", "unit_opinion_on"]


def test_missing_fields_make_a_row_incomplete_not_wrong(one):
    row = one(成果简介=None, 技术领域=None, 关键词="一个", 知识产权=None)
    assert row.group == RowGroup.NEW
    assert row.missing == ["tech_field", "summary", "keywords", "ip_items"]


def test_the_row_of_a_hidden_owner_misses_texts_without_its_name(university, django_assert_num_queries):
    desk = AchievementDesk(university, programme())
    values = {"visibility": "hidden_owner", "title": f"{university.name}的技术",
              "indicators": [{"name": "检出率", "text": "", "unit": "%", "condition": None}]}  # fmt: skip
    with django_assert_num_queries(0):
        assert "title" in desk.missing(values, None)
        assert "title" not in desk.missing(values | {"title": "检测技术"}, None)
        values["indicators"][0]["name"] = university.name
        assert "indicators" in desk.missing(values, None)


def test_stage_and_level_that_contradict(examine):
    headings = (*HEADINGS, "成熟阶段")
    rows = good_rows(2)
    for row in rows:
        row |= {"成熟度*": 3, "成熟阶段": "通过中试"}
    rows[1]["成熟度*"] = 7
    found = examine(rows, headings)
    assert [row.group for row in found.rows] == [RowGroup.INVALID, RowGroup.NEW]
    assert found.rows[0].errors[0]["name"] == "maturity"


def test_price_takes_its_unit_from_the_heading_only(examine):
    headings = [heading.replace("（万元）", "") for heading in HEADINGS]
    rows = good_rows(2)
    for row, price in zip(rows, (45, "45万元"), strict=True):
        row["意向价格"] = price
    found = examine(rows, headings)
    assert [row.group for row in found.rows] == [RowGroup.INVALID, RowGroup.NEW]
    assert found.rows[1].values["price_fen"] == 45_000_000


def test_formula_without_a_result_is_an_error_not_an_empty_cell(examine):
    found = examine(good_rows(2), uncomputed=["B2"])
    assert [row.group for row in found.rows] == [RowGroup.INVALID, RowGroup.NEW]
    assert found.rows[0].errors[0]["cell"] == "B2"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("检出率≥98.5%", ("检出率", "ge", "98.5", None, "%", "")),
        ("1. 检出率 ≥ 98.5 %（裂纹0.2mm以上）；", ("检出率", "ge", "98.5", None, "%", "裂纹0.2mm以上")),
        ("单件检测时间不超过12s", ("单件检测时间", "le", "12", None, "s", "")),
        ("堆积密度>=1.80克/立方厘米", ("堆积密度", "ge", "1.80", None, "克/立方厘米", "")),
        ("工作温度：-40～85℃", ("工作温度", "between", "-40", "85", "℃", "")),
        ("寿命：5000小时以上", ("寿命", "ge", "5000", None, "小时", "")),
        ("抗冲击韧性大于67J/cm²", ("抗冲击韧性", "gt", "67", None, "J/cm²", "")),
        ("功率=3kW", ("功率", "eq", "3", None, "kW", "")),
        ("产量≥１，２００件", ("产量", "ge", "1200", None, "件", "")),
    ],
)
def test_indicator_lines_become_numbers(line, expected):
    read = parse_indicator(line, 1)
    assert (read["name"], read["operator"]) == expected[:2]
    assert read["value"] == Decimal(expected[2])
    assert read["value_high"] == (Decimal(expected[3]) if expected[3] else None)
    assert (read["unit"], read["condition"]) == expected[4:]


@pytest.mark.parametrize(
    "line",
    ["耐盐雾性能优良", "精度：优于国标", "误差0.5±0.1mm", "寿命由半年提高到五年以上", "尺寸：10×20×30mm",
     "产率提高3倍，能耗下降20%",      "温度：85～-40℃", "浓度≥10^5个/mL，pH 6", "含量≥1e5", "孔隙率:40%,60%"],
)  # fmt: skip
def test_other_indicator_lines_are_kept_in_words(line):
    read = parse_indicator(line, 1)
    assert read["operator"] == "text"
    assert read["value"] is None
    assert read["text"]
    assert read["text"] in line


def test_indicators_fit_the_database(one, university):
    row = one(主要技术指标="检出率≥98.5%\n温度：20~80℃\n性能优良")
    achievement = complete(AchievementFactory(body__owner=university))
    achievement.indicators.all().delete()
    for position, values in enumerate(row.values["indicators"], start=1):
        achievement.indicators.create(position=position, **values)
    assert [str(indicator) for indicator in achievement.indicators.order_by("position")] == [
        "检出率 ≥ 98.5 %", "温度 20–80 ℃", "性能描述 性能优良",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    ["发明专利，ZL202110000000.1，一种检测装置，授权有效", "发明专利|ZL202110000000.1|一种检测装置|授权有效",
     "1、授权有效；发明专利；一种检测装置；专利号：ZL202110000000.1"],
)  # fmt: skip
def test_rights_are_read_in_any_order(line):
    assert parse_right(line, 1) == {
        "kind": "pat_inv", "number": "ZL202110000000.1", "title": "一种检测装置", "status": "granted",
    }  # fmt: skip


@pytest.mark.parametrize(
    "line", ["一种检测装置", "国防专利，ZL202110000000.1", "发明专利", "发明专利，实用新型，ZL202110000000.1"]
)
def test_rights_that_are_refused(line):
    with pytest.raises(CellError) as caught:
        parse_right(line, 2)
    assert "2" in caught.value.messages[0]
    assert caught.value.hint


# --- Headings ----------------------------------------------------------------------------------------------------


def test_headings_are_found_below_a_title_in_any_order_and_by_synonym(examine):
    headings = ["序号", "所属领域", "项目名称", "备注", "联系方式"]
    row = {"序号": 1, "所属领域": "0804", "项目名称": "一种技术", "备注": "略", "联系方式": "025-80000000"}
    found = examine([row], headings, above=[["某大学成果汇总表"], [None]])
    assert found.rows[0].values["tech_field"] == "0804"
    assert found.rows[0].row_no == 4
    (remark,) = found.remarks
    assert remark == {"code": "unknown_columns", "params": {"columns": "D 备注"}}
    assert found.counts["above"] == 2


def test_a_table_without_the_title_is_not_recognised(examine):
    with pytest.raises(HeadingProblem) as caught:
        examine([{"姓名": "甲", "年龄": 3}], ["姓名", "年龄"])
    assert caught.value.code == "no_heading"


def test_a_column_twice_is_not_guessed(examine):
    with pytest.raises(HeadingProblem) as caught:
        examine(good_rows(1), (*HEADINGS, "项目名称"))
    assert (caught.value.code, caught.value.params["first"]) == ("heading_twice", "B")


def test_headings_without_rows(examine):
    with pytest.raises(HeadingProblem) as caught:
        examine([])
    assert caught.value.code == "no_rows"


# --- Rows among the owner's records ------------------------------------------------------------------------------


def test_same_record_twice_in_a_file(examine):
    rows = good_rows(3)
    rows[2]["成果名称*"] = f" {rows[0]['成果名称*']}"
    found = examine(rows)
    assert [row.group for row in found.rows] == [RowGroup.NEW, RowGroup.NEW, RowGroup.INVALID]
    assert "2" in spoken(found.rows[2].errors[0]["message"])


@pytest.fixture
def imported(university, university_officer, examine):
    """The first three good rows as records."""
    rows = good_rows(3)
    found = examine(rows)
    desk = AchievementDesk(university, programme())
    desk.prepare([row.values for row in found.rows])
    saved = desk.save(by=university_officer, batch=None, rows=[row.ready for row in found.rows])
    numbers = desk.number(by=university_officer, uuids=[done.uuid for done in saved.created])
    return rows, [Achievement.objects.get(public_no=number) for number in numbers.values()]


def test_the_same_rows_again_are_unchanged(examine, imported):
    rows, _records = imported
    assert [row.group for row in examine(rows).rows] == [RowGroup.UNCHANGED] * 3


def test_changed_fields_are_listed_before_and_after(examine, imported):
    rows, records = imported
    rows[0] |= {"成熟度*": 9, "联系电话": "010-11111111", "主要技术指标*": "合格率≥99.9%"}
    rows[1] |= {"成果编号": records[1].public_no, "成果名称*": "新的名称"}
    first, second, third = examine(rows).rows
    assert (first.group, second.group, third.group) == (RowGroup.CHANGED, RowGroup.CHANGED, RowGroup.UNCHANGED)
    changes = {change.name: change for change in first.changes}
    assert set(changes) == {"trl", "contact_phone", "indicators"}
    assert changes["trl"].after.endswith("系统级") or "9" in changes["trl"].after
    assert "合格率 ≥ 99.9 %" in changes["indicators"].after
    assert (changes["contact_phone"].before, changes["contact_phone"].after) == ("", "")
    assert [(change.name, change.after) for change in second.changes] == [("title", "新的名称")]
    assert second.target.uuid == records[1].uuid


def test_empty_cells_change_nothing(examine, imported):
    rows, _records = imported
    emptied = dict.fromkeys(HEADINGS) | {"成果名称*": rows[0]["成果名称*"]}
    assert examine([emptied]).rows[0].group == RowGroup.UNCHANGED


def test_a_column_that_is_not_in_the_file_changes_nothing(examine, imported):
    rows, _records = imported
    assert examine(rows, ["成果名称*", "成熟度*"]).counts[RowGroup.UNCHANGED] == 3


def test_changing_keeps_what_the_workbook_has_no_column_for(examine, imported, university, university_officer):
    rows, records = imported
    right = records[0].ip_items.order_by("pk").first()
    records[0].ip_items.filter(pk=right.pk).update(owner="测试大学甲", encumbrances=["pledged"])
    records[0].indicators.filter(position=1).update(evidence="检测报告")
    rows[0]["知识产权*"] = rows[0]["知识产权*"].replace("授权有效", "届满")
    rows[0]["主要技术指标*"] = rows[0]["主要技术指标*"] + "\n新增指标≥5%"
    (row,) = examine(rows[:1]).rows
    desk = AchievementDesk(university, programme())
    desk.prepare([row.values])
    desk.save(by=university_officer, batch=None, rows=[row.ready])
    after = Achievement.objects.get(pk=records[0].pk)
    kept = after.ip_items.order_by("pk").first()
    assert (kept.status, kept.owner, kept.encumbrances) == ("expired", "测试大学甲", ["pledged"])
    assert after.indicators.order_by("position").first().evidence == "检测报告"
    assert after.version == 2


@pytest.mark.parametrize("state", ["submitted", "rejected"])
def test_a_record_that_was_handed_on_cannot_be_changed(examine, imported, state):
    rows, records = imported
    Achievement.objects.filter(pk=records[0].pk).update(state="submitted")
    if state != "submitted":
        Achievement.objects.filter(pk=records[0].pk).update(state=state)
    assert examine(rows).rows[0].group == RowGroup.UNCHANGED
    rows[0]["成熟度*"] = 9
    (error,) = examine(rows).rows[0].errors
    assert error["cell"] == "B2"


def test_what_the_unit_stamped_at_hand_in_is_no_change(examine, imported, university, university_officer):
    rows, records = imported
    rows[0] |= {"单位审核意见": "同意推荐", "审核日期": "2026-03-05"}
    record = records[0]
    AchievementBody.objects.filter(achievement=record).update(unit_opinion="同意", unit_opinion_on=date(2026, 9, 1))
    assert {change.name for change in examine(rows).rows[0].changes} == {"unit_opinion", "unit_opinion_on"}
    Achievement.objects.filter(pk=record.pk).update(state="submitted")
    assert examine(rows).rows[0].group == RowGroup.UNCHANGED
    Achievement.objects.filter(pk=record.pk).update(state="returned")
    assert examine(rows).rows[0].group == RowGroup.UNCHANGED
    # A draft again: only what it went through tells that it was handed in.
    Achievement.objects.filter(pk=record.pk).update(state="draft")
    assert examine(rows).rows[0].group == RowGroup.CHANGED
    step = {"object_kind": "achievement", "object_id": record.uuid, "step": "unit", "organisation": university,
            "by": university_officer, "record_version": 1}  # fmt: skip
    ReviewStep.objects.create(decision="submit", **step)  # by its author to the unit: the unit declared nothing yet
    assert examine(rows).rows[0].group == RowGroup.CHANGED
    ReviewStep.objects.create(decision="pass", **step)
    assert examine(rows).rows[0].group == RowGroup.UNCHANGED


def test_records_of_others_are_never_meant(examine, other_university):
    other = AchievementFactory(body__owner=other_university, title="别人的成果")
    rows = good_rows(2)
    rows[0]["成果名称*"] = other.title
    rows[1]["成果编号"] = other.public_no
    first, second = examine(rows).rows
    assert first.group == RowGroup.NEW
    assert second.errors[0]["name"] == "public_no"


def test_a_name_that_two_records_share_is_asked_about_unless_the_number_says_it(examine, university):
    records = [AchievementFactory(body__owner=university, title="同名成果") for _n in range(2)]
    rows = good_rows(2)
    rows[0]["成果名称*"] = rows[1]["成果名称*"] = "同名成果"
    rows[1]["成果编号"] = records[1].public_no
    first, second = examine(rows).rows
    assert (first.group, first.is_question) == (RowGroup.NEW, True)
    assert {one.target.uuid for one in first.similar} == {record.uuid for record in records}
    assert second.target.uuid == records[1].uuid


def test_accounting_is_exact(examine):
    rows = good_rows(40)
    plant(rows, 7)
    rows.insert(10, dict.fromkeys(HEADINGS))
    found = examine(rows, above=[["标题"], [None]])
    groups = sum(found.counts[group] for group in RowGroup.values)
    assert found.counts[RowGroup.INVALID] == 7
    assert found.counts["read"] == groups + found.counts["blank"] + found.counts["above"] == 44


def test_queries_do_not_grow_with_the_rows_of_a_piece(examine, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        examine(good_rows(200))
