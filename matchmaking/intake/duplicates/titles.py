"""How two titles differ: not at all, by a slip of the pen, in words, or in what makes them two things of one series.

Numbers, units, model numbers, materials, opposites (高温, 低温) and words for an edition (小试版, 工艺包) tell
two things apart, however alike the rest is. The owner's own name at the end, 一种, 及其应用 and the order of words tell
nothing.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any

import rjieba
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from matchmaking.intake.likeness import fold

LIKE_ENOUGH = 55  # of 100: below that, two titles have nothing to do with each other
SIGNS_PER_SLIP = 10
_REMEMBERED = 1 << 15  # titles taken apart
_NUMBER = re.compile(r"\d+(?:\.\d+)?|[一二三四五六七八九十]+(?=[号期代型版级])")
_LATIN = re.compile(r"[a-zα-ω℃°μΩ%‰][a-z0-9α-ω℃°μΩ%‰/-]*")
_MIXED = re.compile(r"(?<=\d)[ol]|[ol](?=\d)")  # 55O ℃, l20: read by a machine
_EDITION = re.compile(
    r"小试|中试|量产|试验版|中小规模|大规模|低成本|高端|经济型|升级|改进型|增强|轻量化|微型|大型|小型|便携|车载|船用|机载"
    r"|关键部件|核心部件|零部件|工艺包|成套|整机|原材料|示范线|第[一二三四五六七八九十]代"
)
_FILLER = re.compile(
    r"一种|新型|关于|基于|面向|用于|及其|以及|相关|关键|技术|方法|系统|装置|研究与?|开发|中的|应用|工艺|的|与|及|和|之|在|等"
)
_MATERIALS = frozenset(
    "锂铍硼碳氮氧氟钠镁铝硅磷硫氯钾钙钛钒铬锰铁钴镍铜锌镓锗砷硒锆铌钼银镉铟锡锑铂金汞铅铋铈钕钢锌玉稻麦豆棉茶牛羊猪鸡鱼虾"
)
_OPPOSITES = tuple(
    "高中低 大小 内外 上下 干湿 正负 冷热 酸碱 静动 单双多 软硬 粗细 厚薄 长短 轻重 快慢 升降 充放 左右 前后 阴阳 "  # noqa: SIM905
    "发收 横纵 浅深 远近 有无 手自 男女 顺逆 吸放".split()
)


class Alike(IntEnum):
    OTHER = 0  # nothing in common, or two of one series
    REWORDED = 1
    SLIP = 2  # one or two signs written wrongly
    SAME = 3


@dataclass(frozen=True)
class Comparison:
    """`likeness` is of 100, and not counted for two of one series."""

    alike: Alike
    likeness: int
    variant: bool = False  # two things of one series
    swapped: bool = False  # a word stands where the other title has another one


def compare(one: str, other: str, names: Iterable[str] = ()) -> Comparison:
    """Compare two titles as they were written; `names` are folded names of their owners, which count for nothing."""
    left, right = _plain(one), _plain(other)
    if _apart(left, right):
        return Comparison(Alike.OTHER, 0, variant=True)
    left, right = (_without(fold(text), names) for text in (left, right))
    likeness = _likeness(left, right)
    bare, bare_other = _bare(left), _bare(right)
    if bare == bare_other or sorted(_words(bare)) == sorted(_words(bare_other)):
        return Comparison(Alike.SAME, max(likeness, 98))
    if likeness < LIKE_ENOUGH:
        return Comparison(Alike.OTHER, likeness)
    if _opposed(bare, bare_other):
        return Comparison(Alike.OTHER, likeness, variant=True)
    if _is_slip(bare, bare_other):
        return Comparison(Alike.SLIP, likeness)
    return Comparison(Alike.REWORDED, likeness, swapped=_swapped(bare, bare_other))


def folded(title: str) -> str:
    """The form in which titles are looked up."""
    return fold(_plain(title))


def _plain(title: str) -> str:
    return _MIXED.sub(lambda sign: {"o": "0", "l": "1"}[sign[0]], unicodedata.normalize("NFKC", title).lower())


def _apart(left: str, right: str) -> bool:
    """Whether numbers, editions, Latin names or materials stand against each other."""
    (numbers, edition, *parts), (other_numbers, other_edition, *other_parts) = _marks(left), _marks(right)
    if numbers != other_numbers or edition != other_edition:
        return True
    pairs = zip(parts, other_parts, strict=True)
    return any(mine != theirs and bool(mine - theirs) and bool(theirs - mine) for mine, theirs in pairs)


@lru_cache(maxsize=_REMEMBERED)
def _marks(text: str) -> tuple[Any, ...]:
    """Numbers, words for an edition, Latin names, materials."""
    return (
        Counter(_NUMBER.findall(text)),
        frozenset(_EDITION.findall(text)),
        Counter(_LATIN.findall(text)),
        Counter(sign for sign in text if sign in _MATERIALS),
    )


def _opposed(left: str, right: str) -> bool:
    """Whether a sign stands at the place of its opposite."""
    for step in Levenshtein.opcodes(left, right):
        if step.tag == "replace":
            pair = {left[step.src_start], right[step.dest_start]}
            if len(pair) == 2 and any(pair <= set(group) for group in _OPPOSITES):
                return True
    return False


def _is_slip(left: str, right: str) -> bool:
    """Whether a sign or two were left out, doubled or mistaken: a known word is not changed into another one."""
    steps = [step for step in Levenshtein.opcodes(left, right) if step.tag != "equal"]
    signs = sum(max(step.src_end - step.src_start, step.dest_end - step.dest_start) for step in steps)
    if signs > max(1, min(len(left), len(right)) // SIGNS_PER_SLIP):
        return False
    return not any(
        _word_at(left, step.src_start) and _word_at(right, step.dest_start) for step in steps if step.tag == "replace"
    )


def _swapped(left: str, right: str) -> bool:
    """Whether each has a word that the other lacks, and the two are not spellings of one (成形, 成型)."""
    mine, theirs = Counter(_words(left)), Counter(_words(right))
    only = [word for word in mine - theirs if len(word) > 1], [word for word in theirs - mine if len(word) > 1]
    return all(only) and not any(
        2 * len(set(one) & set(other)) >= min(len(one), len(other)) for one in only[0] for other in only[1]
    )


def _word_at(text: str, place: int) -> bool:
    """Whether the sign at a place belongs to a word of the dictionary."""
    start = 0
    for word in _words(text):
        if start <= place < start + len(word):
            return len(word) > 1
        start += len(word)
    return False


def _likeness(left: str, right: str) -> int:
    plain = fuzz.ratio(left, right)
    return int(max(plain, fuzz.token_sort_ratio(" ".join(_words(left)), " ".join(_words(right)))))


@lru_cache(maxsize=_REMEMBERED)
def _words(text: str) -> tuple[str, ...]:
    return tuple(rjieba.cut(text, False))


def _bare(text: str) -> str:
    return _FILLER.sub("", text) or text


def _without(text: str, names: Iterable[str]) -> str:
    for name in names:
        if len(name) > 3 and len(name) < len(text):
            text = text.replace(name, "")
    return text
