"""From a string to the tokens and sentences the engine counts. Standard library only.

Tokens are single characters and pairs of neighbours of every run of Chinese characters, plus lower-cased
words, numbers and formulae. Measured on graded needs, this mixture beats segmented words by far, needs no
dictionary, and misses no new term of art.

A caller that sees the same text again and again keeps a cache of `tokenise` outside; nothing here remembers
anything.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from operator import add

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_OTHER_UNSPACED = "\u3040-\u30ff\uac00-\ud7af"
_WORD = "0-9a-z\u00df-\u02af\u0370-\u052f"
_UNITS = "nm|um|mm|cm|dm|km|mg|kg|pa|kpa|mpa|gpa|hz|khz|mhz|ghz|kv|mv|kw|mw|kwh|wh|ml|min|rpm|ppm|ppb|db|wt"

RUN = re.compile(f"[{_HAN}{_OTHER_UNSPACED}]+|[{_WORD}]+(?:\\.[0-9]+)*")
_GLUED_UNIT = re.compile(rf"(?<=[0-9])(?=(?:{_UNITS})(?![a-z0-9]))")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_SENTENCE_END = re.compile(r"[。；！？;!?\n\r]+|\.(?=\s)")
_CLAUSE_END = re.compile(r"(?<=[，,、：:])")
_FOLDED = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF))
_FOLD: dict[int, str] = str.maketrans({"μ": "u", "×": "x", "–": "-", "—": "-", "～": "~"})
_OWN_NAME = re.compile("公司|我司|我厂|本厂|企业|集团|our company|we are")
_OWN_STORY = re.compile(
    "成立|创建|注册资|占地|员工|职工|年产值|产值|年销售|销售额|营业收入|营收|主营|总部|坐落|位于|专业从事|主要从事|高新技术企业|专精特新"
    "|小巨人|荣获|荣誉|上市|股东|体系认证|founded|established|employees|headquarter"
)
_FUNCTION = re.compile("([的了和与及或在对为等是有于并将以其被把从到中之所])")
# Nouns, nouns made of verbs, set phrases and abbreviations; place names are mistaken for nouns and back.
_NAMING_KINDS = ("n", "vn", "l", "j")
_SHORTEST_INFLECTED = 4
_ENDINGS = (
    "ization", "isation", "ational", "ations", "ation", "ements", "ement", "ments", "ment", "ings", "ing", "edly", "ed",
    "ers", "er", "ors", "or", "ions", "ion", "ities", "ity", "ively", "ive", "ally", "al", "ably", "able", "ness", "ly",
    "es", "e",
)  # fmt: skip
LONGEST_SENTENCE = 120


def normalise(text: str) -> str:
    """One spelling for what reads the same: width, ligatures and case, micro sign, thousands, glued units.

    Traditional characters become simplified ones, character by character.
    """
    return spaced(unicodedata.normalize("NFKC", text).lower().translate(folding()))


def spaced(text: str) -> str:
    """The last step of `normalise`, behind the folding of single characters: thousands and glued units."""
    if "," in text:
        text = _THOUSANDS.sub("", text)
    return _GLUED_UNIT.sub(" ", text)


@cache
def folding() -> dict[int, str]:
    """What becomes of single characters; made when the first text is read, as only the engine needs it."""
    table = dict(_FOLD)
    try:
        import opencc  # its library is loaded with the first text only
    except ImportError:
        return table
    traditional = [chr(code) for first, last in _FOLDED for code in range(first, last + 1)]
    simplified = opencc.OpenCC("t2s").convert("\n".join(traditional)).split("\n")
    pairs = zip(traditional, simplified, strict=True)
    return table | {ord(one): other for one, other in pairs if one != other and len(other) == 1}


def is_unspaced(run: str) -> bool:
    """Whether a run found by `RUN` is Chinese (counted by characters) and not a word, a number or a
    formula."""
    return run[0] >= "\u3007"


def tokenise(text: str) -> list[str]:
    """All tokens of a text, in the order of their runs; a token occurs as often as the text has it."""
    tokens: list[str] = []
    for run in RUN.findall(normalise(text)):
        if is_unspaced(run):
            tokens += run
            tokens += map(add, run, run[1:])
        else:
            tokens.append(stem(run))
    return tokens


def spanned(text: str) -> tuple[list[str], list[int], list[int]]:
    """The tokens of a text with the first and the last word that each stands in, words counted from 0."""
    tokens: list[str] = []
    first: list[int] = []
    last: list[int] = []
    count = 0
    for run in RUN.findall(normalise(text)):
        if not is_unspaced(run):
            tokens.append(stem(run))
            first.append(count)
            last.append(count)
            count += 1
            continue
        standing: list[int] = []
        for word in words(run):
            standing += [count] * len(word)
            count += 1
        tokens += run
        first += standing
        last += standing
        tokens += map(add, run, run[1:])
        first += standing[:-1]
        last += standing[1:]
    return tokens, first, last


def stem(word: str) -> str:
    """An English word without its plural and one common ending, as long as four letters remain; any other word as it
    is. Much less than Porter's stemmer (1980) does, and never wrong about a formula."""
    if len(word) < _SHORTEST_INFLECTED or not (word.isascii() and word.isalpha()):
        return word
    if word.endswith("ies") and len(word) > _SHORTEST_INFLECTED:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_INFLECTED:
            return word[: -len(ending)]
    return word


