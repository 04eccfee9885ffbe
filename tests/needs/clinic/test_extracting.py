"""Indicators read from free text: sentences written for the purpose, and what must never be read from them."""

import subprocess
import sys
from decimal import Decimal

import pytest

from needs.clinic import figures
from needs.clinic.extracting import MOST, extract
from needs.clinic.phrases import patterns


def read(text, field="goal", rows=()):
    """What was read, as (name, operator, value or (low, high), unit)."""
    return [
        (p.name, p.operator, p.text if p.operator == "text" else _value(p), p.unit)
        for p in extract({field: text}, rows)
    ]


def _value(proposal):
    return proposal.value if proposal.value_high is None else (proposal.value, proposal.value_high)


def d(*numbers):
    values = tuple(Decimal(number) for number in numbers)
    return values if len(values) > 1 else values[0]


READ = [
    # Signs and words of comparison.
    ("抗冲击韧性≥67%", [("抗冲击韧性", "ge", d("67"), "%")]),
    ("堆积密度≥1.80克/立方厘米", [("堆积密度", "ge", d("1.80"), "g/cm³")]),
    ("抗压强度≥60MPa，抗折强度≥8MPa", [("抗压强度", "ge", d("60"), "MPa"), ("抗折强度", "ge", d("8"), "MPa")]),
    ("出水COD不高于50mg/L，氨氮低于5 mg/L", [("出水COD", "le", d("50"), "mg/L"), ("氨氮", "lt", d("5"), "mg/L")]),
    ("疲劳寿命不低于10⁷次", [("疲劳寿命", "ge", d("10000000"), "次")]),
    ("循环寿命≥30万次", [("循环寿命", "ge", d("30"), "万次")]),
    ("单线年处理不少于5万吨", [("单线年处理", "ge", d("50000"), "吨")]),
    ("噪声小于65分贝", [("噪声", "lt", d("65"), "dB")]),
    ("透光率大于92%，雾度小于1.5%", [("透光率", "gt", d("92"), "%"), ("雾度", "lt", d("1.5"), "%")]),
    ("漏检率＜＝１‰", [("漏检率", "le", d("1"), "‰")]),
    ("剪切强度≧25 N/mm²", [("剪切强度", "ge", d("25"), "N/mm²")]),
    ("连续运行至少16,000小时", [("连续运行", "ge", d("16000"), "小时")]),
    ("一次装夹耗时不超过20分钟", [("一次装夹耗时", "le", d("20"), "分钟")]),
    ("表面粗糙度Ra≤0.8μm", [("表面粗糙度Ra", "le", d("0.8"), "μm")]),
    ("导热系数≥180 W/(m·K)", [("导热系数", "ge", d("180"), "W/(m·K)")]),
    ("溶出曲线的f2≥60", [("溶出曲线的f2", "ge", d("60"), "")]),
    ("每小时处理量≥30吨", [("每小时处理量", "ge", d("30"), "吨")]),
    ("单件材料成本≤700元", [("单件材料成本", "le", d("700"), "元")]),
    ("修复费用不超过新辊的45%", [("修复费用占新辊", "le", d("45"), "%")]),
    ("现场操作人员不超过2人", [("现场操作人员", "le", d("2"), "人")]),
    ("申请发明专利不少于2件", [("申请发明专利", "ge", d("2"), "件")]),
    ("风机总功率别超过7.5千瓦", [("风机总功率", "le", d("7.5"), "kW")]),
    ("粘结强度不能低于3MPa，空鼓率不要高于2%", [("粘结强度", "ge", d("3"), "MPa"), ("空鼓率", "le", d("2"), "%")]),
    ("漏液率降到百万分之十以内", [("漏液率", "le", d("10"), "ppm")]),
    ("胀袋率控制在万分之三以内", [("胀袋率", "le", d("0.3"), "‰")]),
    ("叶轮寿命不少于一年半", [("叶轮寿命", "ge", d("1.5"), "年")]),
    ("焊接速度不低于每秒200毫米", [("焊接速度", "ge", d("200"), "mm/秒")]),
    ("粉尘浓度低于4毫克每立方米", [("粉尘浓度", "lt", d("4"), "mg/m³")]),
    ("湿度误差不超过±3%RH", [("湿度误差", "le", d("3"), "%RH")]),
    ("每分钟过600块以上", [("每分钟过", "ge", d("600"), "块")]),
    ("速度120袋/分钟以上", [("速度", "ge", d("120"), "袋/分钟")]),
    ("检出50微米以上的异物", [("检出异物", "ge", d("50"), "μm")]),
    # Words behind the number.
    ("每片叶片在线检测，二十秒以内", [("每片叶片在线检测", "le", d("20"), "秒")]),
    ("识别准确率95%以上", [("识别准确率", "ge", d("95"), "%")]),
    ("最好能做到95%以上的识别准确率", [("识别准确率", "ge", d("95"), "%")]),
    ("直径误差控制在0.05毫米以内", [("直径误差", "le", d("0.05"), "mm")]),
    ("一支辊能修三次以上不报废", [("一支辊能修", "ge", d("3"), "次")]),
    # From here to there.
    ("寿命由半年提高到五年以上", [("寿命", "ge", d("5"), "年")]),
    ("使用寿命从现在的3个月延长到12个月", [("使用寿命", "ge", d("12"), "月")]),
    ("合格率由百分之八十五提高到百分之九十八", [("合格率", "ge", d("98"), "%")]),
    ("母线电压由400V提升至900V", [("母线电压", "ge", d("900"), "V")]),
    ("烧结温度从1600℃降低至1350℃以下", [("烧结温度", "le", d("1350"), "℃")]),
    ("换型时间由四小时压缩到四十分钟", [("换型时间", "le", d("40"), "分钟")]),
    ("检测时间缩短到三分钟以内", [("检测时间", "le", d("3"), "分钟")]),
    ("误报率降至5%以下", [("误报率", "le", d("5"), "%")]),
    ("含水率降到60%以下", [("含水率", "le", d("60"), "%")]),
    ("冲击功提高到零下40℃时27J", []),  # two figures in one, no telling which is which
    # Better or reached: the name says which way is better.
    ("良品率达到98.5%", [("良品率", "ge", d("98.5"), "%")]),
    ("响应时间达到10ms", [("响应时间", "le", d("10"), "ms")]),
    ("重复定位精度优于0.01mm", [("重复定位精度", "le", d("0.01"), "mm")]),
    ("附着力优于5MPa", [("附着力", "ge", d("5"), "MPa")]),
    # Ranges and tolerances.
    ("炉温控制在1180±5℃", [("炉温", "between", d("1175", "1185"), "℃")]),
    ("厚度要求0.32正负0.02毫米", [("厚度", "between", d("0.30", "0.34"), "mm")]),
    ("定位精度±0.02mm", [("定位精度", "le", d("0.02"), "mm")]),
    ("水分控制在8%~12%之间", [("水分", "between", d("8", "12"), "%")]),
    ("工作温度-40℃～85℃", [("工作温度", "between", d("-40", "85"), "℃")]),
    ("厚度为2.5—3.0毫米", [("厚度", "between", d("2.5", "3.0"), "mm")]),
    ("出水pH值6~9", [("出水pH", "between", d("6", "9"), "")]),
    # How much more or less.
    ("能耗降低20%以上", [("能耗降低", "ge", d("20"), "%")]),
    ("生产效率提高30%", [("生产效率提高", "ge", d("30"), "%")]),
    ("重量减轻百分之十五", [("重量减轻", "ge", d("15"), "%")]),
    ("全年少停机，检修工时减少四成以上", [("检修工时减少", "ge", d("40"), "%")]),
    ("油耗减少一半", [("油耗减少", "ge", d("50"), "%")]),
    ("响应速度比原来提高3倍以上", [("响应速度提高", "ge", d("3"), "倍")]),
    ("修模间隔翻倍", [("修模间隔", "ge", d("2"), "倍")]),
    ("过滤时间减半", [("过滤时间", "le", d("0.5"), "倍")]),
    # As people talk: what it may cost, how long it bears what, how long it may take, tenths.
    ("一套夹具不能贵过80块钱", [("每套夹具价格", "le", d("80"), "元")]),
    ("一个不能贵过80块钱", [("每个价格", "le", d("80"), "元")]),
    ("每件多花的钱别超过两块五", [("每件多花的钱", "le", d("2.5"), "元")]),
    ("每斤的药费不到八毛", [("每斤的药费", "lt", d("0.8"), "元")]),
    ("换一台机器不超过三千块", [("换一台机器", "le", d("3000"), "元")]),
    ("滤芯用两年不堵", [("滤芯用不堵", "ge", d("2"), "年")]),
    ("铰链疲劳20万次不断", [("铰链疲劳不断", "ge", d("20"), "万次")]),
    ("纽扣电池能撑五年", [("纽扣电池撑", "ge", d("5"), "年")]),
    ("一炉料8小时内能炼完", [("一炉料炼完", "le", d("8"), "小时")]),
    ("余料利用率九成，识别率都到九成二", [("余料利用率", "ge", d("90"), "%"), ("识别率", "ge", d("92"), "%")]),
    ("耗气比现在省两成", [("耗气省", "ge", d("20"), "%")]),
    ("单台成本增加不多于150元", [("单台成本增加", "le", d("150"), "元")]),
    ("抗弯强度1000兆帕往上", [("抗弯强度", "ge", d("1000"), "MPa")]),
    ("收缩误差控制在正负千分之二", [("收缩误差", "le", d("2"), "‰")]),
    ("糖度稳定在每百毫升6克以上", [("糖度", "ge", d("6"), "g/百毫升")]),
    ("含硫残留每公斤不高于150毫克", [("含硫残留", "le", d("150"), "mg/kg")]),
    ("装置重量每米不超过12公斤", [("装置重量", "le", d("12"), "kg/m")]),
    ("剥离强度做到每厘米60牛以上", [("剥离强度", "ge", d("60"), "N/cm")]),
    ("药剂成本每立方米不超过3元", [("药剂成本", "le", d("3"), "元/m³")]),
    ("绝缘电阻不低于20兆欧", [("绝缘电阻", "ge", d("20"), "MΩ")]),
    ("排口浓度小于20（无量纲）", [("排口浓度", "lt", d("20"), "")]),
    ("热损失压在2%以下", [("热损失", "le", d("2"), "%")]),
    ("-30到60度都能用", [("温度范围", "between", d("-30", "60"), "℃")]),
    # What numbers cannot say.
    ("能效达到1级", [("能效", "text", "达到1级", "")]),
    ("含固量控制在35%左右", [("含固量", "text", "35%左右", "")]),
]


