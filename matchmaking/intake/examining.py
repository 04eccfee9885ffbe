"""The examination of a workbook: file → table → headings → rows, each with its group, its errors and its target.

The check stores what an examination finds; the commit examines the file again and writes only when the result is the
one that was confirmed. A row that is mended in the browser goes the same way (`RowReader`, `Settling`). So the dry run,
the mending and the real run are one code path.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import override

from matchmaking.common.spreadsheet import Limits, StoredTable, Table, WorkbookRefused, open_table
from matchmaking.intake.cells import CellError, written
from matchmaking.intake.headings import (
    HEADING_ROWS,
    LOOKED_AT,
    NOTES_SHEET,
    OPTIONS_SHEET,
    Heading,
    HeadingProblem,
    Knowledge,
    column_letter,
    read_heading,
)
from matchmaking.intake.importing import (
    Change,
    Desk,
    ReadyRow,
    RowForm,
    RowKind,
    Similar,
    Target,
    Unsure,
    Values,
    find_kind,
)
from matchmaking.intake.likeness import Names, fold
from matchmaking.intake.models import HeaderMapping, ImportBatch, ImportRow, RowGroup
from matchmaking.intake.notes import NoteFinder
from matchmaking.intake.said import Said, stored
from matchmaking.intake.said import said as _

PIECE = 250  # rows between two signs of life; well under a quarter of a lease
UNCOMPUTED = "uncomputed"
LIKE_ROW = "like_row"


@dataclass(frozen=True)
class Mended:
    """What people wrote in the browser about one row: cells instead of those in the file, and an answer."""

    cells: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""


@dataclass
class ExaminedRow:
    """One row of the file. `errors` are dicts of name, cell, column, code, message, hint, ready to be stored."""

    row_no: int
    written: dict[str, str]  # as in the file
    mended: Mapping[str, str] = field(default_factory=dict)  # what is read instead
    answer: str = ""
    uncomputed: Sequence[str] = ()  # columns whose formula has no result in the file
    values: Values = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[dict[str, Any]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    target: Target | None = None
    similar: list[Similar] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def group(self) -> RowGroup:
        if self.errors:
            return RowGroup.INVALID
        if self.target is None:
            return RowGroup.NEW
        return RowGroup.CHANGED if self.changes else RowGroup.UNCHANGED

    @property
    def is_question(self) -> bool:
        """Whether somebody must say whether the row is one of the similar records."""
        return self.group == RowGroup.NEW and bool(self.similar) and not self.answer

    @property
    def ready(self) -> ReadyRow:
        return ReadyRow(self.row_no, self.values, self.target)


class RowReader:
    """Lets the form read the cells of one row, from the file or as they are stored."""

    def __init__(self, kind: RowKind, heading: Heading) -> None:
        self.kind, self.heading = kind, heading
        self._form: RowForm = kind.form()

    def read(
        self, row_no: int, texts: Mapping[str, str], mended: Mended, *, uncomputed: Sequence[str] = ()
    ) -> ExaminedRow:
        """Read the cells, given as text by column."""
        places = self.heading.places
        cells = {name: text for name, text in mended.cells.items() if name in places}
        row = ExaminedRow(
            row_no, {name: texts.get(name, "") for name in places}, cells, mended.answer, tuple(uncomputed)
        )
        given = {name: self._with_unit(name, cells.get(name, text)) for name, text in row.written.items()}
        row.values = {name: value for name, value in self._form.read(given).items() if name in places}
        problems = self._form.problems()
        for name in set(uncomputed) - set(cells):
            problems[name] = [
                CellError(
                    _("The formula in this cell has no stored result."),
                    _("Open the file in Excel or WPS and save it once, or write the value itself."),
                    code=UNCOMPUTED,
                )
            ]
        for name, found in problems.items():
            row.values.pop(name, None)
            row.errors += [self.error(name, row_no, problem) for problem in found]
        return row

    def cell(self, name: str, row_no: int) -> str:
        return f"{column_letter(self.heading.places[name])}{row_no}"

    def error(self, name: str, row_no: int, problem: ValidationError) -> dict[str, Any]:
        known = name if name in self.heading.places else self.kind.key
        return {
            "name": known,
            "cell": self.cell(known, row_no),
            "column": self.kind.column(known).heading,
            "code": problem.code or "",
            "message": stored(Said.of(problem)),
            "hint": stored(getattr(problem, "hint", "")),
        }

    def _with_unit(self, name: str, text: str) -> str:
        unit = self.heading.units.get(name)
        plain = text.replace(",", "").replace(".", "", 1)
        return f"{text}{unit}" if unit and plain.isdigit() else text


class Settling:
    """Finds what rows mean among the owner's records, and what they would change.

    `claim(word, row_no)` returns the row that named the same record first, the row itself if it is the first.
    """

    def __init__(self, reader: RowReader, desk: Desk, claim: Callable[[str, int], int]) -> None:
        self.reader, self.kind, self.desk, self._claim = reader, reader.kind, desk, claim

    def settle(self, rows: Sequence[ExaminedRow]) -> None:
        self.desk.prepare([row.values for row in rows])
        for row in rows:
            for name, problem in self.desk.resolve(row.values).items():
                row.errors.append(self.reader.error(name, row.row_no, problem))
            self._find(row)
            self._refuse_twice(row)
        self.desk.load(list({row.target.uuid: None for row in rows if row.target}))
        with override("zh-hans"):  # comparisons are stored in the language of the workbook
            for row in rows:
                self._compare(row)

    def _find(self, row: ExaminedRow) -> None:
        try:
            row.target = self.desk.find_target(row.values)
        except CellError as problem:
            row.errors.append(self.reader.error(problem.code or self.kind.key, row.row_no, problem))
        except Unsure as question:
            row.similar = question.candidates
            chosen = next((one.target for one in row.similar if str(one.target.uuid) == row.answer), None)
            if chosen:
                row.target = self.desk.target_of(chosen.uuid)
            elif row.answer != ImportRow.NEW:
                row.answer = ""
        if not row.similar:
            row.answer = ""

    def _refuse_twice(self, row: ExaminedRow) -> None:
        """A record may stand in a file once; the first row counts."""
        for name, word in self.desk.names_of(row.values, row.target):
            row.words.append(word)
            first = self._claim(word, row.row_no)
            if first != row.row_no:
                problem = CellError(
                    _("The same record stands in row %(row)d already.") % {"row": first},
                    _("Keep one of the two rows; records with the same name need their numbers."),
                    code="twice",
                )
                row.errors.append(self.reader.error(name, row.row_no, problem))
                return

    def _compare(self, row: ExaminedRow) -> None:
        if not row.errors and row.target:
            row.changes = self.desk.compare(row.values, row.target)
            if row.changes and row.target.obstacle:
                hint = _("Delete this row, or change the record in the portal itself.")
                problem = CellError(row.target.obstacle, hint, code="obstacle")
                row.errors.append(self.reader.error(self.kind.key, row.row_no, problem))
        if row.group in (RowGroup.NEW, RowGroup.CHANGED):
            row.missing = self.desk.missing(row.values, row.target)
            row.remarks = self.desk.remarks(row.values, row.target)
        row.errors.sort(key=lambda error: self.reader.heading.places[error["name"]])


class Examination:
    """One pass over one file for one owner. Iterate `pieces()` once; `counts` and `remarks` are complete after it.

    `mended` says what people wrote about rows in the browser. Raises HeadingProblem: it is no such table.
    """

    def __init__(
        self,
        kind: RowKind,
        table: Table | StoredTable,
        desk: Desk,
        *,
        knowledge: Knowledge | None = None,
        mended: Mapping[int, Mended] | None = None,
    ) -> None:
        self.kind, self.table, self.desk = kind, table, desk
        head = table.head(LOOKED_AT)
        self.heading = read_heading(kind, [cells for _n, cells in head], [number for number, _c in head], knowledge)
        self.total = len(table) - self.heading.index - 1
        if self.total <= 0:
            raise HeadingProblem("no_rows")
        if self.total > settings.IMPORT_MAX_ROWS:
            raise WorkbookRefused("too_many_rows", limit=settings.IMPORT_MAX_ROWS)
        self.reader = RowReader(kind, self.heading)
        self.stamp = desk.opened
        self.counts: Counter[str] = Counter()
        self.present: set[UUID] = set()  # the records that the file names, those in question among them
        self._mended = mended or {}
        self._uncomputed = frozenset(table.uncomputed)
        self._notes = NoteFinder(self.heading, kind.key)

    def pieces(self) -> Iterator[list[ExaminedRow]]:
        """Yield the rows in pieces, in the order of the file."""
        above = self.heading.index + 1
        self.counts = Counter(read=self.table.rows_read, blank=self.table.rows_blank, above=above, notes=0)
        seen: dict[str, int] = {}
        settling = Settling(self.reader, self.desk, seen.setdefault)
        names: Names[int] = Names()
        piece: list[ExaminedRow] = []
        for index, (number, cells) in enumerate(self.table):
            if index <= self.heading.index:
                continue
            if self._notes.is_note(number, cells):
                self.counts["notes"] += 1
                continue
            piece.append(self._read(number, cells))
            if len(piece) == PIECE:
                yield self._settled(piece, settling, names)
                piece = []
        if piece or not sum(self.counts[group] for group in RowGroup.values):
            yield self._settled(piece, settling, names)

    def _read(self, number: int, cells: Sequence[Any]) -> ExaminedRow:
        places = self.heading.places
        texts = {name: written(cells[index]) if index < len(cells) else "" for name, index in places.items()}
        uncomputed = [
            name for name in (places if self._uncomputed else ()) if self.reader.cell(name, number) in self._uncomputed
        ]
        return self.reader.read(number, texts, self._mended.get(number, Mended()), uncomputed=uncomputed)

    def _settled(self, piece: list[ExaminedRow], settling: Settling, names: Names[int]) -> list[ExaminedRow]:
        settling.settle(piece)
        for row in piece:
            self._point_out_alike(row, names)
            self.counts[row.group] += 1
            self.present |= meant_by(row)
        return piece

    def _point_out_alike(self, row: ExaminedRow, names: Names[int]) -> None:
        """Two new rows of one file with nearly the same name are pointed out; whether they are one, nobody guesses."""
        if row.group != RowGroup.NEW:
            return
        name = fold(str(row.values.get(self.kind.key) or ""))
        if near := names.near(name, most=1):
            row.remarks.append({"code": LIKE_ROW, "params": {"row": near[0][0], "score": near[0][1]}})
        names.add(row.row_no, name)

    def absent(self) -> list[Target]:
        """The owner's records that the file does not have; known after the last piece."""
        return self.desk.absent(self.present)

    def __enter__(self) -> "Examination":
        return self

    def __exit__(self, *_error: object) -> None:
        self.table.close()

    @property
    def remarks(self) -> list[dict[str, Any]]:
        """What the person should know about the file as a whole; nothing in it is passed over in silence."""
        table, found = self.table, []
        if self.heading.unknown:
            found.append({"code": "unknown_columns", "params": {"columns": "、".join(self.heading.unknown[:20])}})
        others = [name for name in table.other_sheets if name not in (NOTES_SHEET, OPTIONS_SHEET)]
        if same := [name for name in others if name in table.other_heads and self._fits(table.other_heads[name])]:
            sheets = "、".join(same[:10])
            found.append({"code": "same_shape", "params": {"sheet": table.sheet, "sheets": sheets}, "sheets": same})
        if others := [name for name in others if name not in same]:
            sheets = "、".join(others[:10])
            found.append({"code": "other_sheets", "params": {"sheet": table.sheet, "sheets": sheets}})
        if table.merged:
            found.append({"code": "merged", "params": {}})
        if table.hidden_rows:
            found.append({"code": "hidden_rows", "params": {"count": table.hidden_rows}})
        if self._notes.found:
            found.append({"code": "notes", "params": self._notes.params})
        return found

    def _fits(self, rows: Sequence[Sequence[Any]]) -> bool:
        """Whether another sheet of the file is a list of the same shape, with rows."""
        return fits(self.kind, rows)


