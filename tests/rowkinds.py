"""Uploads of any kind of rows for tests: rows as {heading: cell} become a workbook that goes the whole way."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override
from openpyxl import Workbook, load_workbook

from matchmaking.accounts.models import Organisation, User
from matchmaking.common.exporting import write_workbook
from matchmaking.intake.importing import RowKind, find_kind
from matchmaking.intake.models import ImportBatch, ImportRow
from matchmaking.intake.refusals import errors_of
from matchmaking.intake.services.imports import commit_batch, start_import
from matchmaking.intake.services.undoing import undo_batch
from matchmaking.intake.workbooks import write_template
from matchmaking.jobs.runner import run_due_jobs
from tests.factories.programmes import programme

Row = Mapping[str, Any]


def workbook(
    rows: Sequence[Row], *, sheet: str, headings: Sequence[str] = (), above: Sequence[Sequence[Any]] = ()
) -> bytes:
    """The bytes of a workbook with these rows; the headings are those of the rows in their first order."""
    headings = headings or list(dict.fromkeys(heading for row in rows for heading in row))
    book = Workbook()
    page = book.active
    page.title = sheet
    for line in above:
        page.append(list(line))
    page.append(list(headings))
    for row in rows:
        page.append([row.get(heading) for heading in headings])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def exported(columns: Sequence[tuple[str, int, Callable[[Any], Any]]], rows: Iterable[Any]) -> bytes:
    """What the download of a pool's list holds: `columns` and `rows` as the app's `exporting.py` has them."""
    file = BytesIO()
    with override("zh-hans"):
        cells = [[cell(row) for _heading, _width, cell in columns] for row in rows]
        write_workbook(file, [(heading, width) for heading, width, _cell in columns], cells, sheet="清单")
    return file.getvalue()


class Uploads:
    """Uploads of one kind for one organisation by one person."""

    def __init__(self, kind: str, owner: Organisation, by: User) -> None:
        self.kind: RowKind = find_kind(kind)
        self.owner, self.by, self.sent = owner, by, 0

    def send(self, rows: Sequence[Row] | bytes, *, above: Sequence[Sequence[Any]] = ()) -> ImportBatch:
        """Upload and check."""
        content = rows if isinstance(rows, bytes) else workbook(rows, sheet=self.kind.sheet, above=above)
        self.sent += 1
        file = SimpleUploadedFile(f"list{self.sent}.xlsx", content)
        batch = start_import(by=self.by, kind=self.kind.kind, owner=self.owner, programme=programme(), upload=file)
        run_due_jobs()
        batch.refresh_from_db()
        return batch

    def commit(self, batch: ImportBatch, *, leave_out_invalid: bool = False) -> ImportBatch:
        commit_batch(by=self.by, batch=batch, version=batch.version, leave_out_invalid=leave_out_invalid)
        run_due_jobs()
        batch.refresh_from_db()
        assert batch.state == "committed", batch.remarks
        return batch

    def undo(self, batch: ImportBatch) -> ImportBatch:
        undo_batch(by=self.by, batch=batch, version=batch.version)
        run_due_jobs()
        batch.refresh_from_db()
        assert batch.state == "undone", batch.remarks
        return batch

    def template(self) -> bytes:
        """The template, filled with its own examples in one row."""
        file = BytesIO()
        write_template(file, self.kind)
        book = load_workbook(BytesIO(file.getvalue()))
        book.properties.title = f"template {self.sent}"  # the same bytes again would be recognised
        page = book[self.kind.sheet]
        headings = [cell.value for cell in page[1]]
        assert headings == [column.title for column in self.kind.columns]
        for place, column in enumerate(self.kind.columns, start=1):
            page.cell(2, place, column.example or None)
        out = BytesIO()
        book.save(out)
        return out.getvalue()


def groups(batch: ImportBatch) -> list[str]:
    """The groups of the rows of the file, in their order."""
    return list(batch.rows.in_file().order_by("row_no").values_list("group", flat=True))


def lines(batch: ImportBatch) -> list[ImportRow]:
    """The rows of the file, in their order."""
    return list(batch.rows.in_file().select_related("batch").order_by("row_no"))


def errors(batch: ImportBatch, row: int = 0) -> dict[str, tuple[str, str]]:
    """{column: (what is wrong, what would be right)} of one row of the file, counted from 0."""
    found: dict[str, tuple[str, str]] = {}
    for error in errors_of(lines(batch)[row]):
        found.setdefault(error["column"], (error["message"], error["hint"]))
    return found


def changes(batch: ImportBatch, row: int = 0) -> dict[str, tuple[str, str]]:
    """{column: (before, after)} of one row of the file, counted from 0."""
    return {one["name"]: (one["before"], one["after"]) for one in lines(batch)[row].cleaned["changes"]}
