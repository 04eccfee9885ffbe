"""Counting what is filled, and naming the cell where a limit was passed."""

from matchmaking.common.spreadsheet.limits import Limits
from matchmaking.common.spreadsheet.refusal import WorkbookRefused
from matchmaking.common.spreadsheet.table import Cell

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384


def cell_name(column: int, row: int) -> str:
    """The name of a cell as a spreadsheet program shows it, such as C5."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


class Count:
    """Counts what is filled, and refuses at the limit. A shared text counts each time: it is copied each time."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.rows = self.cells = self.characters = 0

    def row(self) -> None:
        self.rows += 1
        if self.rows > self.limits.rows:
            raise WorkbookRefused("too_many_rows", limit=self.limits.rows)

    def cell(self, number: int, column: int, value: Cell) -> None:
        limits = self.limits
        if column > limits.columns:
            raise WorkbookRefused("too_many_columns", limit=limits.columns, cell=cell_name(column, number))
        self.cells += 1
        if self.cells > limits.cells:
            raise WorkbookRefused("too_many_cells", limit=limits.cells)
        if isinstance(value, str):
            if len(value) > limits.cell_characters:
                name = cell_name(column, number)
                raise WorkbookRefused("cell_too_long", limit=limits.cell_characters, cell=name)
            self.characters += len(value)
            if self.characters > limits.text_characters:
                raise WorkbookRefused("too_much_text", limit=limits.text_characters)
