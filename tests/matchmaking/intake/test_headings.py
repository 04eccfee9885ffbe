"""Where the columns of a table stand: titles above, two rows of headings, synonyms, near misses; notes below."""

from decimal import Decimal

import pytest
from django.utils.translation import override

from catalog import exporting as achievement_export
from catalog.filters import AchievementFilter
from catalog.forms import AchievementForm
from catalog.importing import ACHIEVEMENT_ROWS as KIND
from catalog.models import Achievement, AchievementBody
from catalog.presenting import all_items
from matchmaking.intake.headings import HeadingProblem, Knowledge, fold_heading, read_heading
from matchmaking.intake.importing import find_kind
from matchmaking.intake.likeness import Names, fold
from matchmaking.intake.notes import NoteFinder
from needs import exporting as need_export
from needs.forms import NeedForm
from needs.models import NeedBody, TechNeed


def heading(*rows, **knowledge):
    known = Knowledge(**knowledge) if knowledge else None
    return read_heading(KIND, [list(row) for row in rows], list(range(1, len(rows) + 1)), known)


def test_a_title_and_remarks_may_stand_above():
    found = heading(
        ["某大学汇总表"], ["填报单位：科研院", None, "2026年"], ["序号", "成果名称*", "技术领域"], [1, "甲", "0804"]
    )
    assert found.row_no == 3
    assert found.places == {"title": 1, "tech_field": 2}
    assert found.unknown == ()


def test_two_rows_of_headings_with_merged_groups():
    found = heading(
        ["汇总表"],
        ["序号", "基本情况", None, None, "联系方式", None, None],
        [None, "项目名称", "简介", "所属领域", "联系人", "手机", "邮箱"],
        [1, "甲", "乙", "0804", "王老师", "025-80000000", "a@example.edu.cn"],
    )
    assert found.row_no == 3
    assert found.places == {"title": 1, "summary": 2, "tech_field": 3, "contact_name": 4, "contact_phone": 5,
                            "contact_email": 6}  # fmt: skip
    assert found.cells[1].text == "基本情况 项目名称"


def test_the_name_below_a_unit_is_not_the_name_of_the_record():
    found = heading(["成果名称", "完成单位", None, "专利", None], [None, "名称", "地址", "编号", "状态"],
                    ["甲", "乙大学", "某地", "ZL1", "授权"])  # fmt: skip
    assert found.places["title"] == 0
    assert "public_no" not in found.places


def test_the_first_row_of_data_is_no_second_row_of_headings():
    found = heading(["成果名称", "关键词"], ["名称", "摘要"])
    assert found.row_no == 1


@pytest.mark.parametrize(
    ("written", "column"),
    [("*成果名称", "title"), ("成果名称（必填）", "title"), ("成 果 名 称", "title"), ("成果名称：", "title"),
     ("项目名称", "title"), ("ＴＲＬ", "trl"), ("意向价格(万元)", "price_fen"), ("意向价格（单位：元）", "price_fen")],
)  # fmt: skip
def test_headings_as_people_write_them(written, column):
    rows = [[written, "关键词"], ["a", "b"]] if column == "title" else [["成果名称", written], ["a", "b"]]
    assert column in heading(*rows).places


def test_the_unit_of_a_price_stands_in_the_heading():
    assert heading(["成果名称", "意向价格（单位：元）"], ["a", 1]).units == {"price_fen": "元"}


def test_a_near_miss_is_proposed_and_never_taken():
    found = heading(["成果名称", "关键词语", "技术的领域", "备注"], ["a", "b", "c", "d"])
    assert found.places == {"title": 0}
    assert {one.text: one.proposal for one in found.cells} == {
        "成果名称": "", "关键词语": "keywords", "技术的领域": "tech_field", "备注": "",
    }  # fmt: skip
    assert found.unknown == ("B 关键词语", "C 技术的领域", "D 备注")


@pytest.mark.django_db
def test_without_the_key_the_columns_are_asked_for():
    with pytest.raises(HeadingProblem) as caught:
        heading(["本学院的成果", "领域"], ["甲", "0804"], ["乙", "0804"])
    assert caught.value.code == "no_heading"
    found = caught.value.heading
    assert [one.text for one in found.cells] == ["本学院的成果", "领域"]
    assert found.cells[0].sample == ("甲", "乙")