@pytest.mark.parametrize(("text", "expected"), READ, ids=[text for text, _ in READ])
def test_an_indicator_is_read(text, expected):
    assert read(text) == expected


NOT_READ = [
    "如果下限能压到两成，少买的电更可观",
    "现在的滤芯用两年就堵",
    "目前滤芯用两年不堵",
    "订单超过300块钢板",
    "全省十个市都要能用",
    "用三次不超",
    "达不到95%",
    "三个月不见效",
    "五成熟的果子怕碰",
    "两年内做完",
    "项目18个月内做完",
    "目前合格率达到80%",
    "配套班组至少30人",
    "国内市场占有率达到60%以上",
    "粒径≤0.0000001m",
    "2026年底前达到国内领先",
    "力争2027年3月31日前通过鉴定，达到批量条件",
    "依据鲁科字〔2021〕14号文件，不低于省级标准",
    "按照GB/T 1234-2008执行，不低于国家标准",
    "符合ISO 9001和HJ 2025-2012的要求",
    "已有专利ZL202110123456.7，希望在此基础上突破",
    "联系电话13812345678，全天可打",
    "总机0531-88881234转技术部",
    "咨询邮箱tech2026@example.test，官网https://example.test/need?id=500",
    "年产值达到5亿元以上",
    "项目总投资不超过800万元",
    "注册资本不低于1000万元",
    "配套员工500人以上",
    "超过20家客户提出同样要求",
    "项目在18个月内完成",
    "合同签订后两年以内交付",
    "公司成立超过30年",
    "千万不要影响正常生产",
    "第三代半导体材料，第十二条生产线",
    "十四五期间要形成一批成果",
    "Q345钢、304不锈钢、6061铝合金都要能焊",
    "每天8:00到20:00运行",
    "一种新型涂层，一次成形",
]


