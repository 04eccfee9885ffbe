"""The jobs of an upload. Each may run again from the start at any point: nothing of a batch is half-written."""

import pickle
import tempfile
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.common.spreadsheet import WorkbookRefused
from matchmaking.common.workflow import StaleState
from matchmaking.intake.examining import Examination, open_examination
from matchmaking.intake.headings import HeadingProblem
from matchmaking.intake.importing import CHECK, LIVE, ReadyRow, find_kind
from matchmaking.intake.models import BatchState, ImportBatch, RowGroup
from matchmaking.intake.services import import_results as results
from matchmaking.intake.services import imports, submitting
from matchmaking.jobs.context import JobContext, PermanentFailure
from matchmaking.jobs.models import Job
from matchmaking.jobs.registry import handler

TRIES = 3  # a commit examines again when records change under it
LONGEST = 600  # seconds: of the one transaction that writes or undoes a full upload
REVISION = 0.25  # seconds more for each change of a published record: versions, review task, history


def _check_failed(job: Job, reason: str) -> None:
    batch = _batch(job)
    if batch.state == BatchState.UPLOADED:
        results.refuse_batch(batch=batch, code="failed", params={})


def _check_cancelled(job: Job) -> None:
    batch = _batch(job)
    if batch.state == BatchState.UPLOADED:
        imports.abandon_batch(by=job.requested_by or batch.created_by, batch=batch, version=batch.version)


def _commit_stopped(job: Job, reason: str = "") -> None:
    batch = _batch(job)
    if batch.state == BatchState.COMMITTING:
        results.reopen_batch(batch=batch, code="commit_failed")


def _undo_stopped(job: Job, reason: str = "") -> None:
    batch = _batch(job)
    if batch.state == BatchState.UNDOING:
        results.keep_commit(batch=batch, code="undo_failed")


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
    result = {"url": results.url_of(batch)}
    if batch.state != BatchState.UPLOADED:
        return result  # finished by an attempt that died before it could say so, or given up
    try:
        examination = open_examination(batch, results.mended_of(batch))
    except HeadingProblem as problem:
        with job.chunk():
            if problem.heading is None:
                results.refuse_batch(batch=batch, code=problem.code, params=dict(problem.params))
            else:
                results.ask_for_columns(batch=batch, problem=problem)
        return result
    except WorkbookRefused as refusal:
        with job.chunk():
            results.refuse_batch(batch=batch, code=refusal.code, params=dict(refusal.params))
        return result
    job.keep_alive()
    done = 0
    with examination:
        for piece in examination.pieces():
            with job.chunk(total=examination.total) as chunk:
                if not done:
                    results.forget_rows(batch=batch)
                results.store_rows(batch=batch, rows=piece)
                done += len(piece)
                chunk.done = done
        with job.chunk():
            if examination.revised > settings.IMPORT_MAX_REVISED:
                results.refuse_revisions(batch=batch, count=examination.revised)
            else:
                results.check_batch(batch=batch, examination=examination)
    return result


@handler("commit_import", label=_("Import"), unit=_("rows"), on_dead=_commit_stopped, on_cancelled=_commit_stopped)
def commit_import(job: JobContext) -> dict[str, Any]:
    """Examine the file again and write it in one transaction if the result is what was confirmed."""
    batch = _batch(job.job)
    by = _actor(job)
    result = {"url": results.url_of(batch)}
    if batch.state != BatchState.COMMITTING:
        return result
    _expect_right(by, batch)
    for _attempt in range(TRIES):
        try:
            with ReadyRows() as ready, open_examination(batch, results.mended_of(batch)) as examination:
                _examine_again(job, batch, examination, ready)
                _write(job, batch, by, examination, ready)
        except StaleState:
            batch = _batch(job.job)
        except results.OutcomeChanged:
            break
        except (WorkbookRefused, HeadingProblem) as refusal:
            raise PermanentFailure(str(refusal)) from refusal
        else:
            return result
    _show_anew(job, batch)
    return result


def _submission_stopped(job: Job, reason: str = "") -> None:
    submitting.tell_submitted(job)


@handler(submitting.KIND, label=_("Handing in the drafts of an upload"), unit=_("records"),
         on_dead=_submission_stopped, on_cancelled=_submission_stopped)  # fmt: skip
def submit_drafts(job: JobContext) -> dict[str, Any]:
    """Hand in all complete drafts of an upload; what was handed in before a stop stays so and is told."""
    batch, by = _batch(job.job), _actor(job)
    _expect_right(by, batch)
    return submitting.run_submission(job, by=by, batch=batch)


@handler("undo_import", label=_("Undoing an upload"), unit=_("records"), on_dead=_undo_stopped,
         on_cancelled=_undo_stopped)  # fmt: skip
