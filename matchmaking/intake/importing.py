"""What an upload consists of: columns, the row form, and the kinds of rows that the rooms register.

Intake knows no room: an app describes its rows once, in its own `importing.py`, and registers them under the word that
stands in `ImportBatch.kind`. The check and the commit then run the same code (`intake/examining.py`), so what a person
saw in the preview is what is written.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise

from matchmaking.accounts.models import Organisation, User
from matchmaking.intake.cells import CellError
from matchmaking.intake.models import ImportBatch
from matchmaking.programmes.models import Programme

Text = str | Promise
Values = dict[str, Any]
_REMARK = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
_UNIT = re.compile(r"[(（\[【](?:单位[:：])?\s*(万元|元|千元|亿元)\s*[)）\]】]")
_NOISE = re.compile(r"[\s*＊#:：、,，.。·•/\-—_“”\"'「」]+")


@dataclass(frozen=True)
class Column:
    """One column of a workbook. Headings are Chinese in every language: they are part of the file's format."""

    name: str
    heading: str
    note: Text
    example: str = ""
    synonyms: tuple[str, ...] = ()
    required: bool = False  # to submit, not to upload
    private: bool = False  # stored encrypted, shown to nobody in a comparison
    table: str = ""  # the vocabulary of its codes
    many: bool = False
    width: int = 16
    unit: str = ""  # of plain numbers, part of the heading
    keeps_lines: bool = False

    @property
    def title(self) -> str:
        """The heading as the template writes it, with unit and the mark of required columns."""
        return f"{self.heading}{f'（{self.unit}）' if self.unit else ''}{'*' if self.required else ''}"


@dataclass(frozen=True)
class Target:
    """The record that a row means. `obstacle` says why it cannot be changed by an upload, if so."""

    uuid: UUID
    number: str
    version: int
    label: str = ""
    obstacle: Text = ""


@dataclass(frozen=True)
class Change:
    """One field of an existing record that the row changes, in words."""

    name: str
    before: str
    after: str


@dataclass
class ReadyRow:
    """A row that can be written: what the form understood, and the record it changes, if any."""

    row_no: int
    values: Values
    target: Target | None = None


@dataclass(frozen=True)
class Saved:
    """What a commit wrote."""

    created: Sequence[Any] = ()
    updated: Sequence[Any] = ()


class RowForm(forms.Form):
    """One row as a form. An object reads row after row: `read(cells)` binds and cleans anew.

    Copying the fields for every row would cost more than reading them.
    """

    prefix = None

    def read(self, cells: Mapping[str, Any]) -> Values:
        """Clean the cells of one row; what cannot be read stands in `problems()`."""
        self.data = dict(cells)
        self.is_bound = True
        self.full_clean()
        return self.cleaned_data

    def problems(self) -> dict[str, list[ValidationError]]:
        return dict(self.errors.as_data())


class Desk(Protocol):
    """The room's side of one examination: knows the owner's records and what a row may mean among them."""

    opened: str  # the stamp of what it read at the start

    def stamp(self) -> str:
        """A word that changes whenever one of the owner's records does."""
        ...

    def prepare(self, rows: Sequence[Values]) -> None:
        """Load, in a few queries, what the next rows refer to."""
        ...

    def resolve(self, values: Values) -> dict[str, CellError]:
        """Replace what needs the database (names of organisations) in place; return what could not be found."""
        ...

    def find_target(self, values: Values) -> Target | None:
        """Return the record that the row means, None for a new one; raises CellError with the column in `code`."""
        ...

    def names_of(self, values: Values, target: Target | None) -> list[tuple[str, str]]:
        """Return (column, word) for each word by which the row names its record; no two rows may share one."""
        ...

    def compare(self, values: Values, target: Target) -> list[Change]:
        """Return what the row would change; an empty cell changes nothing."""
        ...

    def missing(self, values: Values, target: Target | None) -> list[str]:
        """Return the columns that must be filled before the record can be submitted."""
        ...

    def save(self, *, by: User, batch: ImportBatch, rows: Iterable[ReadyRow]) -> Saved:
        """Write the rows in the caller's transaction. Raises StaleState when a record has changed meanwhile."""
        ...