@pytest.mark.parametrize("text", NOT_READ)
def test_what_measures_nothing_is_not_read(text):
    assert read(text) == []


TODAY = [
    "用过一种涂层，寿命提高到200小时，后来又掉。",
    "目前寿命只有300小时，经常停机。",
    "现在的良品率低于80%，返工多。",
    "去年试过一种涂层，寿命提高到了200小时。",
    "前年从60 m³/h降到42 m³/h，槽温变差。",
    "投诉超过30起，退货率高于5%。",
    "一般控制在0.12兆帕，三个月后升到0.3兆帕。",
    "价格翻倍，交期拖到四十周。",
    "出口浓度从40爬到160。",
]


@pytest.mark.parametrize("text", TODAY)
def test_how_things_are_is_no_target(text):
    assert read(text, "problem") == []


ASKED = [
    ("现在靠人工挑，要求漏检率低于0.5%。", [("漏检率", "lt", d("0.5"), "%")]),
    ("希望剥离强度能达到3N/cm以上。", [("剥离强度", "ge", d("3"), "N/cm")]),
    ("焚烧单位要求含水率降到60%以下才收。", [("含水率", "le", d("60"), "%")]),
    ("片子脆，韧性不低于6.5 MPa·m。", [("韧性", "ge", d("6.5"), "MPa·m")]),
]


