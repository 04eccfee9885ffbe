"""Use cases of a preview: mend cells, answer what a row means, choose what is withdrawn. Nothing is imported here.

Everything happens under the lock of the batch, and only while it is checked. A mended row is examined by the same code
as the file, and so is every row that names the same record, because it may be the first one now.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import F, Min, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.common.workflow import StaleState
from matchmaking.intake import suggesting
from matchmaking.intake.examining import LIKE_ROW
from matchmaking.intake.headings import Heading
from matchmaking.intake.importing import Desk, RowKind, find_kind
from matchmaking.intake.models import BatchState, ImportBatch, ImportRow, RowGroup
from matchmaking.intake.services.import_results import AT_ONCE, count_rows, fields_of, store_missing, texts_of
from matchmaking.intake.settling import ExaminedRow, Mended, RowReader, Settling

LONGEST_CELL = 32_767
MOST_AT_ONCE = 1_000  # rows that one click mends; a request must end within its time
WHOLE_ROW = frozenset({"twice", "obstacle"})  # codes of errors that no text in the cell mends
LIKE_LEFT_OUT = "like_left_out"  # the row that is nearly the same is left out: nothing to say


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
    _examine_again(batch, desk, {row: Mended(mended, row.answer, row.group == RowGroup.LEFT_OUT)})
    _finish(batch, desk)
    return batch.rows.get(pk=row.pk)


@transaction.atomic
def mend_alike(*, by: User, batch: ImportBatch, row: ImportRow, row_version: int, column: str, text: str) -> int:
    """Write one text into every wrong cell of a column that holds what the row's cell holds; return into how many.

    At most MOST_AT_ONCE rows a call. Raises what `mend_cells` raises.
    """
    batch = _hold(batch, None)
    row = _hold_row(batch, row, row_version)
    if column not in batch.heading["places"] or len(text) > LONGEST_CELL:
        raise NotMendable
    keys = _alike(batch, row, column)
    if not keys or text == _text_now(row, find_kind(batch.kind), column):
        raise NotMendable
    return _mend_many(batch, {key: {column: text} for key in keys})


@transaction.atomic
def adopt_all(*, by: User, batch: ImportBatch, version: int, column: str, unit: str = "") -> int:
    """Mend every wrong cell of a column for which exactly one reading is offered; with a unit, every bare amount.

    Returns how many cells were mended. At most MOST_AT_ONCE rows a call. Raises StaleState and NotMendable, the latter
    for a column of codes or names as well: there the person looks at each.
    """
    batch = _hold(batch, version)
    kind = find_kind(batch.kind)
    if column not in batch.heading["places"] or not suggesting.is_read_alike(kind, column):
        raise NotMendable
    chosen = {key: {column: text} for key, text in islice(_single_readings(batch, kind, column, unit), MOST_AT_ONCE)}
    if not chosen:
        raise NotMendable
    return _mend_many(batch, chosen)


def _single_readings(batch: ImportBatch, kind: RowKind, column: str, unit: str) -> Iterator[tuple[int, str]]:
    """(row, text) for the wrong cells of a column that can be read in one way only, in the order of the file."""
    field = kind.form().fields[column]
    read: dict[str, list[str]] = {}
    for key, text in _wrong_texts(batch, kind, column):
        if text not in read:
            found = suggesting.readings(field, text)
            bare = [one for one in found if one.endswith(unit) and one.removesuffix(unit)[-1:].isdigit()]
            read[text] = bare if unit else found
        if len(read[text]) == 1:
            yield key, read[text][0]


def _alike(batch: ImportBatch, row: ImportRow, column: str) -> list[int]:
    """The rows with the error of this row in a column: at the same text, or of the same code where no text helps."""
    kind = find_kind(batch.kind)
    codes = {error["code"] for error in row.errors if error["name"] == column}
    if not codes:
        return []
    if code := next(iter(codes & WHOLE_ROW), ""):
        same = batch.rows.filter(group=RowGroup.INVALID, errors__contains=[{"name": column, "code": code}])
        return list(same.order_by("row_no").values_list("pk", flat=True)[:MOST_AT_ONCE])
    old = _text_now(row, kind, column)
    return list(islice((key for key, text in _wrong_texts(batch, kind, column) if text == old), MOST_AT_ONCE))


def _wrong_texts(batch: ImportBatch, kind: RowKind, column: str) -> Iterator[tuple[int, str]]:
    """(row, what stands in the cell now) where the cell of a column cannot be read, in the order of the file."""
    wrong = batch.rows.filter(group=RowGroup.INVALID, errors__contains=[{"name": column}]).order_by("row_no")
    now = Coalesce(KT(f"mended__{column}"), KT(f"values__{column}"), Value(""), output_field=TextField())
    for key, text in wrong.values_list("pk", now).iterator():
        yield key, texts_of({column: text}, kind)[column]


def _text_now(row: ImportRow, kind: RowKind, column: str) -> str:
    kept = row.mended if column in row.mended else row.values
    return texts_of({column: kept.get(column, "")}, kind)[column]


def _mend_many(batch: ImportBatch, cells: Mapping[int, Mapping[str, str]], *, out: bool = False) -> int:
    """Write cells of many rows, or leave them out, and examine them again; return of how many."""
    kind = find_kind(batch.kind)
    desk = kind.open_desk(batch.owner, batch.programme)
    rows = list(batch.rows.filter(pk__in=cells).order_by("row_no"))
    mended = {one: Mended({**texts_of(one.mended, kind), **cells[one.pk]}, one.answer, out) for one in rows}
    _examine_again(batch, desk, mended)
    if out:
        _silence(batch, rows, out)
    _finish(batch, desk)
    return len(rows)


@transaction.atomic
def leave_out(*, by: User, batch: ImportBatch, row: ImportRow, row_version: int, out: bool) -> ImportRow:
    """Leave one row out of the import, or bring it back. Raises StaleState as `mend_cells` does.

    Rows that stand there twice because of it are examined again: the next one counts now.
    """
    batch = _hold(batch, None)
    row = _hold_row(batch, row, row_version)
    if (row.group == RowGroup.LEFT_OUT) != out:
        desk = find_kind(batch.kind).open_desk(batch.owner, batch.programme)
        _put(batch, desk, row, out)
        _finish(batch, desk)
    return batch.rows.get(pk=row.pk)


def _put(batch: ImportBatch, desk: Desk, row: ImportRow, out: bool) -> None:
    kind = find_kind(batch.kind)
    _examine_again(batch, desk, {row: Mended(texts_of(row.mended, kind), row.answer, out)})
    _silence(batch, [row], out)


@transaction.atomic
def leave_out_alike(*, by: User, batch: ImportBatch, row: ImportRow, row_version: int, column: str) -> int:
    """Leave out all rows with the error that this row has in a column; return how many. As `mend_alike`."""
    batch = _hold(batch, None)
    row = _hold_row(batch, row, row_version)
    keys = _alike(batch, row, column)
    if not keys:
        raise NotMendable
    return _mend_many(batch, {key: {} for key in keys}, out=True)


def _silence(batch: ImportBatch, rows: Iterable[ImportRow], out: bool) -> None:
    """Other rows need not be compared with those that are left out; when they come back, they must."""
    before, after = (LIKE_ROW, LIKE_LEFT_OUT) if out else (LIKE_LEFT_OUT, LIKE_ROW)
    numbers = {row.row_no for row in rows}
    touched = []
    for other in batch.rows.filter(remarks__contains=[{"code": before}]).only("remarks"):
        remarks = [
            one | {"code": after} if one["code"] == before and one["params"]["row"] in numbers else one
            for one in other.remarks
        ]
        if remarks != other.remarks:
            other.remarks = remarks
            touched.append(other)
    batch.rows.bulk_update(touched, ["remarks"], batch_size=AT_ONCE)


@transaction.atomic
def answer_similar(
    *, by: User, batch: ImportBatch, row: ImportRow, row_version: int, target: UUID | None, version: int | None = None
) -> ImportRow:
    """Say which of the similar records a row is; None for a new one. May be said anew until the commit.

    A row that was left out comes back with its answer. Raises UnknownAnswer for a record that was not asked about, and
    StaleState as `mend_cells` does.
    """
    batch = _hold(batch, version)
    row = _hold_row(batch, row, row_version)
    kind = find_kind(batch.kind)
    desk = kind.open_desk(batch.owner, batch.programme)
    if row.group == RowGroup.LEFT_OUT:
        _put(batch, desk, row, out=False)
        row = batch.rows.get(pk=row.pk)
    answer = ImportRow.NEW if target is None else str(target)
    if not row.similar or answer not in (ImportRow.NEW, *(one["uuid"] for one in row.similar)):
        raise UnknownAnswer
    _examine_again(batch, desk, {row: Mended(texts_of(row.mended, kind), answer)})
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


def _examine_again(batch: ImportBatch, desk: Desk, mended: Mapping[ImportRow, Mended]) -> None:
    """Examine rows as they are now, and all rows that name a record which these named before or name now."""
    reader = RowReader(find_kind(batch.kind), Heading.of(batch.heading))
    trial = [_read(reader, row, given) for row, given in mended.items()]
    Settling(reader, desk, lambda _word, row_no: row_no).settle(trial)
    words = {word for row in mended for word in row.words} | {word for row in trial for word in row.words}
    others: list[ImportRow] = []
    if words:
        keys = [row.pk for row in mended]
        others = list(batch.rows.in_file().filter(words__overlap=list(words)).exclude(pk__in=keys))
    named = Counter(word for row in trial for word in row.words)
    if not others and max(named.values(), default=0) <= 1:  # no row names what another one names: nothing to settle
        _store(reader, zip(mended, trial, strict=True))
        return
    lines = sorted([*mended, *others], key=lambda one: one.row_no or 0)
    first: dict[str, int] = {}

    def claim(word: str, row_no: int) -> int:
        if word in words:  # every row that names it is examined again
            return first.setdefault(word, row_no)
        if word not in first:
            stored = batch.rows.in_file().filter(words__contains=[word]).exclude(pk__in=[one.pk for one in lines])
            earliest = stored.aggregate(row=Min("row_no"))["row"]
            first[word] = min(row_no, earliest) if earliest else row_no
        return first[word]

    # A row that is left out names no record, so it is not among the others.
    texts = {one.pk: Mended(texts_of(one.mended, reader.kind), one.answer) for one in others}
    texts |= {row.pk: given for row, given in mended.items()}
    examined = [_read(reader, one, texts[one.pk]) for one in lines]
    Settling(reader, desk, claim).settle(examined)
    _store(reader, zip(lines, examined, strict=True))


def _read(reader: RowReader, row: ImportRow, mended: Mended) -> ExaminedRow:
    assert row.row_no is not None  # rows of the file have one
    stored = texts_of(row.values, reader.kind)
    return reader.read(row.row_no, stored, mended, uncomputed=row.cleaned.get("uncomputed", ()))


def _store(reader: RowReader, examined: Iterable[tuple[ImportRow, ExaminedRow]]) -> None:
    """Write what was found of rows that exist; one statement for a thousand of them, which UPDATE cannot do."""
    key = reader.kind.key
    rows, columns = [], {"version"}
    for row, found in examined:
        if found.mended.get(key, found.written[key]) == row.mended.get(key, row.values.get(key, "")):
            found.remarks += [one for one in row.remarks if one["code"] in (LIKE_ROW, LIKE_LEFT_OUT)]
        fields = fields_of(found, reader.kind)
        for name, value in fields.items():
            setattr(row, name, value)
        row.version += 1  # under the lock of the batch
        rows.append(row)
        columns |= fields.keys()
    ImportRow.objects.bulk_create(rows, batch_size=AT_ONCE, update_conflicts=True, unique_fields=["id"],
                                  update_fields=sorted(columns))  # fmt: skip


def _finish(batch: ImportBatch, desk: Desk) -> None:
    _refresh_missing(batch, desk)
    _recount(batch)


def _refresh_missing(batch: ImportBatch, desk: Desk) -> None:
    """A record that a row means now is not missing any more, and the other way round. Choices stay."""
    present = set(batch.rows.in_file().filter(target_id__isnull=False).values_list("target_id", flat=True))
    left_out = batch.rows.filter(group=RowGroup.LEFT_OUT, answer="")
    for similar in (batch.rows.with_open_question() | left_out).values_list("similar", flat=True):
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
