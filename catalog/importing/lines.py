"""Cells that hold rows: indicators and intellectual property, one entry a line."""

import re
import unicodedata
from decimal import Decimal
from typing import Any

from matchmaking.common.indicators import Operator
from matchmaking.common.reading import half_width, read_number
from matchmaking.intake.cells import CellError
from matchmaking.intake.code_cells import leaves
from matchmaking.intake.said import said as _
from matchmaking.vocabularies import selectors as vocabularies

_BULLET = re.compile(r"^\s*(?:[(（]?\d{1,2}[)）]|\d{1,2}[.、．](?!\d)|[①-⑳]|[-–—·•*])\s*")
_NUMBER = r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?"
_DASHES = {0x2013: "-", 0x2014: "-"}
_OPERATORS = {
    Operator.GE: ("≥", "≧", ">=", "=>", "不低于", "不小于", "不少于", "大于等于", "大于或等于"),
    Operator.LE: ("≤", "≦", "<=", "=<", "不高于", "不大于", "不超过", "小于等于", "小于或等于"),
    Operator.GT: (">", "大于", "高于", "超过"),
    Operator.LT: ("<", "小于", "低于"),
    Operator.EQ: ("=", ":", "为", "等于"),
}
_BY_SIGN = {sign: operator for operator, signs in _OPERATORS.items() for sign in signs}
_SIGNS = "|".join(re.escape(sign) for sign in sorted(_BY_SIGN, key=len, reverse=True))
_LINE = re.compile(
    rf"(?P<name>.*?[^\s\d.])\s*[,:]?\s*(?P<sign>{_SIGNS})\s*(?P<low>{_NUMBER})(?P<first>[^\d~-]{{0,10}}?)"
    rf"(?:\s*(?:~|-|至|到)\s*(?P<high>{_NUMBER}))?\s*(?P<unit>.*)"
)
_CONDITION = re.compile(r"^(?P<unit>[^(]*)\((?P<condition>.+)\)$")
_AT_LEAST, _AT_MOST = ("以上", "及以上"), ("以下", "及以下", "以内")
# What cannot be part of a unit: then the number is only one of several, and the line stays a sentence.
_NO_UNIT = re.compile(r"^[eE][+-]?\d|[,;。!?:±×]|[<>=≥≤]|\d{2,}|(?<![\^a-zA-Z])\d(?!\s*[)/])")
_LIMIT = Decimal(10) ** 14
TEXT_NAME = "性能描述"
SECRET_RIGHT = re.compile("国防专利|保密专利")

_PARTS = re.compile(r"\s*[|｜，,；;、\t]\s*|\s{2,}")
_IP_NUMBER = re.compile(
    r"(?:专利号|申请号|登记号|授权号|证书号|公开号|No\.?)?[:：\s]*"
    r"((?:ZL|CN|US|EP|JP|KR|WO|PCT/?|BS\.?|CNA)?\s?[(（]?[\d]{4}[\dA-Z/()（）示例.\-]{3,40})",
    re.IGNORECASE,
)


def parse_indicator(line: str, number: int) -> dict[str, Any]:
    """Read `名称≥数值单位（条件）`; a line that is not of this shape is kept in words, not refused."""
    line = _BULLET.sub("", line).strip("；;。 ")
    if len(line) > 200:
        raise CellError(
            _("Line %(number)d has %(count)d characters, at most 200 are possible.")
            % {"number": number, "count": len(line)},
            _("Write one indicator a line, for example: 单件检测时间≤12s"),
        )
    found = _LINE.fullmatch(half_width(line).translate(_DASHES))
    return (_quantified(found) if found else None) or _in_words(line)


def _quantified(found: re.Match[str]) -> dict[str, Any] | None:
    operator, unit, condition = _BY_SIGN[found["sign"]], found["unit"].strip(), ""
    if split := _CONDITION.match(unit):
        unit, condition = split["unit"].strip(), split["condition"].strip()
    if unit.endswith(_AT_LEAST + _AT_MOST):
        if operator not in (Operator.EQ, Operator.GE, Operator.LE):
            return None
        operator = Operator.GE if unit.endswith(_AT_LEAST) else Operator.LE
        unit = re.sub("(?:及)?(?:以上|以下|以内)$", "", unit)
    low, high = read_number(found["low"]), read_number(found["high"]) if found["high"] else None
    name = re.sub(r"[\s,:]+$", "", found["name"])
    if found["first"].strip() and not (high is not None and found["first"].strip() == unit):
        unit = f"{found['first'].strip()}{unit}" if high is None else "\n"
    if high is not None:
        if operator != Operator.EQ or high <= low:
            return None
        operator = Operator.BETWEEN
    fits = len(name) <= 100 and len(unit) <= 40 and len(condition) <= 200 and "\n" not in unit
    exact = all(abs(one) < _LIMIT and one == round(one, 6) for one in (low, high) if one is not None)
    if not fits or not exact or not name or _NO_UNIT.search(unit):
        return None
    return {"name": name, "operator": str(operator), "value": low, "value_high": high, "unit": unit,
            "text": "", "condition": condition}  # fmt: skip


def _in_words(line: str) -> dict[str, Any]:
    name, _colon, text = (part.strip() for part in line.replace("：", ":", 1).partition(":"))
    if not text or not name or len(name) > 30:
        name, text = TEXT_NAME, line
    return {"name": name, "operator": str(Operator.TEXT), "value": None, "value_high": None, "unit": "",
            "text": text, "condition": ""}  # fmt: skip


def parse_right(line: str, number: int) -> dict[str, Any]:
    """Read `种类，号码，名称，状态` in any order; the kind is needed, and each part may stand once."""
    line = _BULLET.sub("", line)
    right = _("Write kind, number, title and status, for example: 发明专利，ZL202110000000.0，一种检测装置，授权有效")
    where = {"number": number}
    if SECRET_RIGHT.search(line):
        raise CellError(
            _("Line %(number)d names a right that is a state secret.") % where,
            _("Secret achievements must not be entered here. Delete the whole row."),
        )
    item: dict[str, Any] = {"kind": "", "number": "", "title": "", "status": ""}
    rest: list[str] = []
    for part in filter(None, (piece.strip() for piece in _PARTS.split(line))):
        name, value = _meaning(part)
        if name and item[name] and item[name] != value:
            raise CellError(_("Line %(number)d names more than one right.") % where, _("Write one right a line."))
        if name:
            item[name] = value
        else:
            rest.append(part)
    item["title"] = "，".join(rest)
    if not item["kind"]:
        kinds = "、".join(name for _code, name in leaves("IP_RIGHT"))
        raise CellError(
            _("Line %(number)d does not say which kind of right it is.") % where,
            _("Begin it with one of: %(kinds)s") % {"kinds": kinds},
        )
    if not item["number"] and not item["title"]:
        raise CellError(_("Line %(number)d names neither number nor title.") % where, right)
    if len(item["title"]) > 200:
        raise CellError(_("The title in line %(number)d is longer than 200 characters.") % where, right)
    return item


def _meaning(part: str) -> tuple[str, str]:
    """(column, value) of one part of a line; nothing for what is part of the title."""
    plain = unicodedata.normalize("NFKC", part).strip("()[]【】《》“” ")
    if code := vocabularies.find_code("IP_RIGHT", plain):
        return "kind", code
    if code := vocabularies.find_code("IP_STATUS", plain):
        return "status", code
    if found := _IP_NUMBER.fullmatch(plain):
        return "number", found[1].replace(" ", "")[:60]
    return "", ""
