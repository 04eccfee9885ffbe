"""Use cases of an upload: it is stored, checked by a job, looked at, and then written whole or not at all.

The request only stores the file and writes a job; the workbook is opened by workers alone (`import_results.py`).
"""

import hashlib
import unicodedata
from pathlib import PurePath
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record
from matchmaking.common.workflow import IllegalMove, StaleState, move
from matchmaking.intake.importing import find_kind
from matchmaking.intake.models import BatchState, ImportBatch, RowGroup, StoredFile
from matchmaking.intake.workflow import IMPORT_BATCH
from matchmaking.jobs.models import Job
from matchmaking.jobs.services import enqueue
from matchmaking.programmes.models import Programme

SUFFIXES = (".xlsx", ".csv")
# A file that was refused, given up or undone may come again; one that is under way or done may not.
_COUNTS_AS_SENT = (BatchState.UPLOADED, BatchState.MAPPING, BatchState.CHECKED, BatchState.COMMITTING,
                   BatchState.COMMITTED, BatchState.UNDOING)  # fmt: skip

REVISED_TOO_MANY = _(
    "%(count)s rows would change published records; one upload may change %(limit)s of them. "
    "Please split the list into several files, or leave rows out."
)


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


class TooManyRevised(Exception):
    """Since the check rows were mended or records published, so that more published ones would change than may."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.message = REVISED_TOO_MANY % {"count": count, "limit": settings.IMPORT_MAX_REVISED}


class UnansweredQuestions(Exception):
    """Some rows look like records of the owner, and nobody has said whether they are."""

    message = _("Some rows look like records that you have. Say for each whether it is one of them or new.")


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
    request_check(by=by, batch=batch)
    record(by=by, verb="import.uploaded", about=batch, kind="import", organisation=owner, to_state=batch.state)
    return batch


def request_check(*, by: User, batch: ImportBatch) -> Job:
    """Have the file checked by a job, in the transaction that asks for it."""
    return _work(by=by, batch=batch, kind="check_import")


def _work(*, by: User, batch: ImportBatch, kind: str) -> Job:
    batch.job = enqueue(
        kind=kind,
        args={"batch": batch.pk},
        by=by,
        dedupe_key=f"{kind}:{batch.uuid}:{batch.version}",
        priority=-10,
    )
    batch.save(update_fields=["job"])
    return batch.job


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


@transaction.atomic
def commit_batch(*, by: User, batch: ImportBatch, version: int, leave_out_invalid: bool = False) -> Job:
    """Have the good rows written by a job. Of two people who press the button, one wins: StaleState for the other.

    Raises UnansweredQuestions, InvalidRowsLeft when rows have errors and `leave_out_invalid` was not chosen,
    NothingToImport when nothing would change, and TooManyRevised.
    """
    if batch.version != version or batch.state != BatchState.CHECKED:
        raise StaleState(str(batch))
    counts = batch.counts
    if not any(counts.get(name) for name in (RowGroup.NEW, RowGroup.CHANGED, "withdraw")):
        raise NothingToImport
    if counts.get("questions"):
        raise UnansweredQuestions
    if counts.get(RowGroup.INVALID) and not leave_out_invalid:
        raise InvalidRowsLeft
    if (revised := counts.get("revised", 0)) > settings.IMPORT_MAX_REVISED:
        raise TooManyRevised(revised)
    move(batch, BatchState.COMMITTING, workflow=IMPORT_BATCH)
    return _work(by=by, batch=batch, kind="commit_import")


@transaction.atomic
def request_undo(*, by: User, batch: ImportBatch) -> Job:
    """Have a committed upload undone by a job; `undoing.undo_batch` has asked whether that is possible."""
    move(batch, BatchState.UNDOING, workflow=IMPORT_BATCH)
    return _work(by=by, batch=batch, kind="undo_import")


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
