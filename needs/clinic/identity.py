"""What in a text leads to its owner: names, places, parks, telephones; each with the words found, to be marked.

For a need with a hidden owner all of it is a warning; contact data are one in every need, since they go around the
step at which both sides open them.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from needs.clinic.naming import cut

OWNER, PARK, PLACE, PRODUCT_AND_PLACE, RANK, PHONE, MAIL, ADDRESS = (
    "owner", "park", "place", "product_and_place", "rank", "phone", "mail", "url",
)  # fmt: skip
MOST = 30

# Places whose short name is also an everyday word: they count with their 市 only.
_EVERYDAY_WORDS = (
    "白银 黄石 朝阳 安康 日照 来宾 大同 海东 山南 内江 北海 黄南 东方 平安 红河 兵团 和田 阿里 大理 延边 四平"
)
_EVERYDAY = frozenset(_EVERYDAY_WORDS.split())
_CONTACT = {
    PHONE: re.compile(
        r"(?<!\d)1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)|(?<!\d)400-?\d{3}-?\d{4}(?!\d)"
        r"|(?:微信|qq)[号:：\s]*[\w-]{5,}"
    ),
    MAIL: re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII),
    ADDRESS: re.compile(r"(?:https?://|www\.)[^\s，。；、）)]+", re.ASCII),
}
_ZONE = re.compile(
    r"(?P<name>[\u4e00-\u9fff]{2,8}?)(?:高新技术产业开发区|高新技术开发区|经济技术开发区|高新区|经开区|开发区|产业园区?|工业园区?|科技园区?|软件园)"
)
# Words before a zone that name none: 在国家级经济技术开发区, 某高新区.
_ANY_ZONE = re.compile(
    r"某|各|本|该|我们?|所在|一个|位于|在|属于|当地|国家级|省级|国家|入驻|落户|周边|附近|的|省|市|区|县"
)
_PRODUCING = re.compile(r"生产|制造|产能|年产|厂区|工厂|基地|总部|主营|我厂|我司|公司|企业|产品|供应商|配套|龙头")
_RANKED = re.compile(
    r"(?:(?:国内|全国|全省|亚洲|全球|世界|行业|省内|华东|华南|华北|西南|西北|东北)内?(?:最大|最早|唯一|首家|第一|排名前[一二三四五\d])"
    r"|唯一一家)[^，,。；;]{0,12}"
)
_SENTENCE = re.compile(r"[^。；！？\n\r]+")  # no half-width marks: they stand in web addresses


@dataclass(frozen=True)
class Trace:
    """Words of a field that lead to the owner; `start` and `end` stand in `sentence`, which is word for word."""

    field: str
    kind: str
    words: str
    sentence: str
    start: int
    end: int


@dataclass(frozen=True)
class Owner:
    """By what an owner is known: his names (long and short, aliases, codes), his park's names, his region's names."""

    names: Collection[str] = ()
    park: Collection[str] = ()


def contacts(texts: Iterable[tuple[str, str]]) -> list[Trace]:
    """Telephones, addresses and links in the fields; at most MOST."""
    return _found(texts, list(_CONTACT.items()))[:MOST]


def traces(texts: Iterable[tuple[str, str]], *, owner: Owner, places: Mapping[str, bool]) -> list[Trace]:
    """Everything that leads to a hidden owner. `places` maps every name of a place to whether it is a short one."""
    written = list(texts)
    patterns: list[tuple[str, re.Pattern[str]]] = []
    if names := _any_of(owner.names):
        patterns.append((OWNER, names))
    if parks := _any_of(owner.park):
        patterns.append((PARK, parks))
    patterns += [*_CONTACT.items(), (PARK, _ZONE), (RANK, _RANKED)]
    found = _found(written, patterns)
    found += [trace for field, text in written for trace in _places(field, text, places, found)]
    return sorted(found, key=lambda trace: list(dict(written)).index(trace.field))[:MOST]


def _found(texts: Iterable[tuple[str, str]], patterns: Iterable[tuple[str, re.Pattern[str]]]) -> list[Trace]:
    listed = list(patterns)
    found: list[Trace] = []
    for field, text in texts:
        for sentence in _sentences(text):
            folded = _folded(sentence)
            taken: list[tuple[int, int]] = []
            for kind, pattern in listed:
                for match in pattern.finditer(folded):
                    start, end = match.span()
                    if pattern is _ZONE:
                        own = _ANY_ZONE.split(match["name"])[-1]
                        start = match.end("name") - len(own)
                        if not own:
                            continue
                    if all(end <= left or start >= right for left, right in taken):
                        taken.append((start, end))
                        found.append(Trace(field, kind, sentence[start:end], sentence, start, end))
    return found


def _places(field: str, text: str, places: Mapping[str, bool], found: Iterable[Trace]) -> list[Trace]:
    taken = [(trace.sentence, trace.start, trace.end) for trace in found if trace.field == field]
    result: list[Trace] = []
    for sentence in _sentences(text):
        at = 0
        for word in cut(_folded(sentence)):
            start, end = at, at + len(word)
            at = end
            if not _is_place(word, places):
                continue
            if any(sentence == other and start < right and end > left for other, left, right in taken):
                continue
            kind = PRODUCT_AND_PLACE if _PRODUCING.search(sentence) else PLACE
            result.append(Trace(field, kind, sentence[start:end], sentence, start, end))
    return result


def _is_place(word: str, places: Mapping[str, bool]) -> bool:
    short = places.get(word)
    return short is False or (short is True and word not in _EVERYDAY)


def _any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern for any of the names, blanks and points between the signs or not; the longest first."""
    spelled = sorted({_folded(name) for name in names if len(name) >= 2}, key=len, reverse=True)
    if not spelled:
        return None
    return re.compile("|".join(r"[\s·.()（）-]*".join(map(re.escape, name)) for name in spelled))


def _sentences(text: str) -> list[str]:
    return [sentence.strip() for sentence in _SENTENCE.findall(text) if sentence.strip()]


def _folded(text: str) -> str:
    """The text in one width and case, sign by sign, so that every place stays where it is."""
    return "".join(one if len(one := unicodedata.normalize("NFKC", sign).lower()) == 1 else sign for sign in text)