@pytest.mark.parametrize(("text", "expected"), ASKED, ids=[text for text, _ in ASKED])
def test_what_the_problem_asks_for_is_read(text, expected):
    assert read(text, "problem") == expected


# --- Beside the number ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "now"),
    [
        ({"goal": "寿命由半年提高到五年以上"}, "半年"),
        ({"goal": "使用寿命从现在的3个月延长到12个月"}, "3个月"),
        ({"goal": "误报率降至5%以下（现为18%）"}, "18%"),
        ({"goal": "修后硬度目前为50HRC，要求≥56HRC"}, "50HRC"),
        ({"goal": "寿命不低于800小时", "problem": "目前寿命只有300小时，经常停机。"}, "300小时"),
        ({"goal": "寿命不低于800小时", "problem": "目前节拍是3小时。"}, ""),
    ],
)
def test_todays_value_is_found(texts, now):
    [proposal] = extract(texts)
    assert proposal.now == now


def test_a_wish_is_told_from_a_must():
    must, wish = extract({"goal": "硬度≥56HRC；最好寿命≥800小时"})
    assert (must.must, wish.must) == (True, False)


def test_the_sentence_is_quoted_word_for_word():
    text = "先说背景。要求漏检率＜0.5％，节拍不变；其余照旧。"
    [proposal] = extract({"goal": text})

    assert proposal.sentence == "要求漏检率＜0.5％，节拍不变"
    assert proposal.sentence[proposal.start : proposal.end] == "＜0.5％"
    assert proposal.field == "goal"


def test_rows_that_are_there_are_not_proposed_again():
    text = "漏检率低于0.5%，节拍≤20秒"
    held = {"name": "裂纹漏检率", "operator": "le", "value": Decimal("0.5"), "unit": "%"}

    assert [p.name for p in extract({"goal": text}, [held])] == ["节拍"]
    assert len(extract({"goal": text}, [{**held, "name": "硬度"}])) == 2


def test_the_same_line_of_two_fields_is_proposed_once():
    assert len(extract({"goal": "漏检率≤0.5%", "problem": "要求漏检率≤0.5%。"})) == 1


def test_no_more_than_a_page_of_them():
    text = "；".join(
        f"{name}强度≥{place}MPa" for place, name in enumerate("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥", 1)
    )
    assert len(extract({"goal": text})) == MOST


