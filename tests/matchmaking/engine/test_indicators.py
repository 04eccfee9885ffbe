"""The offer's value against what the need asks for."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.engine.indicators import MET, MISSED, UNKNOWN, comparable, spans, value_line, verdict
from matchmaking.engine.policy import Policy
from matchmaking.engine.structure import NeedCodes, StructureIndex, _Lines, compare_indicators
from matchmaking.engine.types import Indicator, NeedProfile, OfferProfile

from . import builders


def line(name, operator, value, unit="", *, high=None, must=True):
    value_high = None if high is None else Decimal(high)
    return Indicator(name, operator, Decimal(value), value_high, unit, must=must)


def outcome(wanted, offered):
    (want,), (offer,) = spans([wanted]), spans([offered])
    return verdict((want.low, want.high), (offer.low, offer.high))


@pytest.mark.parametrize(
    ("wanted", "offered", "expected"),
    [
        (("ge", "100"), ("eq", "120"), MET),
        (("ge", "100"), ("eq", "100"), MET),
        (("gt", "100"), ("eq", "100"), MISSED),
        (("gt", "100"), ("gt", "100"), MET),
        (("ge", "100"), ("gt", "100"), MET),
        (("ge", "100"), ("ge", "80"), MISSED),
        (("ge", "100"), ("le", "80"), MISSED),
        (("ge", "100"), ("le", "150"), UNKNOWN),
        (("le", "0.5"), ("le", "0.3"), MET),
        (("le", "0.5"), ("le", "0.8"), MISSED),
        (("lt", "0.5"), ("eq", "0.5"), MISSED),
        (("eq", "5"), ("ge", "4"), UNKNOWN),
        (("eq", "5"), ("eq", "5.0"), MET),
    ],
)
def test_met_missed_and_unknown(wanted, offered, expected):
    assert outcome(line("强度", *wanted, "MPa"), line("强度", *offered, "MPa")) == expected


def test_ranges():
    wanted = line("工作温度", "between", "-20", "℃", high="60")
    assert outcome(wanted, line("工作温度", "between", "-10", "℃", high="50")) == MET
    assert outcome(wanted, line("工作温度", "between", "-40", "℃", high="50")) == UNKNOWN
    assert outcome(wanted, line("工作温度", "eq", "80", "℃")) == MISSED
    assert not list(spans([line("工作温度", "between", "60", "℃", high="-20")]))


@pytest.mark.parametrize(
    ("wanted", "offered"),
    [
        (("0.1", "MPa"), ("100", "kPa")),
        (("0.3", "mm"), ("300", "μm")),
        (("24", "h"), ("1", "天")),
        (("30", "mg/L"), ("0.03", "g/L")),
        (("300", "K"), ("26.85", "℃")),
        (("95", "%"), ("0.95", "")),
        (("2", "MW"), ("2000", "kW")),
        (("1", "亿元"), ("10000", "万元")),
    ],
)
def test_units_are_brought_together_exactly(wanted, offered):
    assert outcome(line("指标", "eq", *wanted), line("指标", "eq", *offered)) == MET


def test_what_is_measured_differently_is_not_compared():
    (pressure,), (length,) = spans([line("指标", "eq", "1", "MPa")]), spans([line("指标", "eq", "1", "mm")])
    (torque,), (nanometre,) = spans([line("扭矩", "eq", "1", "N·m")]), spans([line("扭矩", "eq", "1", "nm")])
    assert pressure.measure != length.measure
    assert torque.measure != nanometre.measure


def test_names_that_are_only_alike_must_be_bounded_to_the_same_side():
    (want, contained), (alike, opposite) = (
        spans([line("损伤率", "le", "0.5", "%"), line("抓取损伤率", "ge", "93", "%")]),
        spans([line("抓取损伤比例", "le", "0.3", "%"), line("损伤识别准确率", "ge", "93", "%")]),
    )
    assert comparable(want, alike)
    assert not comparable(want, opposite)
    assert comparable(want, contained), "the very name: the offer falls short"
    assert not comparable(want, next(spans([line("损伤率", "le", "0.5", "mm")])))


def test_lines_that_cannot_be_compared_are_left_out():
    nothing = [
        Indicator("外观", "text", text="无气泡"),
        Indicator("强度", "ge", None),
        Indicator("强度", "ge", Decimal("NaN")),
        Indicator("", "ge", Decimal(1)),
        Indicator("强度", "between", Decimal(1), None),
    ]
    assert not list(spans(nothing))


def test_a_line_can_be_shown_in_any_language():
    assert value_line(line("强度", "ge", "100.0", "MPa")) == "≥ 100 MPa"
    assert value_line(line("温度", "between", "-20", "℃", high="60")) == "-20–60 ℃"
    assert value_line(Indicator("外观", "text", text="无气泡")) == "无气泡"


def test_the_account_of_a_need_line_by_line():
    wanted = NeedCodes.of(builders.COATING_NEED)
    value, params = compare_indicators(wanted, tuple(spans(builders.ANTICORROSION.indicators)))
    assert params["lines"] == (
        ("附着力", "met", "≥ 10 MPa", "≥ 12 MPa", True),
        ("耐盐雾时间", "met", "≥ 3000 h", "≥ 4000 小时", True),
        ("每平方米成本", "unknown", "≤ 60 元", "", False),
    )
    assert (params["met"], params["missed"], params["unknown"]) == (2, 0, 1)
    assert value == 2 / 2.5


def test_all_lines_of_an_index_are_judged_as_one_is():
    operators = [("ge",), ("gt",), ("le",), ("lt",), ("eq",), ("between", "7")]
    lines = [line("强度", name, value, high=(high or [None])[0]) for value in "357" for name, *high in operators]
    found = list(spans(lines))
    judged = _Lines.of(enumerate(found))
    for want in found:
        one_by_one = [verdict((want.low, want.high), (span.low, span.high)) for span in found]
        assert judged.verdicts(want).tolist() == one_by_one


@builders.unhurried
@given(need=builders.need_profiles("N"), offers=st.lists(builders.offer_profiles("T"), min_size=1, max_size=4))
def test_an_index_compares_as_a_pair_does(need, offers):
    offers = [OfferProfile(f"T{at}", "t", indicators=offer.indicators) for at, offer in enumerate(offers)]
    index = StructureIndex.build(offers, Policy())
    codes = NeedCodes.of(NeedProfile("N", "t", indicators=need.indicators))
    lifted = index.lift(codes).tolist()
    for at in range(len(offers)):
        by_pair = sum(index.scorer.weights[name] * value for name, value, _ in index.fits(codes, [at])[0])
        assert lifted[at] == by_pair


def test_needs_that_ask_for_opposite_sides_are_remembered_apart():
    offers = [OfferProfile("T", "t", indicators=(line("缺陷检出率", "ge", "98", "%"),))]
    needs = [
        NeedProfile(key, "n", indicators=(line("缺陷查出率", operator, "90", "%"), line("重量", "le", "1", "kg")))
        for key, operator in (("A", "le"), ("B", "ge"))
    ]
    for order in (needs, needs[::-1]):
        index = StructureIndex.build(offers, Policy())
        for need in order:
            codes = NeedCodes.of(need)
            by_pair = sum(index.scorer.weights[name] * value for name, value, _ in index.fits(codes, [0])[0])
            assert index.lift(codes).tolist() == [by_pair]