def undo_import(job: JobContext) -> dict[str, Any]:
    """Take everything back in one transaction, if nobody has touched it since."""
    batch = _batch(job.job)
    by = _actor(job)
    result = {"url": results.url_of(batch)}
    if batch.state != BatchState.UNDOING:
        return result
    _expect_right(by, batch)
    with job.chunk(longest=_longest(batch)) as chunk:
        results.hold_owner(batch)
        desk = find_kind(batch.kind).open_desk(batch.owner, batch.programme)
        done = list(results.done_by(batch))
        if blockers := desk.blockers(done):
            params = {"count": len(blockers), "first": "、".join(one.number for one in blockers[:5])}
            results.keep_commit(batch=batch, code="undo_blocked", params=params)
            return result
        for start in range(0, len(done), results.AT_ONCE):
            piece = results.with_before(batch, done[start : start + results.AT_ONCE])
            desk.undo(by=by, batch=batch, done=piece)
            job.show(start + len(piece), len(done))
        desk = find_kind(batch.kind).open_desk(batch.owner, batch.programme)
        results.close_undo(by=by, batch=batch, desk=desk, count=len(done))
        chunk.done = chunk.total = len(done)
    return result


class ReadyRows:
    """The rows that will be written, in a file beside the memory: twenty thousand of them would not fit the worker."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed by __exit__)
        self._pieces = 0

    def __enter__(self) -> "ReadyRows":
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def put(self, rows: list[ReadyRow]) -> None:
        if rows:
            pickle.dump(rows, self._file)
            self._pieces += 1

    def __iter__(self) -> Iterator[list[ReadyRow]]:
        self._file.seek(0)
        for _piece in range(self._pieces):
            yield pickle.load(self._file)  # noqa: S301  (our own file, without a name)


def _examine_again(job: JobContext, batch: ImportBatch, examination: Examination, ready: ReadyRows) -> None:
    """Half of the progress is reading, the other half the one transaction that writes."""
    job.keep_alive()
    done = 0
    for piece in examination.pieces():
        results.expect_confirmed(batch=batch, rows=piece)
        ready.put([row.ready for row in piece if row.group in (RowGroup.NEW, RowGroup.CHANGED)])
        done += len(piece)
        with job.chunk(total=2 * examination.total) as chunk:
            chunk.done = done
    results.expect_missing(batch=batch, examination=examination)


def _write(job: JobContext, batch: ImportBatch, by: User, examination: Examination, ready: ReadyRows) -> None:
    """Raises StaleState when a record changed within the last moment; the caller examines once more."""
    desk, total = examination.desk, examination.total
    written = {"new": 0, "changed": 0}
    with job.chunk(longest=_longest(batch)) as chunk:
        results.hold_owner(batch)
        if desk.stamp() != examination.stamp:
            raise StaleState(str(batch))
        for rows in ready:
            new, changed = results.write_piece(by=by, batch=batch, desk=desk, rows=rows)
            written = {"new": written["new"] + new, "changed": written["changed"] + changed}
            job.show(total + sum(written.values()), 2 * total)
        written["withdrawn"] = results.withdraw_missing(by=by, batch=batch, desk=desk)
        results.number_created(by=by, batch=batch, desk=desk)
        desk.close(batch=batch)
        results.close_commit(by=by, batch=batch, written=written)
        chunk.done = 2 * total


def _show_anew(job: JobContext, batch: ImportBatch) -> None:
    """The records have changed since the check: a fresh preview in the place of the old one, in one transaction."""
    with open_examination(batch, results.mended_of(batch)) as examination, job.chunk(longest=LONGEST):
        results.forget_rows(batch=batch)
        for piece in examination.pieces():
            results.store_rows(batch=batch, rows=piece)
        results.check_batch(batch=batch, examination=examination, note="changed_meanwhile")


def _longest(batch: ImportBatch) -> float:
    return LONGEST + REVISION * (batch.counts.get(LIVE, 0) + batch.counts.get(CHECK, 0))


def _actor(job: JobContext) -> User:
    by = job.job.requested_by
    assert by is not None  # the services that ask for this work have an actor
    return by


def _expect_right(by: User, batch: ImportBatch) -> None:
    """The person may have lost the role since pressing the button."""
    held = by.organisations_with(find_kind(batch.kind).capability)
    if batch.owner_id not in {organisation.pk for organisation in held}:
        raise PermanentFailure(_("You can no longer import for this organisation."))


def _batch(job: Job) -> ImportBatch:
    return ImportBatch.objects.select_related("owner__region", "programme", "file", "created_by").get(
        pk=job.args["batch"]
    )