STRANGE = ["", "。。。", "≥", "≥≥≥%", "由到从到", "±", "0" * 5000, "9" * 40 + "%以上", "万" * 500, "强度≥" * 300,
           "由" * 2000, "-" * 3000, "（" * 2000, "强度≥1×10^999Pa", "强度≥99999999亿MPa", "𠀀≥5%"]  # fmt: skip


@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
def test_strange_text_is_read_without_harm(text):
    for proposal in extract({"goal": text, "problem": text}):
        assert proposal.value is None or abs(proposal.value) < 10**14


def test_what_is_read_fits_a_row():
    for text, _ in READ:
        for proposal in extract({"goal": text}):
            assert len(proposal.name) <= 100
            assert len(proposal.unit) <= 40
            assert len(proposal.now) <= 60
            assert len(proposal.text) <= 200


@pytest.mark.parametrize("run", ["一百", "一", "十", "千万"])
def test_a_run_of_signs_longer_than_any_number_is_none(run):
    """It would be read again from each of its signs to its end, which takes time by the square of its length."""
    signs = run * (2_000 // len(run))
    for text in (f"强度达到{signs}米以上", f"温度{signs}±{signs}℃", f"流量在{signs}~{signs}升之间"):
        found = [match["number"] for pattern in patterns().values() for match in pattern.finditer(text)]
        assert [number for number in found if number] == []
        assert read(text) == []


def test_the_longest_number_is_read_whole():
    assert read("寿命不低于一亿二千三百四十五万六千七百八十九次") == [("寿命", "ge", d("123456789"), "次")]


def test_a_process_that_reads_no_text_compiles_no_phrase():
    code = """
import django
django.setup()
import needs.clinic.consulting, needs.views.clinic
from needs.clinic import naming, phrases
print([one.cache_info().currsize for one in (phrases.patterns, phrases.unread, naming.present_figure)])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[0, 0, 0]"


# --- Numbers and units ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "value"),
    [("1,200", "1200"), ("三万六千", "36000"), ("三万六", "36000"), ("半", "0.5"), ("十二", "12"), ("一百零五", "105"),
     ("一百五", "150"), ("二〇", "20"), ("两千", "2000"), ("三点五", "3.5"), ("1×10⁶", "1000000"), ("10^5", "100000"),
     ("1.5e-3", "0.0015"), ("零下30", "-30"), ("-30", "-30"), ("0.5万", "5000"), ("一亿二千万", "120000000")],
)  # fmt: skip
def test_a_number_is_read(written, value):
    assert figures.number(written) == Decimal(value)


@pytest.mark.parametrize("written", ["万", "千万", "百", "1×10^99"])
def test_what_is_no_number_is_none(written):
    assert figures.number(written) is None


@pytest.mark.parametrize(
    ("written", "unit"),
    [("克/立方厘米", "g/cm³"), ("个月", "月"), ("m3", "m³"), ("mg/m3", "mg/m³"), ("转/分", "r/min"), ("℃", "℃"),
     ("度", "℃"), ("兆帕", "MPa"), ("元/吨", "元/吨"), ("立方米/小时", "m³/小时")],
)  # fmt: skip
def test_a_unit_is_spelled_as_rows_spell_it(written, unit):
    assert figures.unit(written) == unit


def test_folding_keeps_every_place():
    text = "强度≧６０ＭＰａ，温度－４０℃～８５℃"
    assert len(figures.plain(text)) == len(text)
    assert figures.plain(text) == "强度≥60MPa，温度-40℃~85℃"


@pytest.mark.parametrize("text", ["外壳须防水，耐温-20～60℃。", "耐温 -20~+60℃", "密封圈耐温-20－60℃"])
def test_a_range_that_something_must_bear_is_read_from_the_problem_too(text):
    (found,) = extract({"problem": text})
    assert (found.operator, found.value, found.value_high, found.unit) == ("between", -20, 60, "℃")
    assert found.name.endswith("耐温")


def test_a_range_that_a_problem_only_tells_of_is_not_read():
    assert extract({"problem": "炉内温度-20～60℃，夏天就裂"}) == []
    assert extract({"problem": "现有密封圈耐温-20～60℃"}) == []
