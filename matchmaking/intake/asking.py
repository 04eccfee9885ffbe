"""What a row in question says otherwise than the records that it may be: so that the person can tell."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import override

from matchmaking.intake.headings import Heading
from matchmaking.intake.importing import RowKind
from matchmaking.intake.models import ImportRow
from matchmaking.intake.services.import_results import texts_of
from matchmaking.intake.settling import Mended, RowReader


def differences(rows: Sequence[ImportRow], kind: RowKind) -> dict[tuple[int | None, str], list[dict[str, Any]]]:
    """Return {(row, candidate): what differs}, a field each, for the rows of one page of one upload."""
    if not rows:
        return {}
    batch = rows[0].batch
    desk = kind.open_desk(batch.owner, batch.programme)
    reader = RowReader(kind, Heading.of(batch.heading))
    read = {
        row.row_no: reader.read(
            row.row_no, texts_of(row.values, kind), Mended(texts_of(row.mended, kind)), uncomputed=()
        ).values
        for row in rows
        if row.row_no is not None
    }
    desk.prepare(list(read.values()))
    for values in read.values():
        desk.resolve(values)
    asked = [(row.row_no, UUID(one["uuid"])) for row in rows if row.row_no in read for one in row.similar]
    desk.load(list(dict.fromkeys(uuid for _row, uuid in asked)))
    headings = {column.name: column.heading for column in kind.columns}
    found: dict[tuple[int | None, str], list[dict[str, Any]]] = {}
    with override("zh-hans"):  # as all comparisons, in the language of the workbook
        for row_no, uuid in asked:
            target = desk.target_of(uuid)
            changes = desk.compare(read[row_no], target) if target else []  # it may be gone since the check
            found[row_no, str(uuid)] = [
                {"heading": headings.get(one.name, ""), "private": one.name in kind.private, "before": one.before,
                 "after": one.after}
                for one in changes
            ]  # fmt: skip
    return found
