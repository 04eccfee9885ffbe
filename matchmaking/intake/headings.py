"""The rows of headings of a table: where they are, what each heading means, and what is only proposed.

A heading is understood when it is the name of a column, one of its synonyms, what the organisation said earlier, or
what the person chose for this file. A near miss is a proposal on the page of columns and nothing else.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import Any

from rapidfuzz import fuzz, process

from matchmaking.intake.cells import written
from matchmaking.intake.guessing import guess
from matchmaking.intake.importing import RowKind

HEADING_ROWS = 15  # a title and remarks may stand above the headings
NOTES_SHEET, OPTIONS_SHEET = "填写说明", "选项"  # of our own workbooks; not worth a remark when they come back
ERROR_HEADING = "错误说明"  # of the workbook with the rows to mend; read again, it is passed over
NEAR = 70  # of 100: from here on a heading is proposed
LONGEST = 200
LONGEST_GROUP = 20
SAMPLES = 3
LOOKED_AT = HEADING_ROWS + 1 + SAMPLES
_PASSED_OVER = frozenset({ERROR_HEADING, "序号", "行号"})
_REMARK = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
_UNIT = re.compile(r"[(（\[【](?:单位[:：])?\s*(万元|元|千元|亿元)\s*[)）\]】]")
_COLON = re.compile("[:：]")
_NOISE = re.compile(r"[\s*＊#:：、,，.。·•/\-—_“”\"'「」]+")


@dataclass(frozen=True)
class HeadingCell:
    """One heading: what it says, the column it means ("" for none), how that is known, and what is proposed.

    `how` is "name", "remembered", "chosen", "ignored" (by a person) or "passed" (our own extra columns); else "".
    """

    index: int
    letter: str
    text: str
    column: str = ""
    how: str = ""
    proposal: str = ""
    sample: tuple[str, ...] = ()  # what stands below it, for the person who assigns the columns
    guesses: tuple[str, ...] = ()  # columns that hold such values, if the name says nothing
    why: str = ""  # what the values look like: a code of `guessing`


@dataclass(frozen=True)
class Heading:
    """Where the columns stand: `places` maps a column's name to its index; `units` what plain numbers there mean."""

    row_no: int
    index: int  # of the last heading row among the rows read
    places: dict[str, int]
    units: dict[str, str] = field(default_factory=dict)
    cells: tuple[HeadingCell, ...] = ()

    @property
    def unknown(self) -> tuple[str, ...]:
        """The headings that mean nothing to us, and that nobody told us to leave out."""
        return tuple(f"{one.letter} {one.text[:30]}" for one in self.cells if not one.column and not one.how)

    def stored(self) -> dict[str, Any]:
        return {"row_no": self.row_no, "places": self.places, "units": self.units}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Heading":
        """The heading of a batch, for reading one of its rows again."""
        return cls(kept["row_no"], -1, kept["places"], kept["units"])


class HeadingProblem(Exception):
    """The table cannot be recognised. `code` and `params` say why; with a `heading` a person can assign the columns."""

    def __init__(self, code: str, heading: Heading | None = None, /, **params: Any) -> None:
        super().__init__(code)
        self.code, self.heading, self.params = code, heading, params


@dataclass(frozen=True)
class Knowledge:
    """What is known about headings beside the names: what the organisation said once, and what was chosen now."""

    remembered: Mapping[str, str] = field(default_factory=dict)  # folded heading → column or ""
    columns: Mapping[int, str] = field(default_factory=dict)  # index → column or ""
    row_no: int | None = None  # the last heading row, as chosen


def fold_heading(text: Any) -> str:
    """Return the form in which headings are compared: half-width, lower case, without remarks in brackets."""
    plain = unicodedata.normalize("NFKC", "" if text is None else str(text)).lower()
    return _NOISE.sub("", _REMARK.sub("", plain))[:LONGEST]


