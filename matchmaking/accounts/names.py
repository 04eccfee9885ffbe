"""How the names of organisations are compared: in one spelling, and by the first letters of their pinyin."""

import re
import unicodedata

_NOISE = re.compile(r"[\s()（）\[\]【】·•.,，。、\-—_]+")
_LETTERS = re.compile(r"[a-z]{2,}")


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
