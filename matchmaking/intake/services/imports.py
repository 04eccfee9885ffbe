"""Use cases of an upload: it is stored, checked by a job, looked at, and then written whole or not at all.

The request only stores the file and writes a job; the workbook is opened by workers alone.
"""

import hashlib
import unicodedata
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record
from matchmaking.common.crypto import seal
from matchmaking.common.workflow import IllegalMove, StaleState, move
from matchmaking.intake.examining import Examination, ExaminedRow, outcome_of
from matchmaking.intake.importing import RowKind, Saved, find_kind
from matchmaking.intake.models import BatchState, ImportBatch, ImportRow, RowGroup, StoredFile
from matchmaking.intake.workflow import IMPORT_BATCH
from matchmaking.jobs.models import Job
from matchmaking.jobs.services import enqueue
from matchmaking.notifications.services import notify
from matchmaking.programmes.models import Programme

SUFFIXES = (".xlsx", ".csv")
# A file that was refused or given up may come again; one that is under way or done may not.
_COUNTS_AS_SENT = (BatchState.UPLOADED, BatchState.CHECKED, BatchState.COMMITTING, BatchState.COMMITTED)


class FileRefused(Exception):
    """The file is not accepted at all; the message says why."""


class SameFile(Exception):
    """The same file of the same organisation is here already; `batch` is the earlier upload."""

    message = _("This very file was uploaded before.")

    def __init__(self, batch: ImportBatch) -> None:
        super().__init__(str(batch))
        self.batch = batch


class NothingToImport(Exception):
    message = _("The file holds no row that would change anything.")


class InvalidRowsLeft(Exception):
    """Some rows cannot be imported, and the person has not said that they shall be left out."""

    message = _("Some rows have errors. Mend them first, or choose to leave them out.")


class OutcomeChanged(Exception):
    """The records changed between check and commit, so the preview no longer says what would happen."""


def start_import(
    *, by: User, kind: str, owner: Organisation, programme: Programme, upload: UploadedFile
) -> ImportBatch:
    """Store the file under a random name and have it checked: batch, job and history in one transaction.

    Raises FileRefused (too large, empty, not .xlsx or .csv) and SameFile. The file is not opened here.
    """
    find_kind(kind)
    name = _clean_name(upload.name or "")
    _accept(name, upload)
    digest = hashlib.sha256()
    for piece in upload.chunks():
        digest.update(piece)
    stored = StoredFile(
        name=name, size=upload.size or 0, sha256=digest.hexdigest(), owner=owner, created_by=by, uuid=uuid4()
    )
    try:
        with transaction.atomic():
            return _store(stored, upload, by=by, kind=kind, owner=owner, programme=programme)
    except BaseException:
        if stored.file:
            stored.file.delete(save=False)  # a file without a row would stay for ever
        raise


def _store(
    stored: StoredFile, upload: UploadedFile, *, by: User, kind: str, owner: Organisation, programme: Programme
) -> ImportBatch:
    # Two people with the same file: the second waits here and then finds the first one's batch.
    Organisation.objects.select_for_update(no_key=True, of=("self",)).get(pk=owner.pk)
    same = ImportBatch.objects.filter(
        kind=kind, owner=owner, programme=programme, file__sha256=stored.sha256, state__in=_COUNTS_AS_SENT
    )
    if earlier := same.select_related("file", "created_by").order_by("-id").first():
        raise SameFile(earlier)
    stored.file.save(f"{stored.uuid.hex}{PurePath(stored.name).suffix.lower()}", upload, save=False)
    stored.save(force_insert=True)
    batch = ImportBatch.objects.create(kind=kind, owner=owner, programme=programme, file=stored, created_by=by)
    batch.job = enqueue(
        kind="check_import", args={"batch": batch.pk}, by=by, dedupe_key=f"check_import:{batch.uuid}", priority=-10
    )
    batch.save(update_fields=["job"])
    record(by=by, verb="import.uploaded", about=batch, kind="import", organisation=owner, to_state=batch.state)
    return batch


