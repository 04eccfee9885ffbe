"""What a job handler is given: its arguments, where it stands, and the chunk in which work and progress commit."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from matchmaking.common.workflow import StaleState
from matchmaking.jobs import kernel, limits, shutdown
from matchmaking.jobs.kernel import LostLease
from matchmaking.jobs.models import Job

__all__ = ["Cancelled", "Chunk", "JobContext", "LostLease", "PermanentFailure", "RetryLater", "ShuttingDown"]
logger = logging.getLogger(__name__)
BEAT_INTERVAL = 5.0  # seconds between two signs of life of one job
SHOW_INTERVAL = 1.0  # seconds between two looks into a long chunk


class Cancelled(BaseException):
    """Somebody asked to stop; the runner closes the job. Not an `Exception`, so that no handler swallows it."""


class ShuttingDown(BaseException):
    """The worker was asked to end; the job goes back with its cursor and another worker continues."""


class PermanentFailure(Exception):
    """Trying again cannot help. Its text is a sentence for the person who asked for the work, in his language."""


class RetryLater(Exception):
    """Not now, and nobody's fault: run again after so many seconds. The attempt does not count."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass
class Chunk:
    """The progress that commits with the work of this chunk: units done so far, units in all, and the cursor."""

    done: int
    total: int | None
    cursor: Any

    def advance(self, units: int) -> None:
        self.done += units


class JobContext:
    """One attempt at one job by the worker that holds its lease."""

    def __init__(self, job: Job, *, worker: str = "", pid: int = 0) -> None:
        assert job.lease_token is not None  # claimed
        self.job = job
        self.token: UUID = job.lease_token
        self._worker = worker
        self._pid = pid
        self._last_beat = 0.0
        self._shown = time.monotonic()
        self._beat()

    @property
    def args(self) -> dict[str, Any]:
        return self.job.args

    @property
    def cursor(self) -> Any:
        """What the last committed chunk left, of this attempt or an earlier one."""
        return self.job.cursor

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody asked to stop, read now. A chunk looks by itself."""
        return kernel.look(self.job.pk, self.token)

    def log(self, text: str) -> None:
        logger.info("job %s (%s): %s", self.job.pk, self.job.kind, text)

    @contextmanager
    def chunk(self, *, total: int | None = None, longest: float | None = None) -> Iterator[Chunk]:
        """ONE transaction: the work of the block, its progress, the fence and the longer lease commit together.

        Stops before the work when somebody cancelled (Cancelled), the worker is ending (ShuttingDown) or another
        worker took the job over (LostLease); the latter also at the end, and then the work is rolled back. `longest`
        (seconds) is for work that must not be divided and may outlast the usual lease: where it is longer, the lease of
        this chunk is as long, and so are the time until somebody continues when the worker dies in it and the time that
        the database may wait for the next statement.
        """
        self._stop_if_asked()
        if longest is not None:
            longest = max(longest, settings.JOB_LEASE_SECONDS)
            self._announce(longest)
        chunk = Chunk(self.job.done_units, total if total is not None else self.job.total_units, self.job.cursor)
        with transaction.atomic(durable=True):
            if longest is not None:
                _let_wait(longest)
            yield chunk
            kernel.advance(self.job.pk, self.token, done_units=chunk.done, total_units=chunk.total, cursor=chunk.cursor)
        self.job.done_units, self.job.total_units, self.job.cursor = chunk.done, chunk.total, chunk.cursor
        limits.wind()
        self._beat()

    def through(self, rows: QuerySet[Any], act: Callable[[Any], object], *, most: int) -> int:
        """Act on each row by the order of keys, `most` in a chunk, after those of earlier attempts; return how many.

        `rows` may shrink by what is done to them. A row that somebody else moved in the same moment is left to him
        (StaleState), and so is one of which `act` says False: nothing was due.
        """
        start, acted = self.cursor or 0, 0
        while found := list(rows.filter(pk__gt=start).order_by("pk")[:most]):
            with self.chunk() as chunk:
                for row in found:
                    try:
                        acted += act(row) is not False
                    except StaleState:
                        continue
                chunk.advance(len(found))
                start = chunk.cursor = found[-1].pk
        return acted

    def show(self, done: int, total: int) -> None:
        """Let the person see how far a long chunk is, at most once a second, past the transaction that is open.

        Written on a connection of its own, because nothing of the chunk is visible before its end. The chunk itself
        sets the progress that counts.
        """
        if time.monotonic() - self._shown < SHOW_INTERVAL:
            return
        self._shown = time.monotonic()
        aside = connection.copy()
        try:
            with aside.cursor() as cursor:
                cursor.execute(
                    "UPDATE jobs_job SET done_units = %s, total_units = %s WHERE id = %s AND lease_token = %s",
                    [done, total, self.job.pk, self.token],
                )
        finally:
            aside.close()

    def keep_alive(self) -> None:
        """Extend the lease between two long steps that commit nothing. Never inside a transaction."""
        self._stop_if_asked()
        kernel.advance(self.job.pk, self.token)
        limits.wind()
        self._beat()

    def _announce(self, longest: float) -> None:
        kernel.advance(self.job.pk, self.token, lease=longest)
        limits.wind(longest)
        if self._worker:
            kernel.beat(self._worker, self._pid, ahead=longest)
            self._last_beat = 0.0  # the next beat comes with the end of the chunk

    def _stop_if_asked(self) -> None:
        if shutdown.is_requested():
            raise ShuttingDown
        if kernel.look(self.job.pk, self.token):
            raise Cancelled

    def _beat(self) -> None:
        """A worker that is busy hears no beat message (see `beat.py`), so its work is the sign of life."""
        if self._worker and time.monotonic() - self._last_beat > BEAT_INTERVAL:
            kernel.beat(self._worker, self._pid)
            self._last_beat = time.monotonic()


def _let_wait(seconds: float) -> None:
    """Let the open transaction wait so long between two statements before the database ends it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [f"{seconds:.0f}s"])
