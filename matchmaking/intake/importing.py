"""What an upload consists of: columns, the row form, and the kinds of rows that the rooms register.

Intake knows no room: an app describes its rows once, in its own `importing.py`, and registers them under the word that
stands in `ImportBatch.kind`. The check and the commit then run the same code (`intake/examining.py`), so what a person
saw in the preview is what is written. `intake/desks.py` holds what the desks of all pools have in common.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from django.core.exceptions import ValidationError

from matchmaking.accounts.models import Organisation, User
from matchmaking.common.marks import UnmarkedForm
from matchmaking.intake.cells import CellError
from matchmaking.intake.said import Text
from matchmaking.intake.said import said as _

if TYPE_CHECKING:  # the models ask this module which kinds there are
    from matchmaking.intake.models import ImportBatch
    from matchmaking.programmes.models import Programme

Values = dict[str, Any]
LIVE, CHECK = "live", "check"  # how a change of a published record takes effect


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
    """The record that a row means. `obstacle` says why an upload cannot change it, if so; `advice` what to do."""

    uuid: UUID
    number: str
    version: int
    label: str = ""
    obstacle: Text = ""
    advice: Text = ""


@dataclass(frozen=True)
class Similar:
    """A record that a row may mean; `why` is "title" or "registration", `score` 0 to 100."""

    target: Target
    score: int
    why: str = "title"


class Unsure(Exception):
    """A row may mean one of these records or none: the person is asked."""

    def __init__(self, candidates: Sequence[Similar]) -> None:
        super().__init__(len(candidates))
        self.candidates = list(candidates)


@dataclass(frozen=True)
class Change:
    """One field of an existing record that the row changes, in words.

    `goes` says how: of a published record LIVE (at once) or CHECK (when the region has checked it), else nothing.
    """

    name: str
    before: str
    after: str
    goes: str = ""


@dataclass
class ReadyRow:
    """A row that can be written: what the form understood, and the record it changes, if any."""

    row_no: int
    values: Values
    target: Target | None = None


@dataclass(frozen=True)
class Done:
    """One thing a commit did: `deed` is "created", "changed" or "withdrawn".

    `version` is the record's after it; `before`, in JSON, what an undo gives back; `change` the proposed change of a
    published record that waits for a check.
    """

    deed: str
    uuid: UUID
    number: str
    version: int
    before: dict[str, Any] | None = None
    change: UUID | None = None


@dataclass(frozen=True)
class Saved:
    """What a commit wrote: the records made and the records changed, each in the order of their rows."""

    created: Sequence[Done] = ()
    updated: Sequence[Done] = ()


@dataclass(frozen=True)
class Blocker:
    """A record that cannot go back to what it was, and why."""

    number: str
    reason: Text


class RowForm(UnmarkedForm):
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

    def marked(self, mark: str) -> ValidationError:
        return CellError(
            _("The text carries a mark of a state secret (绝密, 机密, 秘密, 涉密)."),
            _("Such content must not be entered on this platform. Delete the whole row."),
        )


class Desk(Protocol):
    """The room's side of one examination: knows the owner's records and what a row may mean among them.

    `intake.desks.PoolDesk` answers most of it for a pool.
    """

    opened: str  # the stamp of what it read at the start

    def stamp(self) -> str:
        """A word that changes whenever one of the owner's records does."""
        ...

    def prepare(self, rows: Sequence[Values]) -> None:
        """Look up, in a few queries, the names that stand in the next rows."""
        ...

    def resolve(self, values: Values) -> dict[str, CellError]:
        """Replace what needs the database (names of organisations) in place; return what could not be found."""
        ...

    def find_target(self, values: Values) -> Target | None:
        """Return the record that the row means, None for a new one.

        Raises CellError with the column in `code`, and Unsure when the row looks like a record without naming it.
        """
        ...

    def target_of(self, uuid: UUID) -> Target | None:
        """Return the owner's record that a person chose for a row."""
        ...

    def load(self, uuids: Sequence[UUID]) -> None:
        """Read in full, in a few queries, the records that the next rows mean."""
        ...

    def names_of(self, values: Values, target: Target | None) -> list[tuple[str, str]]:
        """Return (column, word) for each word by which the row names its record; no two rows may share one."""
        ...

    def compare(self, values: Values, target: Target) -> list[Change]:
        """Return what the row would change; an empty cell changes nothing."""
        ...

    def hindrances(self, values: Values, target: Target) -> dict[str, CellError]:
        """Return, by column, why a published record cannot be changed in this way."""
        ...

    def missing(self, values: Values, target: Target | None) -> list[str]:
        """Return the columns that must be filled before the record can be submitted."""
        ...

    def remarks(self, values: Values, target: Target | None) -> list[dict[str, Any]]:
        """Return what the person should know about a row that is no error: {"code", "params"} of `refusals.py`."""
        ...

    def absent(self, present: set[UUID]) -> list[Target]:
        """Return the owner's living records of the programme that are not among these; `obstacle`: not withdrawable."""
        ...

    def save(self, *, by: User, batch: "ImportBatch", rows: Iterable[ReadyRow]) -> Saved:
        """Write the rows in the caller's transaction. Raises StaleState when a record has changed meanwhile."""
        ...

    def number(self, *, by: User, uuids: Sequence[UUID]) -> dict[UUID, str]:
        """Give the drafts of a whole commit their public numbers, at its end; nothing if `save` has done so."""
        ...

    def withdraw(self, *, by: User, batch: "ImportBatch", targets: Sequence[Target], reason: str) -> list[Done]:
        """Withdraw these records in the caller's transaction. Raises StaleState when one has changed meanwhile."""
        ...

    def close(self, *, batch: "ImportBatch") -> None:
        """Tell, at the end of the commit and in its transaction, those who have something to check now."""
        ...

    def blockers(self, done: Sequence[Done]) -> list[Blocker]:
        """Return which of these deeds cannot be undone, because something happened to the record since."""
        ...

    def undo(self, *, by: User, batch: "ImportBatch", done: Sequence[Done]) -> None:
        """Undo these deeds in the caller's transaction; `blockers` had nothing to say about them."""
        ...


