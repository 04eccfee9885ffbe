"""What a figure is the figure of: the words before it, cut into words and freed of what names nothing."""

import re
from functools import cache
from typing import Any

from needs.clinic import figures
from needs.clinic.figures import NUMBER, PERCENT, SIGNED, UNIT
from needs.clinic.phrases import CLAUSE_END, WITH_UNIT

_LONGEST_NAME = 24
_DIGITS, _DECIMALS = 14, 6
_WISH_VERB = re.compile(r"要求|希望|期望|必须|确保|保证")
_PRESENT_FIGURE = (
    "(?:目前|现在|现有|现状|当前|如今|现为|现是|只有|只能|仅)[^，,。]{0,12}?"
    rf"(?P<figure>(?:{PERCENT}{NUMBER}|{SIGNED})\s?(?P<unit>{UNIT})?)"
)
# Words a name neither begins nor ends with.
_LEADING_WORDS = (
    "并且 而且 同时 以及 另外 此外 其中 要求 希望 期望 需要 必须 应当 应该 确保 保证 实现 使得 使 让 将 把 "
    "对 且 并 和 与 及 或 则 其 该 我们 我司 公司 能够 能 可以 达到 满足 做到 目标 是 为 在 的 了 想 要 需 "
    "应 须 也 还 再 又 均 都 主要 考核 指标 技术 技术指标 具体 如下 包括 关键 预期 最终 产品 材料 就 到 从 "
    "由 后 后的 之后 时 并将 力争 争取 最好 尽量 项目 本 通过 采用 每项 下 内 条件 情况 情况下 说明 要把 "
    '想把 要让 来 有 按 以 - ~ . · / " “ ”'
)
_TRAILING_WORDS = (
    "要 需 应 须 必须 能 可 均 都 也 还 最好 尽量 是 为 在 的 : ： 要求 需要 希望 应当 应该 能够 可以 达到 "
    "一般 值 至 到 从 由 保持 稳定 控制 提高 提升 降 升 力争 争取 就 将 拟 考虑 目标 指标 分别 目标值 不 小 "
    '低 约 大约 后 , ， 得 做到 实现 确保 保证 做 且 并 和 或 “ ” "'
)
_LEADING, _TRAILING = frozenset(_LEADING_WORDS.split()), frozenset(_TRAILING_WORDS.split())
_AMOUNT = rf"{WITH_UNIT}(?:后|内|前|时|以后|之后)?"
_SAYS_NOTHING = re.compile(r"^(?:其|它|该值|数值|指标|要求|目标|我们|公司|产品|每年|年|月|天|项目)?$")


@cache
def present_figure() -> re.Pattern[str]:
    """A figure that tells how things are: 目前只有 80%."""
    return re.compile(_PRESENT_FIGURE)


@cache
def _amount() -> re.Pattern[str]:
    return re.compile(_AMOUNT)


def clause_before(before: str) -> str:
    """The clause that leads up to a figure."""
    return CLAUSE_END.split(before)[-1]


def name_before(before: str) -> str:
    """What is measured: the last clause before the figure that names something."""
    clauses = [part.strip() for part in CLAUSE_END.split(before)]
    for place, clause in enumerate(reversed(clauses[-3:])):
        name = _named(clause)
        if not name or _SAYS_NOTHING.match(name) or _amount().fullmatch(name):
            continue
        if place and _amount().search(name):
            return ""  # the clause before speaks of a figure of its own
        return name
    return ""


def name_behind(after: str) -> str:
    """做到 95% 以上的识别准确率: what is measured stands behind the figure."""
    if not after.startswith("的"):
        return ""
    name = _named(CLAUSE_END.split(after[1:])[0])
    return "" if len(name) > 12 or _SAYS_NOTHING.match(name) else name


def _named(clause: str) -> str:
    if told := present_figure().search(clause):
        clause = clause[: told.start()]
    clause = _WISH_VERB.split(clause)[-1] or clause
    words = [word for word in cut(clause.replace("□", "")) if word.strip()]
    while words and words[0] in _LEADING:
        words.pop(0)
    while words and words[-1] in _TRAILING:
        words.pop()
    while len("".join(words)) > _LONGEST_NAME and len(words) > 1:
        words.pop(0)
        while words and words[0] in _LEADING:
            words.pop(0)
    name = "".join(words).strip(' ·:：,，"“”').rstrip("-")
    name = name if re.match(r"-\s?\d", name) else name.lstrip("-")
    return name if re.search(r"[A-Za-z\u4e00-\u9fff]", name) else ""


def cut(text: str) -> list[str]:
    return list(_cutter()(text))


@cache
def _cutter() -> Any:
    import rjieba  # its dictionary takes a tenth of a second, which only those who ask for it should pay

    return rjieba.cut


def folded_name(name: str) -> str:
    """A name without case, blanks, brackets and punctuation."""
    return re.sub(r"\([^)]*\)|（[^）]*）|[\s,.:;/、，。：；·\-_]+", "", figures.plain(name)).lower()