@pytest.mark.parametrize("rows", [[["只有一句话"]], [[1, 2, 3], [4, 5, 6]]])
def test_what_holds_no_headings_is_refused_outright(rows):
    with pytest.raises(HeadingProblem) as caught:
        heading(*rows)
    assert caught.value.heading is None


def test_a_column_twice_is_asked_about():
    with pytest.raises(HeadingProblem) as caught:
        heading(["成果名称", "项目名称"], ["a", "b"])
    assert (caught.value.code, caught.value.params["first"], caught.value.params["second"]) == (
        "heading_twice",
        "A",
        "B",
    )
    assert caught.value.heading is not None


def test_what_was_said_once_counts_and_what_is_said_now_counts_more():
    rows = ["本学院的成果", "方向", "备注"], ["甲", "0804", "丙"]
    remembered = {fold_heading("本学院的成果"): "title", fold_heading("方向"): "discipline", fold_heading("备注"): ""}
    found = heading(*rows, remembered=remembered)
    assert found.places == {"title": 0, "discipline": 1}
    assert [one.how for one in found.cells] == ["remembered", "remembered", "ignored"]
    assert found.unknown == ()
    found = heading(*rows, remembered=remembered, columns={1: "tech_field"})
    assert found.places == {"title": 0, "tech_field": 1}


def test_the_row_of_headings_can_be_chosen():
    rows = ["成果名称", "关键词", "摘要"], ["项目", "主题", "内容"], ["甲", "乙", "丙"]
    found = heading(*rows, columns={0: "title"}, row_no=2)
    assert (found.row_no, found.places) == (2, {"title": 0})


# --- Notes -------------------------------------------------------------------------------------------------------


def notes(*rows, headings=("序号", "成果名称", "意向价格（万元）")):
    finder = NoteFinder(heading(list(headings), [1, "甲", 2]), "title")
    return [finder.is_note(number, row) for number, row in enumerate(rows, start=2)], finder


@pytest.mark.parametrize(
    "row",
    [["注：本表由各学院填报"], ["备注: 价格以合同为准"], ["填表说明：一项一行"], [None, "说明：1. 一项一行"], ["合计"],
     ["合计", None, 350], ["总 计", 12, "1,350.5"], ["合计：40 项"], [None, None, "填表人：示例    审核人：示例"],
     ["（盖章）"], ["※ 必填"], ["序号", "成果名称", "意向价格（万元）"]],
    ids=str,
)  # fmt: skip
def test_lines_that_are_no_records(row):
    assert notes(row)[0] == [True]


@pytest.mark.parametrize(
    "row",
    [[1, "甲", 2], [None, "说明书自动生成技术"], [None, "注塑机节能技术"], ["合计", "甲技术", 2],
     [None, "备注智能分类"],
     [3, "注：一种技术", 5], [None, "合计量子计算"], [None, "甲"], ["2."], [None, "负责人画像技术"],
     [None, "审核人工智能模型的方法"]],
    ids=str,
)  # fmt: skip
def test_lines_that_are_records_or_must_be_looked_at(row):
    assert notes(row)[0] == [False]


def test_numbered_lines_go_on_with_a_note():
    found, finder = notes([1, "甲", 2], ["注："], ["1. 一项一行"], ["2、价格为意向"], [2, "乙", 3], ["3. 不是注"])
    assert found == [False, True, True, True, False, False]
    assert finder.params == {"count": 3, "rows": "3、4、5", "first": "注："}


# --- Names -------------------------------------------------------------------------------------------------------


def near(name: str, *others: str) -> list[int]:
    names: Names[int] = Names()
    for key, other in enumerate(others):
        names.add(key, fold(other))
    return [key for key, _score in names.near(fold(name))]


def test_names_that_are_nearly_the_same():
    assert near("高温合金叶片在线检测技术", "高温合金叶片的在线检测技术", "污水处理膜再生技术") == [0]
    assert near("高温合金叶片在线检测技术", "高温合金 叶片在线检测－技术") == [0]
    assert near("一种新型锂电池极片涂布工艺", "新型锂电池极片涂布工艺") == [0]


@pytest.mark.parametrize(
    ("one", "other"),
    [("第3号叶片检测技术的示范应用", "第4号叶片检测技术的示范应用"), ("X100型检测装置", "X200型检测装置"),
     ("叶片检测技术第一代", "叶片检测技术第二代"), ("叶片在线检测", "缆索寿命预测")],
)  # fmt: skip
def test_names_of_different_things(one, other):
    assert near(one, other) == []