def fits(kind: RowKind, rows: Sequence[Sequence[Any]]) -> bool:
    """Whether the first rows of a sheet are headings of this kind with something below them."""
    try:
        heading = read_heading(kind, rows, list(range(1, len(rows) + 1)))
    except HeadingProblem:
        return False
    return len(rows) > heading.index + 1


def meant_by(row: ExaminedRow) -> set[UUID]:
    """The records that a row may mean: its target, or those in question until somebody has answered."""
    if row.target:
        return {row.target.uuid}
    return {one.target.uuid for one in row.similar} if row.is_question else set()


def open_examination(batch: ImportBatch, mended: Mapping[int, Mended] | None = None) -> Examination:
    """Read the batch's file. Raises WorkbookRefused and HeadingProblem when it is not a table of this kind.

    An OSError (the stored file cannot be opened) passes through: the job tries again.
    """
    kind = find_kind(batch.kind)
    knowledge = knowledge_of(batch)
    sheet = batch.chosen.get("sheet", "")
    table = _open(batch, sheet or kind.sheet)
    if not sheet and not _usable(kind, table, knowledge):
        # A sheet of explanations may stand before the list.
        other = [name for name, rows in table.other_heads.items() if fits(kind, rows)]
        if len(other) == 1:
            table.close()
            table = _open(batch, other[0])
    try:
        desk = kind.open_desk(batch.owner, batch.programme)
        return Examination(kind, table, desk, knowledge=knowledge, mended=mended)
    except BaseException:
        table.close()
        raise