def _accept(name: str, upload: UploadedFile) -> None:
    if not name.lower().endswith(SUFFIXES):
        raise FileRefused(_("Only .xlsx and .csv files can be read. Save an .xls file as .xlsx first."))
    if not upload.size:
        raise FileRefused(_("The file is empty."))
    if upload.size > settings.UPLOAD_MAX_BYTES:
        limit = {"limit": settings.UPLOAD_MAX_BYTES // 1024**2}
        raise FileRefused(_("The file is larger than %(limit)s MB. Split the list into several files.") % limit)


def _clean_name(name: str) -> str:
    """A file name to show: one line, no invisible characters, its ending kept when it is too long."""
    shown = "".join(c for c in name if unicodedata.category(c)[0] != "C").strip()
    path = PurePath(shown)
    return f"{path.stem[: 200 - len(path.suffix)]}{path.suffix}" if len(shown) > 200 else shown


# --- Check (called by the job, inside its chunks) ----------------------------------------------------------------


def forget_rows(*, batch: ImportBatch) -> None:
    """Drop what an earlier attempt at the check stored."""
    batch.rows.all().delete()


def store_rows(*, batch: ImportBatch, rows: Iterable[ExaminedRow]) -> None:
    """Store the result of the check of some rows. Private cells are stored encrypted."""
    kind = find_kind(batch.kind)
    private = {column.name for column in kind.columns if column.private}
    ImportRow.objects.bulk_create(
        ImportRow(
            batch=batch,
            row_no=row.row_no,
            group=row.group,
            values={n: seal(text) if n in private and text else text for n, text in row.written.items() if text},
            cleaned=outcome_of(row, kind),
            errors=row.errors,
            missing=row.missing,
            target_id=row.target.uuid if row.target else None,
            target_no=row.target.number if row.target else "",
        )
        for row in rows
    )


@transaction.atomic
def check_batch(*, batch: ImportBatch, examination: Examination) -> None:
    """Close the check: counts and remarks, the state, and a word to the person who uploaded the file."""
    move(batch, BatchState.CHECKED, workflow=IMPORT_BATCH, counts=dict(examination.counts), remarks=examination.remarks)
    _tell(batch, "import_checked", batch.created_by)


@transaction.atomic
def refuse_batch(*, batch: ImportBatch, code: str, params: dict[str, Any]) -> None:
    """The file as a whole cannot be read; the batch says why."""
    move(batch, BatchState.REFUSED, workflow=IMPORT_BATCH, refusal={"code": code, "params": params})
    record(by=None, verb="import.refused", about=batch, kind="import", organisation=batch.owner,
           to_state=batch.state, detail={"code": code})  # fmt: skip
    _tell(batch, "import_refused", batch.created_by)


# --- Commit ------------------------------------------------------------------------------------------------------


@transaction.atomic
def commit_batch(*, by: User, batch: ImportBatch, version: int, leave_out_invalid: bool = False) -> Job:
    """Have the good rows written by a job. Of two people who press the button, one wins: StaleState for the other.

    Raises InvalidRowsLeft when rows have errors and `leave_out_invalid` was not chosen, NothingToImport when no row
    would change anything.
    """
    if batch.version != version or batch.state != BatchState.CHECKED:
        raise StaleState(str(batch))
    counts = batch.counts
    if not counts.get(RowGroup.NEW, 0) + counts.get(RowGroup.CHANGED, 0):
        raise NothingToImport
    if counts.get(RowGroup.INVALID, 0) and not leave_out_invalid:
        raise InvalidRowsLeft
    move(batch, BatchState.COMMITTING, workflow=IMPORT_BATCH)
    job = enqueue(
        kind="commit_import",
        args={"batch": batch.pk},
        by=by,
        dedupe_key=f"commit_import:{batch.uuid}:{batch.version}",
        priority=-10,
    )
    ImportBatch.objects.filter(pk=batch.pk).update(job=job)
    batch.job = job
    return job


def write_rows(*, by: User, batch: ImportBatch, examination: Examination, rows: list[ExaminedRow]) -> Saved:
    """Write every good row, in the caller's one transaction. Raises OutcomeChanged when it is not what was confirmed.

    StaleState when a record changed within the last moment; the caller examines once more.
    """
    kind = find_kind(batch.kind)
    # From here to the commit no second upload of this organisation can write.
    Organisation.objects.select_for_update(no_key=True, of=("self",)).get(pk=batch.owner_id)
    if examination.desk.stamp() != examination.stamp:
        raise StaleState(str(batch))
    if _outcome(rows, kind) != _confirmed(batch):
        raise OutcomeChanged
    ready = [row for row in rows if row.group in (RowGroup.NEW, RowGroup.CHANGED)]
    saved = examination.desk.save(by=by, batch=batch, rows=[row.ready for row in ready])
    new = [row.row_no for row in ready if row.target is None]
    _link(batch, dict(zip(new, saved.created, strict=True)))
    before = batch.state
    move(batch, BatchState.COMMITTED, workflow=IMPORT_BATCH)
    record(by=by, verb="import.committed", about=batch, kind="import", organisation=batch.owner, from_state=before,
           to_state=batch.state, detail={"new": len(saved.created), "changed": len(saved.updated)})  # fmt: skip
    _tell(batch, "import_committed", by)
    return saved


def _link(batch: ImportBatch, created: dict[int, Any]) -> None:
    """Let each new row point at the record it became. One statement: bulk_update would take a second for a thousand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE intake_importrow AS row SET target_id = made.uuid, target_no = made.number "
            "FROM unnest(%s::int[], %s::uuid[], %s::text[]) AS made(row_no, uuid, number) "
            "WHERE row.batch_id = %s AND row.row_no = made.row_no",
            [
                list(created),
                [str(made.uuid) for made in created.values()],
                [made.public_no for made in created.values()],
                batch.pk,
            ],
        )


def _outcome(rows: Iterable[ExaminedRow], kind: RowKind) -> list[tuple[Any, ...]]:
    return [
        (row.row_no, str(row.group), row.target.uuid if row.target else None, outcome_of(row, kind)) for row in rows
    ]


def _confirmed(batch: ImportBatch) -> list[tuple[Any, ...]]:
    return list(batch.rows.order_by("row_no").values_list("row_no", "group", "target_id", "cleaned"))


@transaction.atomic
def reopen_batch(*, batch: ImportBatch, code: str, examination: Examination | None = None,
                 rows: Iterable[ExaminedRow] = ()) -> None:  # fmt: skip
    """A commit wrote nothing: back to the preview, which says why; with an examination, to a fresh preview."""
    changes: dict[str, Any] = {"remarks": [{"code": code, "params": {}}, *_kept(batch)]}
    if examination is not None:
        forget_rows(batch=batch)
        store_rows(batch=batch, rows=rows)
        changes["counts"] = dict(examination.counts)
    move(batch, BatchState.CHECKED, workflow=IMPORT_BATCH, **changes)
    _tell(batch, "import_checked", batch.created_by)


def _kept(batch: ImportBatch) -> list[dict[str, Any]]:
    return [one for one in batch.remarks if one["code"] not in ("changed_meanwhile", "commit_failed")]


@transaction.atomic
def abandon_batch(*, by: User, batch: ImportBatch, version: int) -> None:
    """Give an upload up; the same file may then come again. Raises StaleState."""
    if batch.version != version:
        raise StaleState(str(batch))
    before = batch.state
    try:
        move(batch, BatchState.ABANDONED, workflow=IMPORT_BATCH)
    except IllegalMove as error:
        raise StaleState(str(batch)) from error
    record(by=by, verb="import.abandoned", about=batch, kind="import", organisation=batch.owner, from_state=before,
           to_state=batch.state)  # fmt: skip


def _tell(batch: ImportBatch, kind: str, person: User) -> None:
    notify(
        recipients=[person],
        kind=kind,
        params={"file": batch.file.name},
        url=find_kind(batch.kind).url_of(batch),
        dedupe_key=f"{kind}:{batch.uuid}:{batch.version}",
        mail=False,
    )
