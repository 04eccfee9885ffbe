"""Indicators proposed from free text: 抗冲击韧性≥67%, 寿命由半年提高到五年以上, 控制在 20~25 ℃ 之间.

Nothing here is ever stored by itself: the owner confirms every proposal beside the sentence it was read from. What
tells how things are today, who the enterprise is, when the project ends or what it costs is no indicator, and neither
are years, numbers of documents, standards, patents or telephones. Where in doubt, nothing is proposed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from needs.clinic import figures
from needs.clinic.naming import clause_before, folded_name, name_before, name_behind, present_figure
from needs.clinic.phrases import CLAUSE_END, OPERATORS, SENTENCE_END, patterns, unread
from needs.clinic.refusing import COST, Hit, refused

FIELDS = ("goal", "problem", "background")
MOST = 20
_SHORT_NAME = 3
_DIGITS, _DECIMALS = 14, 6
_OPTIONAL = re.compile(r"最好|力争|争取|尽量|尽可能|期望值|理想|优选|可选")
_LESS_IS_BETTER = re.compile(
    r"误差|偏差|公差|波动|损耗|能耗|电耗|油耗|水耗|煤耗|药耗|噪声|噪音|粗糙度|不良|次品|废品|缺陷|漏检|误检|误报|虚警|泄漏|延迟|时延|响应时间"
    r"|耗时|用时|节拍|周期|成本|残留|衰减|损伤|破损|浓度|排放|分辨率|精度|孔隙|收缩|变形|温升|杂质|水分|灰分|含水|含氧|漂移|停机"
)
_TOLERANCE = re.compile(r"误差|差$|偏差|公差|精度|重复|波动|偏移|漂移|一致性|不确定度|跳动")
_RANGE_FOLLOWED = re.compile(r"(?P<all>都能?|均能?|内|下)?(?P<what>[\u4e00-\u9fff]{1,5})(?=[，,、]|$)")
_TEMPERATURE = "温度范围"  # a range of temperatures beside which nothing is named
_EACH = re.compile(
    r"(?:做到|达到|稳定在)?每(?P<per>百毫升|毫升|升|公斤|千克|克|平方厘米|平方米|立方米|厘米|毫米|米|亩|百公里)$"
)
_TODAY = ("现在", "目前", "原来", "现有", "当前")
_NOW_LED = re.compile(r"^(?:现在|目前|现有|现行|当前|原来|现|原)的?")
_NOW_IN_BRACKETS = re.compile(
    r"\s?[（(](?:现值|现状|现|目前|当前|原来|原)(?:在|值)?[为是有]?(?:只有|仅)?[:：]?\s?(?P<now>[^（）()]{1,40})[）)]"
)


@dataclass(frozen=True)
class Proposal:
    """An indicator row read from a text. `sentence` is word for word, `start` and `end` say where in it the figure
    stands; `field` is the field of the need it stands in."""

    name: str
    operator: str
    value: Decimal | None
    value_high: Decimal | None
    unit: str
    text: str
    now: str
    must: bool
    field: str
    sentence: str
    start: int
    end: int

    def row(self) -> dict[str, Any]:
        """The proposal as the fields of an indicator row."""
        return {name: getattr(self, name) for name in ("name", "operator", "value", "value_high", "unit", "text", "now",
                                                       "must")}  # fmt: skip


def extract(texts: Mapping[str, str], rows: Iterable[Mapping[str, Any]] = ()) -> list[Proposal]:
    """Return the indicators read from the fields of a need, without those that `rows` already hold.

    `texts` maps a field to its text; the goal is read first, since it says best what is asked for. At most MOST.
    """
    held = list(rows)
    found: list[Proposal] = []
    for field in FIELDS:
        for sentence in _sentences(texts.get(field) or ""):
            for proposal in _read(sentence, field):
                if not any(_same(proposal, row) for row in held):
                    found.append(proposal)
                    held.append(proposal.row())
    return _with_present_values(found[:MOST], texts)


def _sentences(text: str) -> list[str]:
    return [sentence.strip() for sentence in SENTENCE_END.split(text) if sentence.strip()]


def _read(sentence: str, field: str) -> Iterator[Proposal]:
    folded = figures.plain(sentence)
    for pattern in unread():
        folded = pattern.sub(_blank, folded)
    taken = 0
    for hit in _hits(folded, field):
        proposal = _proposal(hit, taken)
        if proposal is None:
            continue
        start, taken = hit.match.start(), hit.match.end()
        now = proposal.now
        if note := _NOW_IN_BRACKETS.match(folded, taken):
            now = now or sentence[note.start("now") : note.end("now")].strip()[:60]
            taken = note.end()
        yield replace(proposal, now=now, sentence=sentence, start=start, end=hit.match.end())


def _blank(hit: re.Match[str]) -> str:
    return "□" * len(hit[0])


def _hits(folded: str, field: str) -> list[Hit]:
    """The figures of a sentence in their order; of two readings of the same place the more special one counts."""
    found: list[Hit] = []
    for kind, pattern in patterns().items():
        for match in pattern.finditer(folded):
            if all(match.end() <= hit.match.start() or match.start() >= hit.match.end() for hit in found):
                found.append(Hit(kind, match, folded, field))
    return sorted(found, key=lambda hit: hit.match.start())


def _proposal(hit: Hit, taken: int) -> Proposal | None:
    part = hit.match.groupdict()
    clause = clause_before(hit.before)
    name, behind = name_before(hit.before[taken:]), name_behind(hit.behind)
    if behind and len(name) <= _SHORT_NAME:
        name += behind  # 检出 50 微米以上的异物
    if name and hit.kind == "share":
        name += part["up"] or part["down"] or ""
    if hit.kind in ("borne", "lasting", "within"):
        name = (name or clause.strip()) + _put_to(part)  # 37 度放三个月不胀
    if "贵" in hit.sign and not COST.search(name.removeprefix("一")):
        name = re.sub("^一", "每", name or clause.strip()) + "价格"
    if hit.kind == "range":
        name = _of_range(hit, name)
    if name and hit.kind == "compared" and part["of"] and part["of"] not in _TODAY:
        name = f"{name}占{part['of']}"  # 不超过新辊的 45%: the share of what
    if hit.kind == "change":
        clause = clause.split("由")[0].split("从")[0]
    if not name or refused(hit, clause, name):
        return None
    says = _says(hit, name)
    if says is None:
        return None
    if (each := _EACH.search(name)) and hit.kind in ("compared", "suffixed", "moved") and each.start() and says["unit"]:
        # 含硫残留每公斤不高于 150 毫克: what stands between name and sign belongs to the unit
        name, says["unit"] = name[: each.start()], f"{says['unit']}/{figures.unit(each['per'])}"
    now = _NOW_LED.sub("", (part["now"] or "").strip()) if hit.kind == "change" else ""
    return Proposal(name=name, now=now, must=not _OPTIONAL.search(clause), field=hit.field, sentence="", start=0, end=0,
                    **says)  # fmt: skip


def _put_to(part: Mapping[str, str | None]) -> str:
    """用三年不堵 → 用不堵, 2小时内能施工完 → 施工完: what is measured by how long it bears or takes something."""
    if done := part.get("done"):
        return re.sub(r"^(?:就|要|必须)?(?:能|可以?)?", "", done)
    return (part["verb"] or "") + re.sub("^(?:都能?|也)", "", part.get("bears") or "")


def _of_range(hit: Hit, name: str) -> str:
    """A range that holds for what follows it: 吸水后 30 秒到 60 秒裂开, -40~85 ℃ 都不漏."""
    follows = _RANGE_FOLLOWED.match(hit.behind)
    if follows is None:
        return name
    if figures.is_temperature(hit.unit):
        return name or _TEMPERATURE
    return name + follows["what"] if name and not follows["all"] else name


# --- What a figure says ------------------------------------------------------------------------------------------


def _says(hit: Hit, name: str) -> dict[str, Any] | None:
    """The operator and the values of a hit; None when it says nothing that could be measured."""
    part = hit.match.groupdict()
    if hit.kind == "doubled":
        return _line("le", Decimal("0.5"), "倍") if part["double"] == "减半" else _line("ge", Decimal(2), "倍")
    if hit.kind == "share":
        return _share(hit)
    quantity = figures.measured(hit.number, part["unit"] or "")
    if quantity is None or not _fits(quantity[0]):
        return None
    value, unit = quantity
    if unit == "块" and COST.search(name):
        unit = "元"
    if part.get("plus"):
        value += Decimal("0.5")  # 一年半
    if part.get("per"):
        unit = f"{unit}/{figures.unit(part['per'])}"  # 每秒 200 毫米
    if hit.kind in ("range", "acidity"):
        return _range(part, value, unit)
    if hit.kind == "tolerance":
        return _tolerance(part, name, value, unit)
    if unit == "级":
        return _line("text", None, "", text=hit.match[0].strip())
    if part.get("suffix") in ("左右", "上下"):
        return _line("text", None, "", text=f"{hit.number}{part['unit'] or ''}{part['suffix']}")
    return _line(_operator(hit, name), value, unit)


def _range(part: Mapping[str, str | None], value: Decimal, unit: str) -> dict[str, Any] | None:
    high = figures.measured(part["high"] or "", part["unit"] or "")
    if high is None or not _fits(high[0]) or value >= high[0]:
        return None
    same = not part["low_unit"] or figures.unit(part["low_unit"]) == unit
    return _line("between", value, unit, high[0]) if same else None


def _line(
    operator: str, value: Decimal | None, unit: str, high: Decimal | None = None, text: str = ""
) -> dict[str, Any]:
    return {"operator": operator, "value": value, "value_high": high, "unit": unit, "text": text}


def _share(hit: Hit) -> dict[str, Any] | None:
    """提高 30% 以上, 降低一半: how much more or less than today."""
    part = hit.match.groupdict()
    sign = OPERATORS.get(part.get("sign") or "", "ge")
    operator = {"better": "ge", "reach": "ge", "short": "lt"}.get(sign, sign)
    if part["half"]:
        return _line("ge", Decimal(50) if part["half"] == "一半" else Decimal(100), "%")
    if not part["unit"] and not (part["number"] or "").startswith(("百分之", "千分之")):
        return None
    quantity = figures.measured(part["number"] or "", part["unit"] or "")
    return None if quantity is None or not _fits(quantity[0]) else _line(operator, *quantity)


def _tolerance(part: Mapping[str, str | None], name: str, value: Decimal, unit: str) -> dict[str, Any] | None:
    """180±5 ℃ is a range; ±0.02 mm of an error or a precision is its greatest amount."""
    if part["centre"]:
        centre = figures.number(part["centre"])
        return None if centre is None else _line("between", centre - value, unit, centre + value)
    if _TOLERANCE.search(name):
        return _line("le", value, unit, text=f"±{value.normalize():f} {unit}")
    return _line("between", -value, unit, value)


def _operator(hit: Hit, name: str) -> str:
    part = hit.match.groupdict()
    suffix = part.get("suffix") or ""
    sign = OPERATORS.get(hit.sign, "")
    if hit.kind in ("borne", "lasting"):
        return "ge"
    if sign == "short":
        return "lt"
    if hit.kind == "compared" and sign not in ("reach", "better"):
        return sign
    if suffix:
        return "ge" if suffix.endswith(("以上", "之上", "以外", "往上")) else "le"
    if hit.kind == "rate" or sign == "better" or (sign == "reach" and hit.kind == "compared"):
        return "le" if _LESS_IS_BETTER.search(name) else "ge"
    if sign not in ("", "reach"):
        return sign
    return "ge" if part.get("up") else "le"


def _fits(value: Decimal) -> bool:
    """Whether a row can hold the number."""
    exponent = value.normalize().as_tuple().exponent
    return abs(value) < Decimal(10) ** _DIGITS and isinstance(exponent, int) and exponent >= -_DECIMALS


# --- What is there already, and where one stands today -----------------------------------------------------------


def _same(proposal: Proposal, row: Mapping[str, Any]) -> bool:
    """Whether a row says the same: comparable names, and the same number or the same unit."""
    one, other = folded_name(proposal.name), folded_name(str(row.get("name") or ""))
    if not one or not other:
        return False
    shorter, longer = sorted((one, other), key=len)
    if one != other and not (len(shorter) >= 2 and shorter in longer):
        return False
    if proposal.operator == "text":
        return True
    return proposal.value == row.get("value") or _unit_key(proposal.unit) == _unit_key(str(row.get("unit") or ""))


def _unit_key(unit: str) -> str:
    return figures.unit(figures.plain(unit)).lower().replace(" ", "")


def _with_present_values(found: list[Proposal], texts: Mapping[str, str]) -> list[Proposal]:
    """Fill in today's value where another sentence tells it of the same thing in the same unit."""
    present = [
        (clause[: match.end()] + CLAUSE_END.split(clause[match.end() :])[0], match["figure"],
         figures.unit(match["unit"] or ""))
        for field in (*FIELDS, "tried")
        for clause in SENTENCE_END.split(figures.plain(texts.get(field) or ""))
        for match in present_figure().finditer(clause)
    ]  # fmt: skip
    filled = []
    for proposal in found:
        head = folded_name(proposal.name)[-2:]
        told = [] if proposal.now else [
            figure.strip() for clause, figure, unit in present
            if unit == proposal.unit and unit and head in folded_name(clause)
            and not (figures.plain(proposal.sentence)[proposal.start : proposal.end]).endswith(figure)
        ]  # fmt: skip
        filled.append(replace(proposal, now=told[0][:60]) if told else proposal)
    return filled
