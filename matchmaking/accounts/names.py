"""How the names of organisations are compared and found: in one spelling, in a text, by the letters of their pinyin."""

import re
import unicodedata
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matchmaking.accounts.models import Organisation

_NOISE = re.compile(r"[\s()（）\[\]【】·•.,，。、\-—_]+")
_LETTERS = re.compile(r"[a-z]{2,}")
_LEGAL_FORM = re.compile(r"(股份有限公司|有限责任公司|集团有限公司|有限公司|集团公司|集团|公司|厂)$")
# Without their place these are common words: 江苏大学 would leave “大学”.
_INSTITUTION = re.compile(r"(大学|学院|学校|研究院|研究所|研究中心|科学院|实验室|医院)$")


def fold_name(name: str) -> str:
    """Return the form in which two spellings of a name are compared: NFKC, lower case, without punctuation."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", name).lower())


def initials_of(name: str) -> str:
    """Return the first letters of a name's pinyin, other letters and digits as they are: 重庆3D打印 → cq3ddy."""
    from pypinyin import Style, lazy_pinyin  # its dictionary takes a tenth of a second, which most requests need not

    return "".join(lazy_pinyin(fold_name(name), style=Style.FIRST_LETTER))[:200]


def may_be_initials(text: str) -> bool:
    """Whether somebody may have typed the first letters of a name: nothing but two Latin letters or more."""
    return _LETTERS.fullmatch(fold_name(text)) is not None


def recognisable(owner: "Organisation") -> set[str]:
    """Return the folded names by which a reader would know the owner: names, aliases, stems, English name, code."""
    written = [owner.name, owner.name_en, owner.uscc or "", *(alias.name for alias in owner.aliases.all())]
    names = {fold_name(name) for name in written if name}
    institutions = {name for name in names if _INSTITUTION.search(name)}
    names |= {_LEGAL_FORM.sub("", name) for name in names}
    if owner.region:
        places = (owner.region.name_zh, owner.region.short_zh)
        names |= {name.removeprefix(place) for name in names - institutions for place in places if place}
    # Two letters or one character would hit everywhere.
    return {name for name in names if len(name) >= (4 if name.isascii() else 2)}


def is_named_in(text: str, names: Collection[str]) -> bool:
    """Whether one of the folded names stands in a text, however it is spelled there."""
    folded = fold_name(text)
    return any(name in folded for name in names)
