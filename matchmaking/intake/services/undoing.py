"""Undo a whole upload, as long as nothing later depends on what it wrote (decision 0007)."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.common.workflow import StaleState
from matchmaking.intake.importing import Blocker, find_kind
from matchmaking.intake.models import BatchState, ImportBatch
from matchmaking.intake.services.import_results import done_by
from matchmaking.intake.services.imports import request_undo
from matchmaking.jobs.models import Job


class UndoBlocked(Exception):
    """Something happened to records of this upload since; `blockers` says to which and what."""

    message = _("The upload cannot be undone: some of its records were changed, handed in or checked since.")

    def __init__(self, blockers: Sequence[Blocker]) -> None:
        super().__init__(len(blockers))
        self.blockers = list(blockers)


def blockers_of(batch: ImportBatch) -> list[Blocker]:
    """Return what stands in the way of an undo: nothing, or each record that was touched since."""
    if batch.state != BatchState.COMMITTED:
        return []
    desk = find_kind(batch.kind).open_desk(batch.owner, batch.programme)
    return desk.blockers(list(done_by(batch)))


def undo_batch(*, by: User, batch: ImportBatch, version: int) -> Job:
    """Have everything that the upload wrote taken back by a job, in one transaction.

    Raises StaleState when the batch moved on, UndoBlocked when a record was touched since. The job looks once more.
    """
    if batch.version != version or batch.state != BatchState.COMMITTED:
        raise StaleState(str(batch))
    if blockers := blockers_of(batch):
        raise UndoBlocked(blockers)
    return request_undo(by=by, batch=batch)