def _open(batch: ImportBatch, sheet: str) -> StoredTable:
    # Titles and headings stand above the records, and a few notes below.
    limits = Limits(file_bytes=settings.UPLOAD_MAX_BYTES, rows=settings.IMPORT_MAX_ROWS + 2 * HEADING_ROWS)
    return open_table(batch.file.file.path, name=batch.file.name, limits=limits, prefer=(sheet,))


def _usable(kind: RowKind, table: StoredTable, knowledge: Knowledge) -> bool:
    head = table.head(LOOKED_AT)
    try:
        read_heading(kind, [cells for _n, cells in head], [number for number, _c in head], knowledge)
    except HeadingProblem:
        return False
    return True


def knowledge_of(batch: ImportBatch) -> Knowledge:
    """What the organisation said earlier about headings, and what was chosen for this file."""
    remembered = HeaderMapping.objects.filter(owner=batch.owner, kind=batch.kind).values_list("heading", "column")
    columns = {int(index): name for index, name in batch.chosen.get("columns", {}).items()}
    return Knowledge(dict(remembered), columns, batch.chosen.get("row_no"))


def outcome_of(row: ExaminedRow, kind: RowKind) -> dict[str, Any]:
    """What a row would do, in a form that can be stored and compared: digest of its values, version, changes."""
    private = kind.private
    public = {name: value for name, value in row.values.items() if name not in private}
    text = json.dumps(public, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)
    outcome: dict[str, Any] = {
        "digest": hashlib.sha256(text.encode()).hexdigest(),
        "version": row.target.version if row.target else None,
        "changes": [{"name": one.name, "before": one.before, "after": one.after} for one in row.changes],
    }
    if row.uncomputed:
        outcome["uncomputed"] = list(row.uncomputed)
    return outcome
