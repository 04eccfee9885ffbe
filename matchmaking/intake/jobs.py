"""The two jobs of an upload. Both may be run again from the start at any point: nothing of a batch is half-written."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.common.spreadsheet import WorkbookRefused
from matchmaking.common.workflow import StaleState
from matchmaking.intake.examining import Examination, ExaminedRow, open_examination
from matchmaking.intake.importing import HeadingProblem, find_kind
from matchmaking.intake.models import BatchState, ImportBatch
from matchmaking.intake.services import imports
from matchmaking.jobs.context import JobContext, PermanentFailure
from matchmaking.jobs.models import Job
from matchmaking.jobs.registry import handler

TRIES = 3  # a commit examines again when records change under it


def _check_failed(job: Job, reason: str) -> None:
    batch = _batch(job)
    if batch.state == BatchState.UPLOADED:
        imports.refuse_batch(batch=batch, code="failed", params={})


def _check_cancelled(job: Job) -> None:
    batch = _batch(job)
    if batch.state == BatchState.UPLOADED:
        imports.abandon_batch(by=job.requested_by or batch.created_by, batch=batch, version=batch.version)


def _commit_stopped(job: Job, reason: str = "") -> None:
    batch = _batch(job)
    if batch.state == BatchState.COMMITTING:
        imports.reopen_batch(batch=batch, code="commit_failed")


@handler(
    "check_import",
    label=_("Check of an upload"),
    unit=_("rows"),
    on_dead=_check_failed,
    on_cancelled=_check_cancelled,
)
def check_import(job: JobContext) -> dict[str, Any]:
    """Examine the file and store the result of every row; an earlier attempt's rows are replaced."""
    batch = _batch(job.job)
    result = {"url": find_kind(batch.kind).url_of(batch)}
    if batch.state != BatchState.UPLOADED:
        return result  # finished by an attempt that died before it could say so, or given up
    try:
        examination = open_examination(batch)
    except (WorkbookRefused, HeadingProblem) as refusal:
        with job.chunk():
            imports.refuse_batch(batch=batch, code=refusal.code, params=dict(refusal.params))
        return result
    job.keep_alive()
    done = 0
    for piece in examination.pieces():
        with job.chunk(total=examination.total) as chunk:
            if not done:
                imports.forget_rows(batch=batch)
            imports.store_rows(batch=batch, rows=piece)
            done += len(piece)
            chunk.done = done
    with job.chunk() as chunk:
        imports.check_batch(batch=batch, examination=examination)
    return result


@handler("commit_import", label=_("Import"), unit=_("rows"), on_dead=_commit_stopped, on_cancelled=_commit_stopped)
def commit_import(job: JobContext) -> dict[str, Any]:
    """Examine the file again and write it in one transaction if the result is what was confirmed."""
    batch = _batch(job.job)
    by = job.job.requested_by
    assert by is not None  # `commit_batch` has an actor
    result = {"url": find_kind(batch.kind).url_of(batch)}
    if batch.state != BatchState.COMMITTING:
        return result
    _expect_right(by, batch)
    for _attempt in range(TRIES):
        try:
            examination, rows = _examine_again(job, batch)
        except (WorkbookRefused, HeadingProblem) as refusal:
            raise PermanentFailure(str(refusal)) from refusal
        try:
            with job.chunk() as chunk:
                imports.write_rows(by=by, batch=batch, examination=examination, rows=rows)
                chunk.done = 2 * examination.total
        except StaleState:
            batch = _batch(job.job)
        except imports.OutcomeChanged:
            break
        else:
            return result
    with job.chunk():
        imports.reopen_batch(batch=batch, code="changed_meanwhile", examination=examination, rows=rows)
    return result


def _examine_again(job: JobContext, batch: ImportBatch) -> tuple[Examination, list[ExaminedRow]]:
    """Half of the progress is reading, the other half the one transaction that writes."""
    examination = open_examination(batch)
    job.keep_alive()
    rows: list[ExaminedRow] = []
    for piece in examination.pieces():
        rows += piece
        with job.chunk(total=2 * examination.total) as chunk:
            chunk.done = len(rows)
    return examination, rows


def _expect_right(by: User, batch: ImportBatch) -> None:
    """The person may have lost the role since pressing the button."""
    held = by.organisations_with(find_kind(batch.kind).capability)
    if batch.owner_id not in {organisation.pk for organisation in held}:
        raise PermanentFailure(_("You can no longer import for this organisation."))


def _batch(job: Job) -> ImportBatch:
    return ImportBatch.objects.select_related("owner__region", "programme", "file", "created_by").get(
        pk=job.args["batch"]
    )
