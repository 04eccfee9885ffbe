"""The examination of a workbook: file → table → headings → rows, each with its group, its errors and its target.

The check stores what an examination finds; the commit examines the file again and writes only when the result is the
one that was confirmed. So the dry run and the real run are one code path.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from matchmaking.common.spreadsheet import Limits, Table, read_table
from matchmaking.intake.cells import CellError, written
from matchmaking.intake.importing import (
    NOTES_SHEET,
    OPTIONS_SHEET,
    Change,
    Desk,
    Heading,
    HeadingProblem,
    ReadyRow,
    RowForm,
    RowKind,
    Target,
    Values,
    column_letter,
    find_kind,
    read_heading,
)
from matchmaking.intake.models import ImportBatch, RowGroup

PIECE = 250  # rows between two signs of life; well under a quarter of a lease


@dataclass
class ExaminedRow:
    """One row of the file. `errors` are dicts of name, cell, column, message, hint, ready to be stored."""

    row_no: int
    written: dict[str, str]
    values: Values = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)
    target: Target | None = None
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
    def ready(self) -> ReadyRow:
        return ReadyRow(self.row_no, self.values, self.target)


class Examination:
    """One pass over one file for one owner. Iterate `pieces()` once; `counts` and `remarks` are complete after it.

    `open_examination` raises WorkbookRefused and HeadingProblem: the file cannot be read, or it is no such table.
    """

    def __init__(self, kind: RowKind, table: Table, desk: Desk) -> None:
        self.kind, self.table, self.desk = kind, table, desk
        self.heading: Heading = read_heading(kind, table.rows, table.numbers)
        self.form: RowForm = kind.form()
        self.stamp = desk.opened
        self.counts: Counter[str] = Counter()
        self._uncomputed = frozenset(table.uncomputed)
        self._seen: dict[str, int] = {}
        first = self.heading.index + 1
        self._rows = list(zip(table.numbers[first:], table.rows[first:], strict=True))
        if not self._rows:
            raise HeadingProblem("no_rows")

    @property
    def total(self) -> int:
        return len(self._rows)

    def pieces(self) -> Iterator[list[ExaminedRow]]:
        """Yield the rows in pieces, in the order of the file."""
        self.counts = Counter(read=self.table.rows_read, blank=self.table.rows_blank, above=self.heading.index + 1)
        self._seen = {}
        for start in range(0, len(self._rows), PIECE):
            piece = [self._read(number, cells) for number, cells in self._rows[start : start + PIECE]]
            self.desk.prepare([row.values for row in piece])
            for row in piece:
                self._settle(row)
                self.counts[row.group] += 1
                self.counts["incomplete"] += bool(row.missing)
            yield piece

    def _read(self, number: int, cells: Sequence[Any]) -> ExaminedRow:
        """Let the form read the cells of one row."""
        given: Values = {}
        row = ExaminedRow(number, {})
        for name, index in self.heading.places.items():
            cell = cells[index] if index < len(cells) else None
            unit = self.heading.units.get(name)
            given[name] = f"{written(cell)}{unit}" if unit and _is_number(cell) else cell
            row.written[name] = written(cell)
        row.values = {name: value for name, value in self.form.read(given).items() if name in self.heading.places}
        uncomputed = [name for name in given if self._cell(name, number) in self._uncomputed]
        problems = self.form.problems()
        for name in uncomputed:
            problems[name] = [
                CellError(
                    _("The formula in this cell has no stored result."),
                    _("Open the file in Excel or WPS and save it once, or write the value itself."),
                )
            ]
        for name, found in problems.items():
            row.values.pop(name, None)
            row.errors += [self._error(name, number, problem) for problem in found]
        return row

    def _settle(self, row: ExaminedRow) -> None:
        """Find what the row means among the owner's records, and what it would change."""
        for name, problem in self.desk.resolve(row.values).items():
            row.errors.append(self._error(name, row.row_no, problem))
        try:
            row.target = self.desk.find_target(row.values)
        except CellError as problem:
            row.errors.append(self._error(problem.code or self.kind.key, row.row_no, problem))
        self._refuse_twice(row)
        if not row.errors and row.target:
            row.changes = self.desk.compare(row.values, row.target)
            if row.changes and row.target.obstacle:
                hint = _("Delete this row, or change the record in the portal itself.")
                row.errors.append(self._error(self.kind.key, row.row_no, CellError(row.target.obstacle, hint)))
        if row.group in (RowGroup.NEW, RowGroup.CHANGED):
            row.missing = self.desk.missing(row.values, row.target)
        self._sort(row)

    def _refuse_twice(self, row: ExaminedRow) -> None:
        """A record may stand in a file once; the first row counts."""
        for name, word in self.desk.names_of(row.values, row.target):
            first = self._seen.setdefault(word, row.row_no)
            if first != row.row_no:
                problem = CellError(
                    _("The same record stands in row %(row)d already.") % {"row": first},
                    _("Keep one of the two rows; records with the same name need their numbers."),
                )
                row.errors.append(self._error(name, row.row_no, problem))
                return

    def _error(self, name: str, number: int, problem: ValidationError) -> dict[str, str]:
        known = name if name in self.heading.places else self.kind.key
        return {
            "name": known,
            "cell": self._cell(known, number),
            "column": self.kind.column(known).heading,
            "message": " ".join(problem.messages),
            "hint": str(getattr(problem, "hint", "")),
        }

    def _cell(self, name: str, number: int) -> str:
        return f"{column_letter(self.heading.places[name])}{number}"

    def _sort(self, row: ExaminedRow) -> None:
        row.errors.sort(key=lambda error: self.heading.places[error["name"]])

    @property
    def remarks(self) -> list[dict[str, Any]]:
        """What the person should know about the file as a whole; nothing in it is passed over in silence."""
        table, found = self.table, []
        if self.heading.unknown:
            found.append({"code": "unknown_columns", "params": {"columns": "、".join(self.heading.unknown[:20])}})
        if others := [name for name in table.other_sheets if name not in (NOTES_SHEET, OPTIONS_SHEET)]:
            sheets = "、".join(others[:10])
            found.append({"code": "other_sheets", "params": {"sheet": table.sheet, "sheets": sheets}})
        if table.merged:
            found.append({"code": "merged", "params": {}})
        if table.hidden_rows:
            found.append({"code": "hidden_rows", "params": {"count": table.hidden_rows}})
        return found


def open_examination(batch: ImportBatch) -> Examination:
    """Read the batch's file. Raises WorkbookRefused and HeadingProblem when it is not a table of this kind.

    An OSError (the stored file cannot be opened) passes through: the job tries again.
    """
    kind = find_kind(batch.kind)
    limits = Limits(file_bytes=settings.UPLOAD_MAX_BYTES, rows=settings.IMPORT_MAX_ROWS)
    table = read_table(batch.file.file.path, name=batch.file.name, limits=limits, prefer=(kind.sheet,))
    return Examination(kind, table, kind.open_desk(batch.owner, batch.programme))


def outcome_of(row: ExaminedRow, kind: RowKind) -> dict[str, Any]:
    """What a row would do, in a form that can be stored and compared: digest of its values, version, changes."""
    public = {name: value for name, value in row.values.items() if not kind.column(name).private}
    text = json.dumps(public, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)
    return {
        "digest": hashlib.sha256(text.encode()).hexdigest(),
        "version": row.target.version if row.target else None,
        "changes": [{"name": one.name, "before": one.before, "after": one.after} for one in row.changes],
    }


def _is_number(cell: Any) -> bool:
    text = written(cell).replace(",", "")
    return not isinstance(cell, bool) and text.replace(".", "", 1).isdigit()