def column_letter(index: int) -> str:
    """Return the letters of a column by its index from 0: 0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def read_heading(
    kind: RowKind, rows: Sequence[Sequence[Any]], numbers: Sequence[int], knowledge: Knowledge | None = None
) -> Heading:
    """Find the headings among the first rows. Raises HeadingProblem: no rows, no headings, one column twice."""
    knowledge = knowledge or Knowledge()
    words = _words(kind)
    if not rows:
        raise HeadingProblem("no_rows")
    known = {**words, **knowledge.remembered}
    naming = frozenset({kind.key, *kind.identity})
    candidates = [
        one for index in range(min(len(rows), HEADING_ROWS)) for one in _candidates(rows, index, known, naming)
    ]
    if knowledge.row_no in numbers[:HEADING_ROWS]:
        at = numbers.index(knowledge.row_no)
        candidates = [one for one in candidates if one.index == at] or candidates
    best = max(candidates, key=lambda one: (one.score(known), one.plausible, -one.index))
    cells = _understood(kind, best, rows[best.index + 1 : best.index + 1 + LOOKED_AT], known, knowledge)
    heading = _placed(kind, best.index, numbers[best.index], cells)
    if kind.key not in heading.places:
        plausible = best.score(known) or best.plausible >= 2
        raise HeadingProblem("no_heading", heading if plausible else None, heading=kind.column(kind.key).heading)
    return heading


@dataclass(frozen=True)
class _Candidate:
    """A row, or two rows that together are the headings: the texts by column, and above each the text of its group."""

    index: int
    texts: tuple[str, ...]
    groups: tuple[str, ...]
    raw: tuple[str, ...]
    naming: frozenset[str] = frozenset()  # the columns that name a record

    def meaning(self, place: int, known: Mapping[str, str]) -> str | None:
        """The column that a heading means, "" for one to be left out, None when it is not known.

        Below 完成单位, 名称 is the name of the unit, and below 专利, 编号 is not the number of the record.
        """
        text, group = fold_heading(self.texts[place]), fold_heading(self.groups[place])
        if not text:
            return None
        if group and (whole := known.get(group + text)) is not None:
            return whole
        meant = known.get(text)
        return None if group and known.get(group) and meant in self.naming else meant

    def score(self, known: Mapping[str, str]) -> int:
        return sum(bool(self.meaning(place, known)) for place in range(len(self.texts)))

    @property
    def plausible(self) -> int:
        """How many cells could be headings: different short words. A title above the table has one."""
        words = {text for text in self.texts if text and len(text) <= 30 and not text.replace(".", "").isdigit()}
        return len(words) if len(words) >= 2 else 0


def _candidates(
    rows: Sequence[Sequence[Any]], index: int, words: Mapping[str, str], naming: frozenset[str]
) -> list[_Candidate]:
    """The row by itself; with the row above as groups when that makes more sense than either alone."""
    texts = tuple(_plain(cell) for cell in rows[index])
    alone = _Candidate(index, texts, ("",) * len(texts), texts)
    if not index:
        return [alone]
    above = [_plain(cell) for cell in rows[index - 1]]
    width = max(len(above), len(texts))
    above += [""] * (width - len(above))
    below = [*texts, *[""] * (width - len(texts))]
    joined, groups, group = [], [], ""
    for place in range(width):
        group = above[place] or (group if below[place] else "")
        joined.append(below[place] or above[place])
        groups.append(group if below[place] and group != below[place] else "")
    raw = tuple(f"{group} {text}".strip() for group, text in zip(groups, joined, strict=True))
    pair = _Candidate(index, tuple(joined), tuple(groups), raw, naming)
    upper = _Candidate(index - 1, tuple(above), ("",) * width, tuple(above))
    if sum(map(bool, texts)) < 2 or pair.score(words) < max(alone.score(words), upper.score(words)):
        return [alone]
    # Headings that stand in the upper row alone, merged over both; a line such as 填报时间：… is none.
    over_both = [word for word, part in zip(above, below, strict=True) if word and not part]
    merged = any(len(word) <= LONGEST_GROUP and not _COLON.search(word) for word in over_both)
    more = pair.score(words) > max(alone.score(words), upper.score(words))
    return [pair] if more or merged else [alone]


def _understood(
    kind: RowKind,
    found: _Candidate,
    below: Sequence[Sequence[Any]],
    known: Mapping[str, str],
    knowledge: Knowledge,
) -> list[HeadingCell]:
    """Say of every heading what it means and how that is known."""
    names = {column.name for column in kind.columns}
    cells: list[HeadingCell] = []
    for index, text in enumerate(found.raw):
        if not text:
            continue
        folded = fold_heading(text)
        column, how = knowledge.columns.get(index), "chosen"
        if column is None:
            column, how = found.meaning(index, known), "remembered" if folded in knowledge.remembered else "name"
        if column is None:
            column, how = "", "passed" if folded in _PASSED_OVER else ""
        elif column not in names:  # "" for one to be left out; a column that is no more counts as unknown
            column, how = "", "ignored" if not column else ""
        filled = (_plain(row[index])[:60] for row in below if index < len(row) and _plain(row[index]))
        sample = tuple(islice(filled, SAMPLES))
        cells.append(HeadingCell(index, column_letter(index), text[:LONGEST], column, how, sample=sample))
    return _with_guesses(kind, _with_proposals(kind, cells, known), below)


def _placed(kind: RowKind, index: int, row_no: int, cells: Sequence[HeadingCell]) -> Heading:
    """Raises HeadingProblem when two headings mean the same column."""
    places: dict[str, int] = {}
    twice = ""
    for one in cells:
        if one.column and places.setdefault(one.column, one.index) != one.index:
            twice = twice or one.column
    units = {one.column: unit[1] for one in cells if one.column and (unit := _UNIT.search(one.text))}
    heading = Heading(row_no, index, places, units, tuple(cells))
    if twice:
        first, second = [one.letter for one in cells if one.column == twice][:2]
        named = kind.column(twice).heading
        raise HeadingProblem("heading_twice", heading, heading=named, first=first, second=second)
    return heading


def _with_proposals(kind: RowKind, cells: Sequence[HeadingCell], known: Mapping[str, str]) -> list[HeadingCell]:
    """Say which free column an unknown heading is nearest to."""
    placed = {one.column for one in cells}
    free = {word: name for word, name in known.items() if name and name not in placed}
    result = []
    for one in cells:
        near = None
        if not one.how and free:
            near = process.extractOne(fold_heading(one.text), list(free), scorer=fuzz.ratio, score_cutoff=NEAR)
        result.append(HeadingCell(**(asdict(one) | {"proposal": free[near[0]]})) if near else one)
    return result


def _with_guesses(kind: RowKind, cells: Sequence[HeadingCell], below: Sequence[Sequence[Any]]) -> list[HeadingCell]:
    """Say what the values below an unknown heading look like."""
    placed = {one.column for one in cells} | {one.proposal for one in cells}
    free = [column.name for column in kind.columns if column.name not in placed]
    result = []
    for one in cells:
        if not one.how and not one.proposal:
            values = [written(row[one.index])[:LONGEST] for row in below if one.index < len(row)]
            found, why = guess(kind, values, free)
            one = replace(one, guesses=tuple(found), why=why)  # noqa: PLW2901
        result.append(one)
    return result


def _words(kind: RowKind) -> dict[str, str]:
    return {
        fold_heading(word): column.name
        for column in kind.columns
        for word in (column.heading, column.name, *column.synonyms)
    }


def _plain(cell: Any) -> str:
    return "" if cell is None else " ".join(str(cell).split())
