"""One row of an upload: read by its form, settled among the owner's records; the same for a file and a mended row."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import override

from matchmaking.intake.cells import CellError
from matchmaking.intake.headings import Heading, column_letter
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
)
from matchmaking.intake.models import ImportRow, RowGroup
from matchmaking.intake.said import Said, stored
from matchmaking.intake.said import said as _

UNCOMPUTED = "uncomputed"


@dataclass(frozen=True)
class Mended:
    """What people wrote in the browser about one row: cells instead of those in the file, and an answer."""

    cells: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""
    left_out: bool = False  # the row is not imported


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
    left_out: bool = False  # by a person

    @property
    def group(self) -> RowGroup:
        if self.left_out:
            return RowGroup.LEFT_OUT
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
    def is_revision(self) -> bool:
        """Whether the row changes a published record, which is complete and stays so."""
        return any(change.goes for change in self.changes)

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
            row_no, {name: texts.get(name, "") for name in places}, cells, mended.answer, tuple(uncomputed),
            left_out=mended.left_out,
        )  # fmt: skip
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
        """A record may stand in a file once; the first row counts, and one that is left out does not."""
        if row.left_out:
            return
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
                hint = row.target.advice or _(
                    "Leave this row out; the page of the record says what can be done with it now."
                )
                problem = CellError(row.target.obstacle, hint, code="obstacle")
                row.errors.append(self.reader.error(self.kind.key, row.row_no, problem))
            elif row.changes:
                found = self.desk.hindrances(row.values, row.target)
                row.errors += [self.reader.error(name, row.row_no, problem) for name, problem in found.items()]
        if row.group in (RowGroup.NEW, RowGroup.CHANGED) and not row.is_revision:
            row.missing = self.desk.missing(row.values, row.target)
            row.remarks = self.desk.remarks(row.values, row.target)
        row.errors.sort(key=lambda error: self.reader.heading.places[error["name"]])


def meant_by(row: ExaminedRow) -> set[UUID]:
    """The records that a row may mean: its target, or those in question until somebody has answered.

    A row that is left out stands in the file all the same: its record is not missing from it.
    """
    if row.target:
        return {row.target.uuid}
    in_question = row.is_question or (row.left_out and not row.answer)
    return {one.target.uuid for one in row.similar} if in_question else set()


def outcome_of(row: ExaminedRow, kind: RowKind) -> dict[str, Any]:
    """What a row would do, in a form that can be stored and compared: digest of its values, version, changes."""
    private = kind.private
    public = {name: value for name, value in row.values.items() if name not in private}
    text = json.dumps(public, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)
    outcome: dict[str, Any] = {
        "digest": hashlib.sha256(text.encode()).hexdigest(),
        "version": row.target.version if row.target else None,
        "changes": [
            {"name": one.name, "before": one.before, "after": one.after} | ({"goes": one.goes} if one.goes else {})
            for one in row.changes
        ],
    }
    if row.uncomputed:
        outcome["uncomputed"] = list(row.uncomputed)
    return outcome