@dataclass(frozen=True)
class RowKind:
    """Everything that intake must know about a kind of rows."""

    kind: str
    sheet: str  # the name of the data sheet
    capability: str
    columns: tuple[Column, ...]
    key: str  # the column without which a table is not recognised
    form: type[RowForm]
    open_desk: Callable[[Organisation, Programme], Desk]
    url_of: Callable[[ImportBatch], str]
    identity: tuple[str, ...] = ()  # columns that name a record: shown, never compared

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


_kinds: dict[str, RowKind] = {}


class UnknownRowKind(Exception):
    """No app of this installation takes uploads of this kind."""


def register(kind: RowKind) -> RowKind:
    known = _kinds.setdefault(kind.kind, kind)
    if known is not kind:
        raise ValueError(f"two kinds of rows are called {kind.kind!r}")
    return kind


def find_kind(name: str) -> RowKind:
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownRowKind(name) from None


# --- Headings ----------------------------------------------------------------------------------------------------

HEADING_ROWS = 15  # a title and remarks may stand above the headings
NOTES_SHEET, OPTIONS_SHEET = "填写说明", "选项"  # of our own workbooks; not worth a remark when they come back
ERROR_HEADING = "错误说明"  # of the workbook with the rows to mend; read again, it is passed over
_PASSED_OVER = frozenset({ERROR_HEADING, "序号", "行号"})


class HeadingProblem(Exception):
    """The table cannot be recognised. `code` and `params` become the batch's refusal."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True)
class Heading:
    """Where the columns stand: `places` maps a column's name to its index; `units` what plain numbers there mean."""

    row_no: int
    index: int  # of the heading row among the rows read
    places: dict[str, int]
    written: dict[str, str]
    units: dict[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


def fold_heading(text: Any) -> str:
    """Return the form in which headings are compared: half-width, lower case, without remarks in brackets."""
    plain = unicodedata.normalize("NFKC", "" if text is None else str(text)).lower()
    return _NOISE.sub("", _REMARK.sub("", plain))


def read_heading(kind: RowKind, rows: Sequence[Sequence[Any]], numbers: Sequence[int]) -> Heading:
    """Find the row of headings among the first rows. Raises HeadingProblem when there is none, or a column twice."""
    known = {
        fold_heading(word): column.name
        for column in kind.columns
        for word in (column.heading, column.name, *column.synonyms)
    }
    best = max(
        range(min(len(rows), HEADING_ROWS)),
        key=lambda index: (sum(fold_heading(cell) in known for cell in rows[index]), -index),
        default=None,
    )
    key = kind.column(kind.key).heading
    if best is None:
        raise HeadingProblem("no_rows")
    if not any(known.get(fold_heading(cell)) == kind.key for cell in rows[best]):
        raise HeadingProblem("no_heading", heading=key)
    places: dict[str, int] = {}
    for index, cell in enumerate(rows[best]):
        name = known.get(fold_heading(cell))
        if name in places:
            first, second = column_letter(places[name]), column_letter(index)
            raise HeadingProblem("heading_twice", heading=kind.column(name).heading, first=first, second=second)
        if name:
            places[name] = index
    texts = {name: " ".join(str(rows[best][index]).split()) for name, index in places.items()}
    units = {name: found[1] for name, text in texts.items() if (found := _UNIT.search(text))}
    taken = set(places.values())
    unknown = tuple(
        f"{column_letter(index)} {' '.join(str(cell).split())[:30]}"
        for index, cell in enumerate(rows[best])
        if index not in taken and cell not in (None, "") and fold_heading(cell) not in _PASSED_OVER
    )
    return Heading(numbers[best], best, places, texts, units, unknown)


def column_letter(index: int) -> str:
    """Return the letters of a column by its index from 0: 0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