def words(run: str) -> list[str]:
    """Cut a Chinese run into words, for showing only; what is scored never depends on a dictionary.

    Without the segmenter the run is cut at its function characters.
    """
    cut = _segmenter()
    return cut(run) if cut else [part for part in _FUNCTION.split(run) if part]


def words_of(runs: Sequence[str]) -> list[list[str]]:
    """The words of Chinese runs, cut at once: a run ends where a line does, and no word goes on behind it."""
    cut = _segmenter()
    if not cut:
        return [words(run) for run in runs]
    return _by_line(cut("\n".join(runs)), len(runs))


def _by_line(words: Iterable[str], lines: int) -> list[list[str]]:
    """Words of so many lines, whose ends stand among them."""
    found: list[list[str]] = [[] for _ in range(lines)]
    at = 0
    for word in words:
        if word == "\n":
            at += 1
        else:
            found[at].append(word)
    return found


@cache
def _segmenter() -> Callable[[str], list[str]] | None:
    try:
        import rjieba  # optional, and its dictionary takes a tenth of a second that only an explanation should pay
    except ImportError:
        return None
    segment: Callable[[str], list[str]] = rjieba.cut
    return segment


def naming_words(runs: Sequence[str]) -> list[list[str]]:
    """The words of Chinese runs that name a thing or a process, for showing only: those of the dictionary, as words
    that are guessed are half ones now and then. Without the segmenter all their words."""
    try:
        import rjieba  # see above
    except ImportError:
        return [words(run) for run in runs]
    naming = (
        word
        for word, kind in rjieba.tag("\n".join(runs))
        if word == "\n" or (kind.startswith(_NAMING_KINDS) and rjieba.has_word(word))
    )
    return _by_line(naming, len(runs))


def sentences(text: str) -> list[str]:
    """The sentences of a text, word for word; one that is too long to be quoted is cut at its commas."""
    found: list[str] = []
    for sentence in map(str.strip, _SENTENCE_END.split(text)):
        if len(sentence) > LONGEST_SENTENCE:
            found += _clauses(sentence)
        elif sentence:
            found.append(sentence)
    return found


def _clauses(sentence: str) -> list[str]:
    parts: list[str] = []
    current = ""
    for clause in _CLAUSE_END.split(sentence):
        if current and len(current) + len(clause) > LONGEST_SENTENCE:
            parts.append(current.strip("，,、：: "))
            current = ""
        current += clause
    parts.append(current.strip("，,、：: "))
    return [part for part in parts if part]


def is_own_story(sentence: str) -> bool:
    """Whether a sentence tells who the enterprise is and not what it needs; such words should count
    little."""
    return bool(_OWN_NAME.search(sentence) and _OWN_STORY.search(sentence))
