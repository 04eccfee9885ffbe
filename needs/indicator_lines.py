"""Assessment indicators of a need in one cell: one a line, with today's value and whether it must be met.

`parse_need_indicator` reads what `written_line` writes, so that the pool's own workbook comes back unchanged.
"""

import re
from collections.abc import Mapping
from typing import Any

from catalog.importing.lines import TEXT_NAME, parse_indicator
from matchmaking.common.indicators import Operator
from matchmaking.intake.cells import CellError
from matchmaking.intake.said import said as _

NOW_MAX = 60
_LAST_BRACKET = re.compile(r"^(?P<rest>.*\S)\s*[(（\[【](?P<inside>[^()（）\[\]【】]*)[)）\]】]\s*[；;。，,]?\s*$")
_FIRST_BRACKET = re.compile(r"^\s*[(（\[【](?P<inside>[^()（）\[\]【】]*)[)）\]】]\s*(?P<rest>\S.*)$")
_NOW = re.compile(r"(?:现状值?|现值|目前|当前|现有水平|今日值)\s*(?:[:：]|为|是|约)?\s*(?P<value>\S.*)")
_WISH = frozenset({"期望", "期望指标", "希望", "可选", "加分", "加分项", "期望值", "非必须"})
_MUST = frozenset({"必须", "必达", "必达指标", "必须满足", "刚性", "刚性指标", "硬指标"})
# As the portal itself writes a range: 温度 20–80 ℃.
_RANGE = re.compile(r"(?P<name>.*?[^\s\d.:：])\s+(?P<low>-?\d+(?:\.\d+)?)\s*[–—～~]\s*(?P<high>-?\d.*)")


def parse_need_indicator(line: str, number: int) -> dict[str, Any]:
    """Read `名称≥数值单位（条件）（现状：今日值）（期望）`; without 期望 the indicator must be met.

    Raises CellError. A line without a number is kept in words, as in the achievements' list.
    """
    said: dict[str, Any] = {}
    rest = line
    while (found := _LAST_BRACKET.match(rest)) and _understood(found["inside"], said, number):
        rest = found["rest"]
    if (found := _FIRST_BRACKET.match(rest)) and _understood(found["inside"], said, number):
        rest = found["rest"]
    if found := _RANGE.fullmatch(rest.strip()):
        rest = f"{found['name']}：{found['low']}～{found['high']}"
    read = parse_indicator(rest, number)
    condition = read.pop("condition")
    if condition and read["operator"] != Operator.TEXT:
        read["text"] = condition
    return {**read, "now": said.get("now", ""), "must": said.get("must", True)}


def _understood(inside: str, said: dict[str, Any], number: int) -> bool:
    """Take a remark in brackets down if all of it is today's value, 期望 or 必须; else it belongs to the indicator."""
    found: dict[str, Any] = {}
    for part in filter(None, (piece.strip() for piece in re.split(r"[，,；;]", inside))):
        if part in _WISH or part in _MUST:
            found["must"] = part in _MUST
        elif now := _NOW.fullmatch(part):
            found["now"] = now["value"].strip()
        else:
            return False
    for name, value in found.items():
        if said.setdefault(name, value) != value:
            raise CellError(
                _("Line %(number)d says two different things about the same indicator.") % {"number": number},
                _("Write one indicator a line, for example: 抗冲击韧性≥67%（现状：40%）（期望）"),
            )
    if len(found.get("now", "")) > NOW_MAX:
        raise CellError(
            _("Today's value in line %(number)d has more than %(limit)d characters.")
            % {"number": number, "limit": NOW_MAX},
            _("Write the number with its unit only, for example: （现状：40%）"),
        )
    return bool(found)


def written_line(row: Mapping[str, Any]) -> str:
    """Return an indicator as a line of the workbook, which `parse_need_indicator` reads as the same indicator."""
    name, operator, unit = row["name"], row["operator"], row["unit"]
    low, high = _plain(row["value"]), _plain(row["value_high"])
    if operator == Operator.TEXT:
        line = row["text"] if name == TEXT_NAME else f"{name}：{row['text']}"
    elif operator == Operator.BETWEEN:
        line = f"{name}：{low}～{high}{unit}"
    else:
        line = f"{name}{Operator(operator).label}{low}{unit}"
    if operator != Operator.TEXT and row["text"]:
        line += f"（{row['text']}）"
    now = f"（现状：{row['now']}）" if row["now"] else ""
    return f"{line}{now}{'' if row['must'] else '（期望）'}"


def _plain(value: Any) -> str:
    return f"{value.normalize():f}" if value is not None else ""
