"""The examination of a workbook: file → table → headings → rows, each with its group, its errors and its target.

The check stores what an examination finds; the commit examines the file again and writes only when the result is the
one that was confirmed. A row that is mended in the browser goes the same way (`settling.py`). So the dry run, the
mending and the real run are one code path.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings

from matchmaking.common.spreadsheet import Limits, StoredTable, Table, WorkbookRefused, open_table
from matchmaking.intake.cells import written
from matchmaking.intake.headings import (
    HEADING_ROWS,
    LOOKED_AT,
    NOTES_SHEET,
    OPTIONS_SHEET,
    HeadingProblem,
    Knowledge,
    read_heading,
)
from matchmaking.intake.importing import Desk, RowKind, Target, find_kind
from matchmaking.intake.likeness import Names, fold
from matchmaking.intake.merging import MergedCells, nameless
from matchmaking.intake.models import HeaderMapping, ImportBatch, RowGroup
from matchmaking.intake.notes import NoteFinder
from matchmaking.intake.settling import ExaminedRow, Mended, RowReader, Settling, meant_by

PIECE = 250  # rows between two signs of life; well under a quarter of a lease
LIKE_ROW = "like_row"


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
        self.revised = 0  # rows that change a published record
        self.present: set[UUID] = set()  # the records that the file names, those in question among them
        self._mended = mended or {}
        self._uncomputed = frozenset(table.uncomputed)
        self._notes = NoteFinder(self.heading, kind.key)
        self._merged = MergedCells(kind, self.heading, table, below=head[self.heading.index][0])

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
            full, origins = self._merged.fill(number, cells)
            if self._notes.is_note(number, cells):
                self.counts["notes"] += 1
                continue
            piece.append(self._read(number, full, origins))
            if len(piece) == PIECE:
                yield self._settled(piece, settling, names)
                piece = []
        if piece or not sum(self.counts[group] for group in RowGroup.values):
            yield self._settled(piece, settling, names)

    def _read(self, number: int, cells: Sequence[Any], origins: Mapping[str, str]) -> ExaminedRow:
        """`origins` names the cells with which cells of this row are merged."""
        places = self.heading.places
        texts = {name: written(cells[index]) if index < len(cells) else "" for name, index in places.items()}
        uncomputed = [
            name
            for name in (places if self._uncomputed else ())
            if {self.reader.cell(name, number), origins.get(name)} & self._uncomputed
        ]
        row = self.reader.read(number, texts, self._mended.get(number, Mended()), uncomputed=uncomputed)
        key = self.kind.key
        if key in origins and any(error["name"] == key for error in row.errors):
            row.errors = [error for error in row.errors if error["name"] != key]
            row.errors.append(self.reader.error(key, number, nameless(origins[key])))
        return row

    def _settled(self, piece: list[ExaminedRow], settling: Settling, names: Names[int]) -> list[ExaminedRow]:
        settling.settle(piece)
        for row in piece:
            self._point_out_alike(row, names)
            self.counts[row.group] += 1
            self.revised += row.group == RowGroup.CHANGED and row.is_revision
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
        found += self._merged.remarks
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