def test_a_name_is_found_among_many_like_it():
    many = [
        f"面向{a}{b}的{c}技术" for a in "甲乙丙丁戊己庚辛" for b in "子丑寅卯辰巳午未" for c in ("检测", "预测", "调控")
    ]
    assert near("面向丙辰的检测新技术", *many)[0] == many.index("面向丙辰的检测技术")


def test_numbers_of_cells_are_read_exactly():
    assert fold_heading(Decimal("3.5")) == "35"


# --- One name for one field -------------------------------------------------------------------------------------------

FORMER = {
    "achievement": {"技术成熟度": "trl", "技术就绪度": "trl", "成熟度证明": "trl_evidence", "项目编号": "grant_no",
                    "赋权试点": "rights_pilot", "价格区间": "price_band", "期望价格": "price_fen",
                    "融资金额": "finance_amount_fen", "已有应用": "references", "已有应用/客户": "references",
                    "解决的问题/痛点": "problem_solved", "获奖、评价报告": "awards"},
    "need": {"需求背景": "background", "需求背景/现状": "background", "是否卡脖子": "chokepoint",
             "是否“卡脖子”": "chokepoint", "是否进口替代": "import_substitution", "经费档次": "budget_band",
             "具体经费": "budget_fen", "是否揭榜挂帅": "open_competition", "意向高校/专家": "wished_partners"},
    "scenario": {"需求背景": "background", "经费档次": "budget_band", "意向高校/专家": "wished_partners"},
}  # fmt: skip


@pytest.mark.parametrize("name", FORMER)
def test_files_with_the_former_headings_are_still_understood(name):
    kind = find_kind(name)
    for former, column in FORMER[name].items():
        found = read_heading(kind, [[kind.column(kind.key).heading, former], ["a", "b"]], [1, 2])
        assert found.places.get(column) == 1, former


def test_what_was_remembered_of_a_heading_counts_before_its_new_meaning():
    remembered = {fold_heading("技术成熟度"): "maturity"}
    assert heading(["成果名称", "技术成熟度"], ["a", "b"], remembered=remembered).places["maturity"] == 1


@pytest.mark.parametrize("name", FORMER)
def test_no_word_means_two_columns(name):
    words = [(fold_heading(word), one.name) for one in find_kind(name).columns for word in (one.heading, *one.synonyms)]
    meant = {}
    for word, column in words:
        assert meant.setdefault(word, column) == column, word


# Beside the form of all needs, the list of scenarios calls some things by the scenario; and what is no field of a form.
OWN_WORDS = {"title", "background", "problem"}
LABELS = {
    "achievement": {item.name: item.label for item in all_items()},
    "need": {name: field.label for name, field in NeedForm.base_fields.items()},
}
LABELS["scenario"] = {name: label for name, label in LABELS["need"].items() if name not in OWN_WORDS}


@pytest.mark.parametrize("name", FORMER)
def test_the_template_and_the_form_call_a_field_the_same(name):
    with override("zh-hans"):
        labels = {field: fold_heading(label) for field, label in LABELS[name].items()}
        columns = {one.name: fold_heading(one.heading) for one in find_kind(name).columns if one.name in labels}
        assert len(columns) > 20
        assert columns == {field: labels[field] for field in columns}


@pytest.mark.parametrize(
    ("columns", "name"), [(achievement_export.COLUMNS, "achievement"), (need_export.COLUMNS, "need")]
)
def test_the_export_and_the_template_call_a_field_the_same(columns, name):
    kind = find_kind(name)
    own = {"编号", "状态", "所在地区", "所在省市", "发布日期"}
    known = {fold_heading(one.heading) for one in kind.columns}
    assert {heading for heading, *_rest in columns if fold_heading(heading) not in known} <= own


def test_level_and_stage_have_two_names_wherever_they_stand():
    with override("zh-hans"):
        labels = AchievementFilter.base_filters
        assert (str(labels["maturity"].label), str(labels["price_band"].label)) == ("成熟阶段", "意向价格区间")
        assert str(AchievementForm.base_fields["trl"].label) == "成熟度"
        for model, field, words in (
            (Achievement, "trl", "成熟度"), (Achievement, "maturity", "成熟阶段"),
            (Achievement, "price_band", "意向价格区间"),
            (AchievementBody, "price_fen", "意向价格"), (TechNeed, "budget_band", "拟投入经费区间"),
            (NeedBody, "budget_fen", "拟投入经费"),
        ):  # fmt: skip
            assert str(model._meta.get_field(field).verbose_name) == words
