"""What was read, and how it travels from the reading process to the one that asked."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import IO, Any

from matchmaking.common.spreadsheet.refusal import WorkbookRefused

Cell = str | int | Decimal | date | bool | None  # a datetime is a date
Line = tuple[int, list[Cell]]  # a row of the file and its cells
PLAIN = (str, int, bool, type(None))


@dataclass
class Facts:
    """What is known about a table beside its rows: `rows_read` counts the blank ones, which are left out.

    Blank cells are None, and trailing ones are cut off. `uncomputed` names the cells whose formula has no stored
    result, which therefore read as blank. Hidden rows are read like others. Of merged cells only the first has a
    value; `spans` are those of one column as [column, first row, last row], in order and without overlaps, `wide` the
    first of the others as [name, first row, last row]. `other_heads` holds the first rows of the visible sheets that
    were not read.
    """

    kind: str
    sheet: str = ""
    rows_read: int = 0
    hidden_rows: int = 0
    merged: bool = False
    spans: list[list[int]] = field(default_factory=list)
    wide: list[list[Any]] = field(default_factory=list)
    uncomputed: list[str] = field(default_factory=list)
    other_sheets: list[str] = field(default_factory=list)
    other_heads: dict[str, list[list[Cell]]] = field(default_factory=dict)
    encoding: str = "utf-8"

    def __len__(self) -> int:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Line]:
        raise NotImplementedError

    def __bool__(self) -> bool:
        return True  # a table without rows is one

    @property
    def rows_blank(self) -> int:
        return self.rows_read - len(self)

    def head(self, count: int) -> list[Line]:
        return list(islice(self, count))

    def close(self) -> None:
        """Let go of what the rows lie in."""


@dataclass
class Table(Facts):
    """All rows in memory. `numbers[i]` is the row of the file in which `rows[i]` stands."""

    rows: list[list[Cell]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def keep(self, number: int, row: list[Cell]) -> None:
        self.numbers.append(number)
        self.rows.append(row)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Line]:
        return iter(zip(self.numbers, self.rows, strict=True))


@dataclass
class PassedOn(Facts):
    """The reading process's table: each row is written out at once and forgotten."""

    output: IO[str] | None = None
    filled: int = 0

    def keep(self, number: int, row: list[Cell]) -> None:
        assert self.output is not None
        self.output.write(_line(number, row))
        self.filled += 1

    def __len__(self) -> int:
        return self.filled


@dataclass
class StoredTable(Facts):
    """The rows as they lie in the answer of the reading process, a temporary file; each pass reads them again."""

    answer: IO[bytes] | None = None
    filled: int = 0

    def __len__(self) -> int:
        return self.filled

    def __iter__(self) -> Iterator[Line]:
        assert self.answer is not None
        self.answer.seek(0)
        for line in islice(self.answer, self.filled):
            yield _as_line(json.loads(line))

    def close(self) -> None:
        if self.answer is not None:
            self.answer.close()

    @classmethod
    def of(cls, answer: IO[bytes]) -> "StoredTable":
        """Raises the refusal in the answer, or WorkbookRefused("unreadable") when it breaks off."""
        answer.seek(0)
        count, last = -1, b""
        for line in answer:
            count, last = count + 1, line
        end = json.loads(last) if last.endswith(b"\n") else None
        if not isinstance(end, dict):
            raise WorkbookRefused("unreadable")
        return cls(answer=answer, filled=count, **_facts(end))


_FACTS = (
    "kind",
    "sheet",
    "rows_read",
    "hidden_rows",
    "merged",
    "spans",
    "wide",
    "uncomputed",
    "other_sheets",
    "encoding",
)


def encode(table: Table) -> Iterator[str]:
    """Lines of JSON: one row each, then the facts about the table, whose presence says that nothing is missing."""
    for number, row in table:
        yield _line(number, row)
    yield encode_end(table)


def encode_end(table: Facts) -> str:
    facts: dict[str, Any] = {name: getattr(table, name) for name in _FACTS}
    facts["other_heads"] = {name: [_packed(row) for row in rows] for name, rows in table.other_heads.items()}
    return json.dumps({"table": facts}, ensure_ascii=False) + "\n"


def encode_refusal(refusal: WorkbookRefused) -> str:
    return json.dumps({"refused": refusal.as_dict()}, ensure_ascii=False) + "\n"


def decode(lines: Iterable[str | bytes]) -> Table:
    """Read the lines back. Raises the refusal they carry, or WorkbookRefused("unreadable") when they break off."""
    read: list[Line] = []
    for line in lines:
        content = json.loads(line)
        if isinstance(content, dict):
            facts = _facts(content)
            return Table(**facts, rows=[cells for _n, cells in read], numbers=[number for number, _c in read])
        read.append(_as_line(content))
    raise WorkbookRefused("unreadable")


def _facts(end: dict[str, Any]) -> dict[str, Any]:
    if "refused" in end:
        raise WorkbookRefused.from_dict(end["refused"])
    facts: dict[str, Any] = end["table"]
    heads = {name: [_unpacked(row) for row in rows] for name, rows in facts["other_heads"].items()}
    return {**facts, "other_heads": heads}


def _line(number: int, row: Sequence[Cell]) -> str:
    return json.dumps([number, _packed(row)], ensure_ascii=False, separators=(",", ":")) + "\n"


def _as_line(content: list[Any]) -> Line:
    return content[0], _unpacked(content[1])


def _packed(row: Sequence[Cell]) -> list[Any]:
    return [value if isinstance(value, PLAIN) else _tagged(value) for value in row]


def _unpacked(cells: Sequence[Any]) -> list[Cell]:
    return [_untagged(value) if isinstance(value, dict) else value for value in cells]


def _tagged(value: Decimal | date) -> dict[str, str]:
    if isinstance(value, Decimal):
        return {"n": str(value)}
    return {"t" if isinstance(value, datetime) else "d": value.isoformat()}


def _untagged(value: dict[str, Any]) -> Cell:
    if "n" in value:
        return Decimal(value["n"])
    return datetime.fromisoformat(value["t"]) if "t" in value else date.fromisoformat(value["d"])
