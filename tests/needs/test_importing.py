"""Technical needs and scenarios from a workbook: bad cells, what a row means, the round trip, undo."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone
from openpyxl import load_workbook

from matchmaking.activity.models import Entry
from matchmaking.common.crypto import unseal
from matchmaking.common.workflow import StaleState
from matchmaking.intake.cells import CellError
from matchmaking.intake.models import ProposedChange, RecordVersion
from matchmaking.intake.refusals import row_remarks_of
from matchmaking.intake.services import import_results as results
from matchmaking.intake.services.files import add_attachment
from matchmaking.intake.services.undoing import UndoBlocked
from needs import exporting
from needs.enums import NeedState
from needs.indicator_lines import parse_need_indicator, written_line
from needs.models import NeedBody, TechNeed
from needs.selectors import shown
from needs.services import Refused, submit_need
from tests.factories.needs import make_need
from tests.rowkinds import Uploads, changes, errors, exported, groups, lines

pytestmark = pytest.mark.django_db


def row(number: int = 1, **cells):
    """One good row as a person writes it; `cells` by the beginning of a heading."""
    found = {
        "需求编号": None,
        "需求名称*": f"轴承滚子表面缺陷在线检测（第{number}号）",
        "需求类型*": "技术攻关",
        "需求背景与现状*": "每年生产滚子两亿粒。",
        "现有工艺与问题*": "人工目检，漏检率高。",
        "预期目标*": "在线全检。",
        "考核指标*": "1. 检出率≥９９％（现状：91%）\n单粒时间≤0.05s（期望）\n外观良好",
        "现有工作基础*": "有试验线。",
        "技术领域*": "0804",
        "行业*": 35,
        "合作方式*": "委托开发、合作开发",
        "拟投入经费区间*": "50万—100万元",
        "拟投入经费（万元）": 85,
        "完成时限（月）*": "1年半",
        "知识产权要求*": "双方共有",
        "征集截止*": timezone.localdate() + timedelta(days=90),
        "公开范围*": "公开",
        "联系人*": "测试联系人",
        "联系电话*": "025-80000000",
    }
    for name, cell in cells.items():
        found[next((heading for heading in found if heading.startswith(name)), name)] = cell
    return found


@pytest.fixture
def needs(enterprise, enterprise_lead):
    return Uploads("need", enterprise, enterprise_lead)


@pytest.fixture
def scenarios(enterprise, enterprise_lead):
    return Uploads("scenario", enterprise, enterprise_lead)


# --- Indicators --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("抗冲击韧性≥67%（现状：40%）", ("抗冲击韧性", "ge", "67", "%", "", "40%", True)),
        ("抗冲击韧性≥67%（期望）", ("抗冲击韧性", "ge", "67", "%", "", "", False)),
        ("抗冲击韧性≥67%（现值40%，期望）", ("抗冲击韧性", "ge", "67", "%", "", "40%", False)),
        ("【期望】误报率 ≤ 1%", ("误报率", "le", "1", "%", "", "", False)),
        ("检出率≥98%（裂纹0.2mm以上）（现状：91%）（必达）",
         ("检出率", "ge", "98", "%", "裂纹0.2mm以上", "91%", True)),
        ("寿命由半年提高到五年以上（现状：半年）",
         ("性能描述", "text", None, "", "寿命由半年提高到五年以上", "半年", True)),
        ("温度 20–80 ℃", ("温度", "between", "20", "℃", "", "", True)),
    ],
)  # fmt: skip
def test_indicator_lines(line, expected):
    read = parse_need_indicator(line, 1)
    value = None if read["value"] is None else str(read["value"])
    assert (read["name"], read["operator"], value, read["unit"], read["text"], read["now"], read["must"]) == expected


@pytest.mark.parametrize(
    "line", ["甲≥1%（现状：2%）（现状：3%）", "甲≥1%（期望）（必须）", f"甲≥1%（现状：{'长' * 61}）"]
)
def test_indicator_lines_that_contradict_themselves(line):
    with pytest.raises(CellError) as caught:
        parse_need_indicator(line, 4)
    assert "4" in caught.value.messages[0]
    assert caught.value.hint


@pytest.mark.parametrize(
    "line",
    ["检出率≥98%（裂纹0.2mm以上）（现状：91%）", "温度：-40～85℃（期望）", "外观良好", "精度：优于国标（期望）",
     "堆积密度≥1.8克/立方厘米", "功率=3kW（现状：2kW）"],
)  # fmt: skip
def test_a_written_line_is_read_as_the_same_indicator(line):
    read = parse_need_indicator(line, 1)
    assert parse_need_indicator(written_line(read), 1) == read


# --- Cells -------------------------------------------------------------------------------------------------------


def test_a_messy_list_becomes_drafts(needs, enterprise):
    batch = needs.send([row(1), row(2, 完成="18个月", 行业="专用设备", 征集="2027年3月5日",
                                    **{"拟投入经费（": "１２０万元"})],
                       above=[["某企业技术需求汇总表"], [None]])  # fmt: skip
    assert groups(batch) == ["new", "new"]
    assert batch.counts["incomplete"] == 0
    needs.commit(batch)
    first, second = TechNeed.objects.filter(body__owner=enterprise).order_by("pk")
    assert (first.state, first.region, first.due_months, first.industry) == ("draft", enterprise.region, 18, "35")
    assert first.body.budget_fen == 85_000_000
    assert first.body.contact == {"name": "测试联系人", "phone": "025-80000000"}
    quick, slow, words = first.body.indicators.order_by("position")
    assert (quick.value, quick.now, quick.must) == (Decimal(99), "91%", True)
    assert (slow.must, words.text) == (False, "外观良好")
    assert (second.open_until, second.body.budget_fen) == (date(2027, 3, 5), 120_000_000)


@pytest.mark.parametrize(
    ("column", "cell", "right"),
    [
        ("技术领域", "0899 星际旅行", "0801"),
        ("需求类型", "技术公关", "技术攻关"),
        ("行业", "999", "填写说明"),
        ("完成时限", "三年零三个月", "36"),
        ("完成时限", 48, "36"),
        ("征集截止", "2026年3月", "2026-03-05"),
        ("征集截止", "9999-12-31", "2027-06-30"),
        ("拟投入经费", "面议", "拟投入经费区间"),
        ("拟投入经费区间", "很多", "10万元以下"),
        ("公开范围", "保密", "公开"),
        ("联系电话", "找办公室", "025"),
        ("需求名称", "长" * 61, "1"),
        ("考核指标", "甲≥1%（现状：2%）（现状：3%）", "现状"),
        ("需求编号", "XQ-1999-000001", ""),
    ],
)
def test_bad_cells_are_named_with_what_would_be_right(needs, column, cell, right):
    key = f"{column}（" if column == "拟投入经费" else column  # its band begins alike
    batch = needs.send([row(1), row(2, **{key: cell})])
    assert groups(batch) == ["new", "invalid"]
    found = errors(batch, 1)
    assert list(found) == [column]
    message, hint = found[column]
    assert message
    assert hint
    assert right in hint


@pytest.mark.parametrize(
    "cells",
    [{"现有工艺与问题": "本项目为★秘密级，不得外传"}, {"考核指标": "机密指标≥3%"}, {"是否涉密": "是"},
     {"是否涉密": "涉密"}, {"联系人职务": "绝密办主任"}],
)  # fmt: skip
def test_marks_of_state_secrets_are_refused(needs, cells):
    batch = needs.send([row(1), row(2, **cells)])
    assert groups(batch) == ["new", "invalid"]
    needs.commit(batch, leave_out_invalid=True)
    assert TechNeed.objects.count() == 1


def test_everyday_words_are_no_marks(needs):
    batch = needs.send([row(1, 现有工艺="涉及商业秘密，不涉密", 是否涉密="否")])
    assert groups(batch) == ["new"]


def test_a_hidden_owner_who_is_named_is_pointed_out_and_blocks_submitting_only(needs, enterprise, enterprise_lead):
    batch = needs.send([row(1, 公开="匿名发布", 需求背景="我公司测试企业甲有产线。")])
    (only,) = lines(batch)
    assert only.group == "new"
    assert only.missing == ["background"]
    assert "需求背景与现状" in row_remarks_of(only)[0]
    needs.commit(batch)
    need = TechNeed.objects.get()
    with pytest.raises(Exception, match="background"):
        submit_need(by=enterprise_lead, need=need)


def test_what_is_missing_makes_a_row_incomplete(needs):
    batch = needs.send([row(1, 考核="外观良好", 预期=None, 联系电话=None, 需求类型=None)])
    (only,) = lines(batch)
    assert only.group == "new"
    assert only.missing == ["need_kind", "goal", "indicators", "contact_phone"]


def test_a_formula_without_result_and_a_formula_as_text(needs):
    good = row(1)
    good["需求背景与现状*"] = '=HYPERLINK("http://example.test","点我")'
    batch = needs.send([good, row(2, 预期="'=1+1")])
    assert groups(batch) == ["invalid", "new"]
    assert "需求背景与现状" in errors(batch)
    needs.commit(batch, leave_out_invalid=True)
    assert TechNeed.objects.get().body.goal == "=1+1"


def test_private_cells_are_sealed_and_never_compared_in_words(needs):
    batch = needs.send([row(1)])
    assert unseal(lines(batch)[0].values["contact_phone"]) == "025-80000000"
    assert "80000000" not in str(batch.rows.values())
    needs.commit(batch)
    again = needs.send([row(1, 联系电话="010-11111111")])
    assert changes(again) == {"contact_phone": ("", "")}


# --- What a row means --------------------------------------------------------------------------------------------


def test_new_changed_unchanged_missing_and_invalid(needs, enterprise, other_enterprise, other_enterprise_lead):
    make_need(other_enterprise, other_enterprise_lead, title=row(9)["需求名称*"])
    needs.commit(needs.send([row(1), row(2), row(3)]))
    batch = needs.send([row(1), row(2, 完成="24", 考核="检出率≥99.5%"), row(4), row(5, 行业="炼金术"), row(9)])
    assert groups(batch) == ["unchanged", "changed", "new", "invalid", "new"]
    assert batch.counts["missing"] == 1
    assert batch.rows.get(group="missing").target_no == TechNeed.objects.get(title__contains="第3号").public_no
    found = changes(batch, 1)
    assert found["due_months"] == ("18", "24")
    assert found["indicators"][1] == "检出率≥99.5%"
    assert found["indicators"][0].startswith("检出率≥99%（现状：91%）；单粒时间≤0.05s（期望）")


def test_by_number_the_name_may_change_and_the_rest_stays(needs, enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead, state="draft", title="旧的名称")
    batch = needs.send([{"需求编号": need.public_no, "需求名称*": "新的名称"}])
    assert changes(batch) == {"title": ("旧的名称", "新的名称")}
    needs.commit(batch)
    need.refresh_from_db()
    assert (need.title, need.version) == ("新的名称", 2)
    assert need.body.problem == "冷却后人工检查，百分之三的裂纹到客户那里才发现。"
    assert need.body.indicators.get().now == "91"


@pytest.mark.parametrize("state", ["submitted", "checked", "contracted"])
def test_a_need_under_review_or_contracted_cannot_be_changed_by_an_upload(needs, enterprise, enterprise_lead, state):
    need = make_need(enterprise, enterprise_lead, state=state)
    batch = needs.send([{"需求编号": need.public_no, "需求名称*": "新的名称"}])
    assert groups(batch) == ["invalid"]


def test_a_published_need_is_revised_and_that_can_be_undone(needs, enterprise, enterprise_lead, regional_officer_miit):
    need = make_need(enterprise, enterprise_lead)
    body = NeedBody.objects.get(need=need)
    cells = {"需求编号": need.public_no, "需求名称*": "新的名称", "考核指标*": "检出率≥99%",
             "需求背景与现状*": "新的背景", "联系电话*": "025-81111111", "完成时限（月）*": 24}  # fmt: skip
    batch = needs.send([cells])
    [line] = lines(batch)
    goes = {one["name"]: one["goes"] for one in line.cleaned["changes"]}
    assert goes == {"title": "check", "indicators": "check", "background": "live", "contact_phone": "live",
                    "due_months": "live"}  # fmt: skip
    batch = needs.commit(batch)
    need.refresh_from_db()
    change = ProposedChange.objects.get(object_id=need.uuid)
    assert (need.title, change.fields) == ("涡轮叶片锻后在线检测", ["indicators", "title"])
    assert NeedBody.objects.get(need=need).background == "新的背景"
    assert [one.what for one in RecordVersion.objects.filter(object_id=need.uuid).order_by("number")] == [
        "published", "imported"]  # fmt: skip
    needs.undo(batch)
    after = NeedBody.objects.get(need=need)
    assert (after.background, after.contact, after.need.due_months) == (body.background, body.contact, 18)
    change.refresh_from_db()
    assert change.state == "withdrawn"


def test_a_scenario_is_revised_in_its_own_list(enterprise, enterprise_lead, regional_officer_miit):
    scenario = make_need(enterprise, enterprise_lead, need_kind="scenario", site="车间", scale="两条线",
                         open_data="图像", trial_window="一个月", support_offered="人员",
                         access_conditions="签协议")  # fmt: skip
    uploads = Uploads("scenario", enterprise, enterprise_lead)
    batch = uploads.send([{"场景编号": scenario.public_no, "场景名称*": scenario.title, "开放数据*": "图像和日志"}])
    assert groups(batch) == ["changed"], errors(batch)
    uploads.commit(batch)
    assert NeedBody.objects.get(need=scenario).open_data == "图像和日志"


def test_a_published_need_stays_complete_and_keeps_its_hidden_owner(needs, enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead, visibility="hidden_owner")
    cells = {"需求编号": need.public_no, "需求名称*": need.title, "考核指标*": "外观良好"}
    batch = needs.send([cells | {"需求背景与现状*": f"{enterprise.name}每年锻造叶片。"}])
    assert groups(batch) == ["invalid"]
    assert set(errors(batch)) == {"需求背景与现状", "考核指标"}


def test_an_old_gap_excuses_no_name_of_a_hidden_owner(needs, enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead, visibility="hidden_owner", background="")
    cells = {"需求编号": need.public_no, "需求名称*": need.title}
    batch = needs.send([cells | {"需求背景与现状*": f"{enterprise.name}每年锻造叶片。"}])
    assert (groups(batch), set(errors(batch))) == (["invalid"], {"需求背景与现状"})


def test_the_names_of_a_hidden_owner_do_not_reach_the_pool_in_bulk(enterprise, enterprise_lead):
    with pytest.raises(Refused):
        make_need(enterprise, enterprise_lead, visibility="hidden_owner", title=f"{enterprise.name}的检测")


def test_a_list_names_one_enterprise(needs, other_enterprise):
    names = ("测试企业甲", other_enterprise.name, "单位不公开")
    batch = needs.send([row(number, 企业名称=name) for number, name in enumerate(names)])
    assert groups(batch) == ["new", "invalid", "new"]
    assert "测试企业甲" in errors(batch, 1)["企业名称"][0]


def test_invited_organisations_are_found_by_name(needs, university):
    batch = needs.send([row(1, 公开="受邀可见", 受邀单位=university.name), row(2, 受邀单位="并不存在的大学")])
    assert groups(batch) == ["new", "invalid"]
    needs.commit(batch, leave_out_invalid=True)
    assert TechNeed.objects.get().invitations.get().organisation == university
    assert groups(needs.send([row(1, 公开="受邀可见", 受邀单位=f" {university.name}")])) == ["unchanged"]


# --- Undo --------------------------------------------------------------------------------------------------------


def test_undo_takes_drafts_back_and_gives_values_back(needs, enterprise, enterprise_lead, university):
    need = make_need(enterprise, enterprise_lead, state="draft", title=row(1)["需求名称*"], invited=[university])
    before = _facts(need)
    batch = needs.commit(needs.send([row(1, 完成="24"), row(2)]))
    assert _facts(need) != before
    needs.undo(batch)
    assert _facts(need) == before
    assert TechNeed.objects.count() == 1
    assert Entry.objects.filter(verb="need.taken_back").count() == 1


def _facts(need):
    need = TechNeed.objects.select_related("body").get(pk=need.pk)
    body = {name: value for name, value in vars(need.body).items() if name not in ("_state", "search_vector")}
    row = {name: value for name, value in vars(need).items()
           if name not in ("_state", "search_vector", "version", "text_version", "updated_at")}  # fmt: skip
    body.pop("need_cache", None)
    rows = [tuple(one) for one in need.body.indicators.order_by("position").values_list("name", "value", "now", "must")]
    return str(body), str(row), rows, [guest.organisation_id for guest in need.invitations.all()]


def test_an_undo_is_blocked_once_a_draft_was_handed_in(needs, enterprise_lead):
    batch = needs.commit(needs.send([row(1)]))
    submit_need(by=enterprise_lead, need=TechNeed.objects.get())
    with pytest.raises(UndoBlocked) as caught:
        needs.undo(batch)
    assert len(caught.value.blockers) == 1


def test_a_file_added_while_an_undo_runs_stays_with_its_draft(needs, enterprise, enterprise_lead):
    batch = needs.commit(needs.send([row(1)]))
    draft, done = TechNeed.objects.get(), list(results.done_by(batch))
    desk = needs.kind.open_desk(enterprise, batch.programme)
    assert desk.blockers(done) == []  # this is where the undo looks
    document = SimpleUploadedFile("说明.pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n")
    add_attachment(by=enterprise_lead, kind="need", record=draft, upload=document, purpose="other",
                   visibility="officers")  # fmt: skip
    with pytest.raises(StaleState), transaction.atomic():
        desk.undo(by=enterprise_lead, batch=batch, done=done)
    assert TechNeed.objects.get() == draft


# --- Round trips -------------------------------------------------------------------------------------------------


def test_the_pools_own_list_comes_back_unchanged(needs, enterprise, enterprise_lead):
    written = ["检出率≥98%（裂纹0.2mm以上）（现状：91%）", "温度：-40～85℃（期望）", "外观良好", "精度：优于国标"]
    indicators = [parse_need_indicator(line, 1) for line in written]
    make_need(enterprise, enterprise_lead, indicators=indicators, national_project="zdjs", chokepoint=True)
    make_need(enterprise, enterprise_lead, title="匿名的需求", visibility="hidden_owner", budget_fen=None)
    site = {"site": "一车间", "scale": "四十台", "open_data": "三年", "trial_window": "三月", "support_offered": "一人",
            "access_conditions": "防爆"}  # fmt: skip
    make_need(enterprise, enterprise_lead, title="一个场景", need_kind="scenario", indicators=[], **site)
    batch = needs.send(exported(exporting.COLUMNS, shown(enterprise_lead, TechNeed.objects.all(), bodies=True)))
    assert batch.state == "checked", batch.refusal
    assert [(one.group, one.cleaned["changes"], one.errors) for one in lines(batch)] == [("unchanged", [], [])] * 3
    assert {one["code"] for one in batch.remarks} <= {"unknown_columns"}


@pytest.mark.parametrize("kind", ["need", "scenario"])
def test_the_template_with_its_own_examples_is_complete(kind, request):
    uploads = request.getfixturevalue("needs" if kind == "need" else "scenarios")
    batch = uploads.send(uploads.template())
    (only,) = lines(batch)
    assert (only.group, only.errors, only.missing) == ("new", [], [])
    uploads.commit(batch)
    need = TechNeed.objects.get()
    assert need.need_kind == ("tackle" if kind == "need" else "scenario")


def test_the_template_has_drop_downs_and_notes(needs):
    book = load_workbook(BytesIO(needs.template()))
    assert book.sheetnames[:2] == ["技术需求清单", "填写说明"]
    assert len(book["技术需求清单"].data_validations.dataValidation) >= 10


# --- Scenarios ---------------------------------------------------------------------------------------------------


def test_scenarios_and_needs_are_lists_of_their_own(needs, scenarios, enterprise, enterprise_lead):
    tackle = make_need(enterprise, enterprise_lead, state="draft", title="一个难题")
    scenarios.commit(scenarios.send(scenarios.template()))
    scene = TechNeed.objects.get(need_kind="scenario")
    assert scene.body.site == "锻造一车间，两条产线四十台压机"
    again = scenarios.send(scenarios.template())  # other bytes: the sheet is written anew
    assert groups(again) == ["unchanged"]
    assert again.counts["missing"] == 0
    assert needs.send([{"需求名称*": "一个难题"}]).counts["missing"] == 0
    renamed = {"场景编号": tackle.public_no, "场景名称*": "改名"}
    wrong = scenarios.send([renamed, {"场景名称*": "乙", "需求类型": "技术攻关"}])
    assert groups(wrong) == ["invalid", "invalid"]
    assert NeedBody.objects.get(need=tackle).need.title == "一个难题"
    assert TechNeed.objects.filter(state=NeedState.DRAFT).count() == 2
