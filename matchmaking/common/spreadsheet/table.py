"""What was read, and how it travels from the reading process to the one that asked."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from matchmaking.common.spreadsheet.refusal import WorkbookRefused

Cell = str | int | Decimal | date | bool | None  # a datetime is a date
PLAIN = (str, int, bool, type(None))


@dataclass(slots=True)
class Table:
    """The filled rows of one sheet. `numbers[i]` is the row of the file in which `rows[i]` stands.

    Blank rows are left out and counted: `rows_read == len(rows) + rows_blank`. Blank cells are None, and trailing ones
    are cut off. `uncomputed` names the cells whose formula has no stored result, which therefore read as blank.
    Hidden rows are read like others. Merged cells have their value in the first cell only.
    """

    kind: str
    sheet: str = ""
    rows: list[list[Cell]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    rows_read: int = 0
    hidden_rows: int = 0
    merged: bool = False
    uncomputed: list[str] = field(default_factory=list)
    other_sheets: list[str] = field(default_factory=list)
    encoding: str = "utf-8"

    @property
    def rows_blank(self) -> int:
        return self.rows_read - len(self.rows)


_FACTS = ("kind", "sheet", "rows_read", "hidden_rows", "merged", "uncomputed", "other_sheets", "encoding")


def encode(table: Table) -> Iterator[str]:
    """Lines of JSON: one row each, then the facts about the table, whose presence says that nothing is missing."""
    for number, row in zip(table.numbers, table.rows, strict=True):
        cells = [value if isinstance(value, PLAIN) else _tagged(value) for value in row]
        yield json.dumps([number, cells], ensure_ascii=False, separators=(",", ":"))
    yield json.dumps({"table": {name: getattr(table, name) for name in _FACTS}}, ensure_ascii=False)


def encode_refusal(refusal: WorkbookRefused) -> str:
    return json.dumps({"refused": refusal.as_dict()}, ensure_ascii=False)


def decode(lines: Iterable[str]) -> Table:
    """Read the lines back. Raises the refusal they carry, or WorkbookRefused("unreadable") when they break off."""
    rows: list[list[Cell]] = []
    numbers: list[int] = []
    for line in lines:
        content = json.loads(line)
        if isinstance(content, list):
            numbers.append(content[0])
            rows.append([_untagged(value) if isinstance(value, dict) else value for value in content[1]])
        elif "refused" in content:
            raise WorkbookRefused.from_dict(content["refused"])
        else:
            return Table(rows=rows, numbers=numbers, **content["table"])
    raise WorkbookRefused("unreadable")


def _tagged(value: Decimal | date) -> dict[str, str]:
    if isinstance(value, Decimal):
        return {"n": str(value)}
    return {"t" if isinstance(value, datetime) else "d": value.isoformat()}


def _untagged(value: dict[str, Any]) -> Cell:
    if "n" in value:
        return Decimal(value["n"])
    return datetime.fromisoformat(value["t"]) if "t" in value else date.fromisoformat(value["d"])
