"""Comparing indicators: the value an offer states against what a need asks for, in comparable units.

A line of either side is an interval in base units; the need's line is met when the offer's interval lies
inside it. Lines are comparable when their names are alike (see `naming`) and the units measure the same thing.
Standard library only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from matchmaking.engine.naming import alike, contained
from matchmaking.engine.text import normalise
from matchmaking.engine.types import Indicator

Verdict = Literal[1, 0, -1]
MET: Verdict = 1
UNKNOWN: Verdict = 0
MISSED: Verdict = -1

_SYMBOLS = {"ge": "≥", "le": "≤", "gt": ">", "lt": "<", "eq": "="}
_NOISE = re.compile(r"\([^)]*\)|[\s,.:;/、，。：；·\-_]+")

# unit -> (what it measures, factor to the base unit). Spelled as `normalise` leaves them.
_UNITS: dict[str, tuple[str, Decimal]] = {
    spelling: (measure, Decimal(factor))
    for measure, spellings in {
        "1": {"": "1", "%": "0.01", "‰": "0.001", "ppm": "0.000001", "ppb": "0.000000001"},
        "pa": {"pa": "1", "kpa": "1e3", "mpa": "1e6", "gpa": "1e9", "bar": "1e5"},
        "m": {"nm": "1e-9", "um": "1e-6", "mm": "1e-3", "cm": "1e-2", "dm": "0.1", "m": "1", "km": "1e3"},
        "m2": {"mm2": "1e-6", "cm2": "1e-4", "m2": "1", "km2": "1e6", "亩": "666.6666666667"},
        "m3": {"mm3": "1e-9", "cm3": "1e-6", "ml": "1e-6", "l": "1e-3", "升": "1e-3", "m3": "1"},
        "g": {"ug": "1e-6", "mg": "1e-3", "g": "1", "kg": "1e3", "千克": "1e3", "公斤": "1e3", "t": "1e6", "吨": "1e6"},
        "s": {
            "ns": "1e-9", "us": "1e-6", "ms": "1e-3", "s": "1", "秒": "1", "min": "60", "分钟": "60", "h": "3600",
            "小时": "3600", "d": "86400", "天": "86400", "日": "86400", "a": "31536000", "年": "31536000",
        },
        "hz": {"hz": "1", "khz": "1e3", "mhz": "1e6", "ghz": "1e9"},
        "w": {"mw": "1e-3", "w": "1", "kw": "1e3"},
        "wh": {"wh": "1", "kwh": "1e3", "度": "1e3", "mwh": "1e6"},
        "v": {"mv": "1e-3", "v": "1", "kv": "1e3"},
        "a": {"ma": "1e-3", "ka": "1e3"},
        "n": {"n": "1", "kn": "1e3"},
        "yuan": {"元": "1", "万元": "1e4", "亿元": "1e8"},
        "k": {"°c": "1", "摄氏度": "1", "k": "1"},
        "times": {"次": "1", "万次": "1e4", "x": "1", "倍": "1"},
    }.items()
    for spelling, factor in spellings.items()
}  # fmt: skip
_KELVIN = Decimal("273.15")
# Case tells milli from mega, which `normalise` does not keep.
_CASED = {
    "MW": ("w", Decimal("1e6")),
    "MV": ("v", Decimal("1e6")),
    "MN": ("n", Decimal("1e6")),
    "A": ("a", Decimal(1)),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A stated value as an interval [low, high] in base units; `measure` says of what, `name` is folded.

    `label` and `line` are the name and the value as they were stated.
    """

    name: str
    measure: str
    low: float
    high: float
    must: bool
    label: str
    line: str

    @property
    def side(self) -> int:
        """1 where only a least value is stated, -1 where only a most value, 0 where both or one value."""
        return int(math.isinf(self.high)) - int(math.isinf(self.low))


