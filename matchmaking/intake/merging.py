"""Cells that are merged over several rows of a list: one value that stands for each of them.

A value is filled down into the rows below it, and the person is told. Columns by which a row names its record are never
filled: three rows with one name would be three records, or one, and nobody can know which. Cells that are merged across
columns, or that overlap, are read as they stand: the first one has the value.
"""

from collections.abc import Sequence
from typing import Any

from matchmaking.common.spreadsheet import StoredTable, Table, WorkbookRefused
from matchmaking.common.spreadsheet.limits import Limits
from matchmaking.intake.cells import CellError
from matchmaking.intake.headings import Heading, column_letter
from matchmaking.intake.importing import RowKind
from matchmaking.intake.said import said as _

SHOWN = 5
MOST_TEXT = Limits().text_characters  # filled down in one file: a long text merged over a whole column is no list


class MergedCells:
    """The merged cells below the headings of one table. `fill` is asked row by row, in the order of the file.

    Raises WorkbookRefused when more text would be filled down than a file may hold.
    """

    def __init__(self, kind: RowKind, heading: Heading, table: Table | StoredTable, below: int) -> None:
        names = {index: name for name, index in heading.places.items()}
        self._naming = {kind.key, *kind.identity, *kind.naming}
        self._spans: dict[int, list[tuple[int, int]]] = {}
        for column, first, last in table.spans:
            if first > below and column - 1 in names:
                self._spans.setdefault(column - 1, []).append((first, last))
        self._names = {index: names[index] for index in self._spans}
        self._wide = [where for where, first, last in table.wide if last > below]
        self._rewind()
        if self._spans:
            self._weigh(table, below)
            self._rewind()

    def _rewind(self) -> None:
        self._at = dict.fromkeys(self._spans, 0)
        self._held: dict[int, tuple[int, Any]] = {}
        self._filled: dict[str, None] = {}
        self._named: dict[str, None] = {}

    def _weigh(self, table: Table | StoredTable, below: int) -> None:
        """Refuse before anything is stored."""
        characters = 0
        for number, cells in table:
            if number > below:
                full, _origins = self.fill(number, cells)
                own = [*cells, *[None] * (len(full) - len(cells))]
                characters += sum(len(str(now)) for now, was in zip(full, own, strict=True) if now is not was)
            if characters > MOST_TEXT:
                raise WorkbookRefused("too_much_text", limit=MOST_TEXT)

    def fill(self, number: int, cells: Sequence[Any]) -> tuple[Sequence[Any], dict[str, str]]:
        """Return the cells of a row with the values of merged cells, and {column: the cell whose value it shares}.

        The second one names columns that are not filled, too.
        """
        if not self._spans:
            return cells, {}
        full, origins = list(cells), {}
        for index, spans in self._spans.items():
            while self._at[index] < len(spans) and spans[self._at[index]][1] < number:
                self._at[index] += 1
            if self._at[index] == len(spans) or spans[self._at[index]][0] > number:
                continue
            first, last = spans[self._at[index]]
            own = cells[index] if index < len(cells) else None
            if number == first:
                self._held[index] = (first, own)
            elif own in (None, ""):
                origins[self._names[index]] = f"{column_letter(index)}{first}"
                where = f"{column_letter(index)}{first}:{column_letter(index)}{last}"
                start, value = self._held.get(index, (0, None))
                if self._names[index] in self._naming:
                    self._named[where] = None
                elif start == first and value not in (None, ""):
                    full += [None] * (index + 1 - len(full))
                    full[index] = value
                    self._filled[where] = None
        return full, origins

    def is_naming(self, name: str) -> bool:
        return name in self._naming

    @property
    def remarks(self) -> list[dict[str, Any]]:
        """What was filled down, what was not because it names the records, and what is merged in another way."""
        found = {"merged_down": list(self._filled), "merged_names": list(self._named), "merged_across": self._wide}
        return [
            {"code": code, "params": {"count": len(cells), "cells": _few(cells)}}
            for code, cells in found.items()
            if cells
        ]


def nameless(cell: str) -> CellError:
    """A row that has no name of its own, because the cell is merged with that of the row above."""
    return CellError(
        _("The cell is merged with %(cell)s, so this row has no name of its own.") % {"cell": cell},
        _("One record stands in one row: split the cell and write each name, or put several lines into one cell."),
        code="merged",
    )


def _few(cells: Sequence[str]) -> str:
    return "、".join(cells[:SHOWN]) + ("…" if len(cells) > SHOWN else "")
