"""What the clinic says of a need as it is written: six elements, the title against the text, traces of the owner."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from matchmaking.accounts.models import OrganisationAlias
from needs.clinic import elements, identity, wording
from needs.clinic.consulting import consult
from needs.completeness import INDICATOR_FIELDS
from tests.factories.needs import INDICATOR, need_data

TODAY = date(2026, 11, 21)
PROBLEM = (
    "轧辊堆焊修复后只能用三百公里就出龟裂掉皮，带钢表面全是印子，换一次辊停四十分钟，一个月换十几次，产量掉不少；"
    "试过换焊丝，第一回还行，第二回照旧，怀疑与结合区过热有关。"
)
VAGUE = "辊子坏得快，换得勤，影响生产，希望解决这个问题，谢谢各位专家指导。"
MOULD = "模具打两万来模表面就像乌龟壳一样裂，铸件上全是筋，客户退货。浇口那块一万多模就冲出沟来，烧焊补了又裂。"
BATTERY = "入冬后投诉集中：冷库里干半天就没电，叉车显示还有电却突然关机，插上枪充不进去，要先加热四十多分钟。"
BAG = "可降解快递袋新做出来撕不烂，库房里过一个夏天，一拎就破。袋子还得能过堆肥检测，加多了稳定剂就不过。"
EVERYDAY = ["白银靶材发黑，朝阳面晒裂，日照时间长，来宾不多。", "位于国家级经济技术开发区。",
            "在某高新区有一条线。", "大同小异，平安无事。", "锻造后冷却慢，裂纹到第三道才发现。",
            "压力0.3-0.5 MPa，型号400-100-1。"]  # fmt: skip


def row(**changes):
    return dict.fromkeys(INDICATOR_FIELDS) | {**INDICATOR, "value": Decimal(98)} | changes


def state_of(key, values, rows=(), unread=0):
    found = elements.measure(values, list(rows), unread=unread, today=TODAY)
    [one] = [element for element in found if element.key == key]
    return one.state


def whole(**changes):
    return need_data(problem=PROBLEM, open_until=TODAY + timedelta(days=90), **changes)


# --- The six elements -------------------------------------------------------------------------------------------------


def test_a_whole_need_is_well_said_in_all_six():
    found = elements.measure(whole(), [row()], unread=0, today=TODAY)

    assert [one.key for one in found] == ["problem", "indicators", "deadline", "ip", "funds", "conditions"]
    assert {one.state for one in found} == {"good"}
    assert not any(one.advice for one in found)


def test_an_empty_need_misses_all_six_and_is_told_what_to_write():
    found = elements.measure({}, [], unread=0, today=TODAY)

    assert {one.state for one in found} == {"missing"}
    assert all(one.reason and one.advice for one in found)


@pytest.mark.parametrize(
    ("key", "changes", "rows", "unread", "state"),
    [
        ("problem", {"problem": VAGUE, "tried": ""}, [row()], 0, "weak"),
        ("problem", {"problem": "辊子老坏"}, [row()], 0, "missing"),
        ("indicators", {}, [], 0, "missing"),
        ("indicators", {}, [], 2, "missing"),
        ("indicators", {}, [row(operator="text", value=None, text="批批合格")], 0, "weak"),
        ("indicators", {}, [row(now="")], 0, "weak"),
        ("indicators", {}, [row()], 1, "weak"),
        ("indicators", {}, [row(now=""), row()], 0, "good"),
        ("indicators", {"need_kind": "scenario", "access_conditions": "入厂培训"}, [], 0, "good"),
        ("deadline", {"due_months": None}, [row()], 0, "missing"),
        ("deadline", {"due_months": 1}, [row()], 0, "weak"),
        ("deadline", {"open_until": None}, [row()], 0, "weak"),
        ("deadline", {"open_until": TODAY}, [row()], 0, "weak"),
        ("ip", {"ip_terms": ""}, [row()], 0, "missing"),
        ("ip", {"ip_terms": "negotiate"}, [row()], 0, "weak"),
        ("ip", {"ip_terms": "negotiate", "ip_terms_note": "本行业五年独占。"}, [row()], 0, "good"),
        ("funds", {"budget_band": ""}, [row()], 0, "missing"),
        ("funds", {"budget_band": "b0"}, [row()], 0, "weak"),
        ("conditions", {"coop_modes": [], "basis": ""}, [row()], 0, "missing"),
        ("conditions", {"target_trl": None}, [row()], 0, "weak"),
        ("conditions", {"open_competition": True, "eligibility": ""}, [row()], 0, "weak"),
        ("conditions", {"need_kind": "scenario", "access_conditions": ""}, [row()], 0, "weak"),
    ],
)  # fmt: skip
def test_a_flaw_changes_the_state_of_its_element(key, changes, rows, unread, state):
    values = whole() | changes

    assert state_of(key, values, rows, unread) == state
    others = {
        one.key: one.state for one in elements.measure(values, rows, unread=unread, today=TODAY) if one.key != key
    }
    assert set(others.values()) == {"good"}


# --- The title --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "text", "differs"),
    [
        ("轧辊修复层龟裂", PROBLEM, False),
        ("带钢表面印痕攻关", PROBLEM, False),
        ("猕猴桃保鲜膜配方优化", PROBLEM, True),
        ("污水处理厂除磷药剂", PROBLEM, True),
        ("压铸模具表面龟裂", MOULD, False),
        ("冷链叉车电池低温亏电", BATTERY, False),
        ("快递袋放久变脆", BAG, False),
        ("猕猴桃保鲜膜配方优化", "太短，不判断。", False),
    ],
)  # fmt: skip
def test_a_title_over_another_text_is_noticed(title, text, differs):
    assert wording.judge(title, [text]).differs is differs


@pytest.mark.parametrize("title", ["技术需求", "关于解决技术难题的需求", "产品质量提升", "寻求合作"])
def test_a_title_that_names_nothing_is_noticed(title):
    assert wording.judge(title, [PROBLEM]).says_nothing


def test_no_title_is_no_fault_of_the_clinic():
    judged = wording.judge("", [PROBLEM])
    assert (judged.says_nothing, judged.differs) == (False, False)


# --- Traces of the owner ----------------------------------------------------------------------------------------------


def kinds(text, *, owner=None, visibility="hidden_owner"):
    found = consult(need_data(visibility=visibility, background=text, problem="", goal="", tried="", basis="",
                              chain_link="", title="叶片"), [], owner=owner).traces  # fmt: skip
    return [(one.kind, one.words) for one in found]


def test_name_alias_park_and_region_of_a_hidden_owner_are_marked(enterprise):
    OrganisationAlias.objects.create(organisation=enterprise, name="甲企", folded="甲企")

    assert kinds("我们测试企业甲建在测试高新区。", owner=enterprise) == [
        ("owner", "测试企业甲"),
        ("park", "测试高新区"),
    ]
    assert kinds("简称甲企。", owner=enterprise) == [("owner", "甲企")]
    assert kinds("叶片在南京市生产。", owner=enterprise) == [("product_and_place", "南京市")]
    assert kinds("夏天南京太热。", owner=enterprise) == [("place", "南京")]
    assert kinds("张江科技园一期。", owner=enterprise) == [("park", "张江科技园")]
    assert kinds("国内唯一能做这种叶片的企业。", owner=enterprise)[0][0] == "rank"


@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_words_are_no_traces(text, enterprise):
    assert kinds(text, owner=enterprise) == []


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("请打13812345678。", "phone", "13812345678"),
        ("电话0531-88881234转3。", "phone", "0531-88881234"),
        ("微信号：forge2026", "phone", "微信号：forge2026"),
        ("发到need@example.test吧", "mail", "need@example.test"),
        ("见https://example.test/a?b=1。", "url", "https://example.test/a?b=1"),
        ("请打１３８１２３４５６７８。", "phone", "１３８１２３４５６７８"),
    ],
)
def test_contact_data_are_marked_in_every_need(text, kind, words, enterprise):
    assert kinds(text, owner=enterprise, visibility="public") == [(kind, words)]


def test_the_owner_is_looked_for_only_where_he_is_hidden_and_known_to_the_reader(enterprise):
    assert kinds("我们测试企业甲在南京市。", owner=enterprise, visibility="public") == []
    assert kinds("我们测试企业甲在南京市。", owner=None) == []


def test_the_words_are_found_in_their_sentence(enterprise):
    text = "第一句。我们 测试 企业甲 做叶片；第三句。"
    [trace] = consult(need_data(visibility="hidden_owner", background=text), [], owner=enterprise).traces

    assert trace.sentence == "我们 测试 企业甲 做叶片"
    assert trace.sentence[trace.start : trace.end] == "测试 企业甲"
    assert trace.field == "background"


def test_folding_keeps_every_place():
    text = "ＡＢＣ㎡①测试ﬀ"
    assert len(identity._folded(text)) == len(text)


def test_a_mark_of_a_state_secret_is_reported(enterprise):
    assert set(consult(need_data(goal="绝密★长期"), [], owner=enterprise).secrets) == {"goal"}


def test_figures_of_the_text_count_until_they_are_rows(enterprise):
    values = need_data(goal="裂纹检出率≥98%", open_until=timezone.localdate() + timedelta(days=9))
    indicators = {one.key: one for one in consult(values, [], owner=enterprise).elements}["indicators"]
    assert indicators.state == "missing"
    assert len(consult(values, [row()], owner=enterprise).proposals) == 0