@dataclass(frozen=True)
class RowKind:
    """Everything that intake must know about a kind of rows."""

    kind: str
    label: Text  # what the records are called, in the plural: the pages speak of them
    sheet: str  # the name of the data sheet, Chinese
    capability: str
    columns: tuple[Column, ...]
    key: str  # the column without which a table is not recognised
    form: type[RowForm]
    open_desk: Callable[[Organisation, "Programme"], Desk]
    identity: tuple[str, ...] = ()  # columns that name a record: shown, never compared
    naming: tuple[str, ...] = ()  # further columns in which no two rows may say the same
    record_url: Callable[[UUID], str] | None = None  # the page of a record
    list_url: Callable[[], str] | None = None  # where the imported drafts are found
    file_names: dict[str, str] = field(default_factory=dict)  # {"template": "成果导入模板.xlsx", …}, optional

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def private(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns if column.private)


_kinds: dict[str, RowKind] = {}


class UnknownRowKind(Exception):
    """No app of this installation takes uploads of this kind."""


def register(kind: RowKind) -> RowKind:
    known = _kinds.setdefault(kind.kind, kind)
    if known is not kind:
        raise ValueError(f"two kinds of rows are called {kind.kind!r}")
    return kind


def kinds() -> list[RowKind]:
    """All kinds of this installation, in the order in which their apps are installed."""
    return list(_kinds.values())


def kinds_for(user: User) -> list[RowKind]:
    """The kinds that a person may upload, for one organisation or another."""
    return [kind for kind in _kinds.values() if user.is_authenticated and user.can(kind.capability)]


def find_kind(name: str) -> RowKind:
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownRowKind(name) from None