def spans(indicators: Iterable[Indicator]) -> Iterator[Span]:
    """The indicators that can be compared: those with a name, an operator and a finite value."""
    for indicator in indicators:
        bounds = _bounds(indicator)
        if bounds is None or not indicator.name:
            continue
        measure, low, high = bounds
        name = folded_name(indicator.name)
        yield Span(name, measure, low, high, indicator.must, indicator.name, value_line(indicator))


def folded_name(name: str) -> str:
    """A name without case, width, brackets and punctuation."""
    return _NOISE.sub("", normalise(name))


def comparable(want: Span, offer: Span) -> bool:
    """Whether two lines can be held against each other. Names that are only alike must be bounded to the same side: a
    least value wanted and a most value offered hardly speak of the same thing then."""
    if want.measure != offer.measure:
        return False
    return contained(want.name, offer.name) or (want.side * offer.side >= 0 and alike(want.name, offer.name))


def verdict(wanted: tuple[float, float], offered: tuple[float, float]) -> Verdict:
    """Whether the interval offered meets the interval wanted.

    Inside is met, apart is missed. Where both are open to the same side the offer guarantees less than is
    wanted: missed. Every other overlap is unknown.
    """
    (low, high), (offered_low, offered_high) = wanted, offered
    if offered_low >= low and offered_high <= high:
        return MET
    if offered_low > high or offered_high < low:
        return MISSED
    if (math.isinf(high) and math.isinf(offered_high)) or (math.isinf(low) and math.isinf(offered_low)):
        return MISSED
    return UNKNOWN


def value_line(indicator: Indicator) -> str:
    """The value as it may be shown in any language, for example `≥ 100 MPa`."""
    unit = f" {indicator.unit}" if indicator.unit else ""
    if indicator.operator == "between" and indicator.value is not None and indicator.value_high is not None:
        return f"{_plain(indicator.value)}–{_plain(indicator.value_high)}{unit}"
    if indicator.operator in _SYMBOLS and indicator.value is not None:
        return f"{_SYMBOLS[indicator.operator]} {_plain(indicator.value)}{unit}"
    return indicator.text


def quoted_line(indicator: Indicator) -> str:
    """The whole indicator as one quotable line."""
    return f"{indicator.name} {value_line(indicator)}".strip()


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}" if value.is_finite() else str(value)


def _bounds(indicator: Indicator) -> tuple[str, float, float] | None:
    """What is measured and the interval stated; open ends move to the next float. None: nothing to
    compare."""
    operator, value, value_high = indicator.operator, indicator.value, indicator.value_high
    if operator == "text" or value is None or not value.is_finite():
        return None
    measure, factor, offset = _unit(indicator.unit)
    try:
        low = float(value * factor + offset)
        high = low
        if operator == "between":
            if value_high is None or not value_high.is_finite() or value_high < value:
                return None
            high = float(value_high * factor + offset)
    except (InvalidOperation, OverflowError):
        return None
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    match operator:
        case "ge":
            return measure, low, math.inf
        case "gt":
            return measure, math.nextafter(low, math.inf), math.inf
        case "le":
            return measure, -math.inf, high
        case "lt":
            return measure, -math.inf, math.nextafter(high, -math.inf)
    return measure, low, high


def _unit(unit: str) -> tuple[str, Decimal, Decimal]:
    """What a unit measures, its factor and its offset. An unknown unit measures itself."""
    spelled = unit.strip()
    if spelled in _CASED:
        return *_CASED[spelled], Decimal(0)
    folded = normalise(spelled).replace(" ", "").replace("^", "")
    if folded in ("°c", "摄氏度"):
        return "k", Decimal(1), _KELVIN
    parts = folded.split("/")
    if folded in _UNITS or len(parts) == 1:
        measure, factor = _UNITS.get(folded, (folded, Decimal(1)))
        return measure, factor, Decimal(0)
    measures: list[str] = []
    total = Decimal(1)
    for position, part in enumerate(parts):
        measure, factor = _UNITS.get(part, (part, Decimal(1)))
        measures.append(measure)
        total = total / factor if position else total * factor
    return "/".join(measures), total, Decimal(0)
