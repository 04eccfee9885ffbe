"""Use cases of a preview: mend cells, answer what a row means, choose what is withdrawn. Nothing is imported here.

Everything happens under the lock of the batch, and only while it is checked. A mended row is examined by the same code
as the file, and so is every row that names the same record, because it may be the first one now.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F, Min
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.common.workflow import StaleState
from matchmaking.intake.examining import LIKE_ROW
from matchmaking.intake.headings import Heading
from matchmaking.intake.importing import Desk, find_kind
from matchmaking.intake.models import BatchState, ImportBatch, ImportRow, RowGroup
from matchmaking.intake.services.import_results import count_rows, fields_of, store_missing, texts_of
from matchmaking.intake.settling import ExaminedRow, Mended, RowReader, Settling

LONGEST_CELL = 32_767


class NotMendable(Exception):
    """The row or the column is none that can be written in the browser."""

    message = _("This cell cannot be mended here.")


class UnknownAnswer(Exception):
    """The answer names a record that was not asked about."""

    message = _("Choose one of the records shown, or say that the row is new.")


@transaction.atomic
def mend_cells(
    *, by: User, batch: ImportBatch, row: ImportRow, row_version: int, cells: Mapping[str, str],
    version: int | None = None,
) -> ImportRow:  # fmt: skip
    """Write cells of one row instead of those in the file, and examine the row again.

    A cell that is written as it stood in the file is no longer mended. Two people may mend different rows at once; for
    the same row the second one gets StaleState (`row_version`), and so does everybody after the commit has begun.
    """
    batch = _hold(batch, version)
    row = _hold_row(batch, row, row_version)
    kind = find_kind(batch.kind)
    if not set(cells) <= set(batch.heading["places"]) or any(len(text) > LONGEST_CELL for text in cells.values()):
        raise NotMendable
    in_file = texts_of(row.values, kind)
    mended = {**texts_of(row.mended, kind), **cells}
    mended = {name: text for name, text in mended.items() if text != in_file.get(name, "")}
    desk = kind.open_desk(batch.owner, batch.programme)
    _examine_again(batch, desk, row, Mended(mended, row.answer))
    _finish(batch, desk)
    return batch.rows.get(pk=row.pk)


@transaction.atomic
def answer_similar(
    *, by: User, batch: ImportBatch, row: ImportRow, row_version: int, target: UUID | None, version: int | None = None
) -> ImportRow:
    """Say which of the similar records a row is; None for a new one. May be said anew until the commit.

    Raises UnknownAnswer for a record that was not asked about, and StaleState as `mend_cells` does.
    """
    batch = _hold(batch, version)
    row = _hold_row(batch, row, row_version)
    answer = ImportRow.NEW if target is None else str(target)
    if not row.similar or answer not in (ImportRow.NEW, *(one["uuid"] for one in row.similar)):
        raise UnknownAnswer
    kind = find_kind(batch.kind)
    desk = kind.open_desk(batch.owner, batch.programme)
    _examine_again(batch, desk, row, Mended(texts_of(row.mended, kind), answer))
    _finish(batch, desk)
    return batch.rows.get(pk=row.pk)


@transaction.atomic
def answer_all_new(*, by: User, batch: ImportBatch, version: int) -> int:
    """Say of every row in question that it is new; return of how many."""
    batch = _hold(batch, version)
    count = batch.rows.with_open_question().update(answer=ImportRow.NEW, version=F("version") + 1)
    if count:
        _finish(batch, find_kind(batch.kind).open_desk(batch.owner, batch.programme))
    return count


@transaction.atomic
def choose_missing(
    *, by: User, batch: ImportBatch, version: int, rows: Iterable[ImportRow] | None, withdraw: bool
) -> int:
    """Choose which missing records the commit withdraws (None for all); return how many were chosen.

    A record that cannot be withdrawn in its present state is passed over.
    """
    batch = _hold(batch, version)
    chosen = batch.rows.filter(group=RowGroup.MISSING, cleaned__obstacle="")
    if rows is not None:
        chosen = chosen.filter(pk__in=[row.pk for row in rows])
    count = chosen.update(withdraw=withdraw, version=F("version") + 1)
    _recount(batch)
    return count


def _hold(batch: ImportBatch, version: int | None) -> ImportBatch:
    held = (
        ImportBatch.objects.select_for_update(no_key=True, of=("self",))
        .select_related("owner__region", "programme", "file")
        .get(pk=batch.pk)
    )
    if held.state != BatchState.CHECKED or (version is not None and held.version != version):
        raise StaleState(str(batch))
    return held


def _hold_row(batch: ImportBatch, row: ImportRow, row_version: int) -> ImportRow:
    held = batch.rows.get(pk=row.pk)
    if held.version != row_version:
        raise StaleState(str(row))
    if held.row_no is None:
        raise NotMendable
    return held


def _examine_again(batch: ImportBatch, desk: Desk, row: ImportRow, mended: Mended) -> None:
    """Examine a row as it is now, and all rows that name a record which it named before or names now."""
    reader = RowReader(find_kind(batch.kind), Heading.of(batch.heading))
    trial = _read(reader, row, mended)
    Settling(reader, desk, lambda _word, row_no: row_no).settle([trial])
    words = {*row.words, *trial.words}
    others = list(batch.rows.in_file().filter(words__overlap=list(words)).exclude(pk=row.pk)) if words else []
    lines = sorted([row, *others], key=lambda one: one.row_no or 0)
    first: dict[str, int] = {}

    def claim(word: str, row_no: int) -> int:
        if word not in first:  # rows that are not examined again name other records, unless the word is new to them
            stored = batch.rows.in_file().filter(words__contains=[word]).exclude(pk__in=[one.pk for one in lines])
            earliest = stored.aggregate(row=Min("row_no"))["row"]
            first[word] = min(row_no, earliest) if earliest else row_no
        return first[word]

    texts = {one.pk: Mended(texts_of(one.mended, reader.kind), one.answer) for one in others} | {row.pk: mended}
    examined = [_read(reader, one, texts[one.pk]) for one in lines]
    Settling(reader, desk, claim).settle(examined)
    for line, found in zip(lines, examined, strict=True):
        _store(reader, line, found)


def _read(reader: RowReader, row: ImportRow, mended: Mended) -> ExaminedRow:
    assert row.row_no is not None  # rows of the file have one
    stored = texts_of(row.values, reader.kind)
    return reader.read(row.row_no, stored, mended, uncomputed=row.cleaned.get("uncomputed", ()))


def _store(reader: RowReader, row: ImportRow, found: ExaminedRow) -> None:
    key = reader.kind.key
    if found.mended.get(key, found.written[key]) == row.mended.get(key, row.values.get(key, "")):
        found.remarks += [one for one in row.remarks if one["code"] == LIKE_ROW]
    ImportRow.objects.filter(pk=row.pk).update(version=F("version") + 1, **fields_of(found, reader.kind))


def _finish(batch: ImportBatch, desk: Desk) -> None:
    _refresh_missing(batch, desk)
    _recount(batch)


def _refresh_missing(batch: ImportBatch, desk: Desk) -> None:
    """A record that a row means now is not missing any more, and the other way round. Choices stay."""
    present = set(batch.rows.in_file().filter(target_id__isnull=False).values_list("target_id", flat=True))
    for similar in batch.rows.with_open_question().values_list("similar", flat=True):
        present |= {UUID(one["uuid"]) for one in similar}
    absent = {target.uuid: target for target in desk.absent(present)}
    known = set(batch.rows.filter(group=RowGroup.MISSING).values_list("target_id", flat=True))
    batch.rows.filter(group=RowGroup.MISSING, target_id__in=known - set(absent)).delete()
    fresh: Sequence = [target for uuid, target in absent.items() if uuid not in known]
    store_missing(batch=batch, targets=fresh, kind=find_kind(batch.kind))


def _recount(batch: ImportBatch) -> None:
    """What a person saw before is no longer what would be imported: the version rises with the counts."""
    counts = {**batch.counts, **count_rows(batch)}
    ImportBatch.objects.filter(pk=batch.pk).update(counts=counts, version=F("version") + 1)
