"""Publishes the ids of due jobs, inserts periodic ones and gives up the exhausted. Any number may run.

Chosen and marked in one short transaction, published after it: no lock is held while the broker hesitates. What a
killed dispatcher, an emptied or a restarted broker loses is published again, because the row says that it is due.
"""

import logging
import time
from dataclasses import dataclass, field
from datetime import datetime

from django.db import Error, connection
from kombu.exceptions import ChannelError, OperationalError

from matchmaking.celery_app import app
from matchmaking.jobs import kernel, schedule
from matchmaking.jobs.tasks import run_job

logger = logging.getLogger(__name__)
WINDOW = 32  # ids in the broker at a time: an urgent job waits behind at most so many
TURN = 0.2  # seconds between looks; short polling costs two index scans and needs no trigger
CHORES = 1.0  # seconds between the rarer duties
LONGEST_PAUSE = 5.0


class BrokerDown(Exception):
    """The broker does not answer or refuses."""


class Publisher:
    """One connection to the broker, opened anew after any trouble."""

    def __init__(self) -> None:
        self._producer = None

    def publish(self, job_id: int) -> None:
        try:
            run_job.apply_async((job_id,), producer=self._open(), retry=False)
        except self._troubles as error:
            self.close()
            raise BrokerDown(str(error)) from error

    def queued(self) -> int:
        """Messages that lie in the broker."""
        try:
            channel = self._open().channel
            return int(channel.queue_declare(app.conf.task_default_queue, passive=True).message_count)
        except ChannelError:  # an empty queue does not exist there
            return 0
        except self._troubles as error:
            self.close()
            raise BrokerDown(str(error)) from error

    @property
    def _troubles(self) -> tuple[type[Exception], ...]:
        transport = app.connection_for_write().transport
        return (OperationalError, OSError, *transport.connection_errors, *transport.channel_errors)

    def _open(self):
        if self._producer is None:
            opened = app.connection_for_write()
            opened.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
            self._producer = app.amqp.Producer(opened, auto_declare=False)
        return self._producer

    def close(self) -> None:
        if self._producer is not None:
            opened, self._producer = self._producer.connection, None
            try:
                opened.release()
            except Exception:
                logger.debug("the broken connection could not be released", exc_info=True)


@dataclass
class Dispatcher:
    publisher: Publisher = field(default_factory=Publisher)
    stopping: bool = False
    _periods: dict[str, datetime] = field(default_factory=dict)
    _chores_at: float = 0.0
    _broker_down: bool = False

    def run(self) -> None:
        """Turn until `stopping`. Neither a dead session nor a dead broker ends it."""
        pause = TURN
        while not self.stopping:
            try:
                self.turn()
                pause = TURN
            except BrokerDown as error:
                pause = min(max(pause * 2, 0.5), LONGEST_PAUSE)
                self._note_broker(error)
            except Error as error:
                pause = min(max(pause * 2, 0.5), LONGEST_PAUSE)
                logger.warning("the database does not answer: %s", str(error).strip())
                connection.close()
            time.sleep(pause)
        self.publisher.close()

    def turn(self) -> int:
        """One look: chores when it is time for them, then publish what there is room for; return how many."""
        if time.monotonic() - self._chores_at >= CHORES:
            self._chores_at = time.monotonic()
            self._do_chores()
        return self._publish()

    def _do_chores(self) -> None:
        if inserted := schedule.insert_due(self._periods):
            logger.info("periodic jobs: %s", ", ".join(inserted))
        for job_id in kernel.bury_exhausted():
            logger.error("job %s was given up", job_id)

    def _publish(self) -> int:
        waiting = kernel.count_waiting(WINDOW * 2)
        # Only when the broker holds fewer messages than there are jobs waiting for one was something lost; a queue
        # that is merely long gets no second copy of everything in it.
        republish = waiting > 0 and waiting > self.publisher.queued()
        ids = kernel.take_publishable(WINDOW if republish else max(WINDOW - waiting, 0), republish=republish)
        for position, job_id in enumerate(ids):
            try:
                self.publisher.publish(job_id)
            except BrokerDown:
                kernel.unpublish(ids[position:])
                raise
        if waiting or ids:  # it was spoken to
            self._note_broker(None)
        return len(ids)

    def _note_broker(self, error: BrokerDown | None) -> None:
        """Say once that the broker is away, and once that it is back."""
        if error and not self._broker_down:
            logger.warning("the broker is away (%s); jobs wait in the database", error)
        elif self._broker_down and not error:
            logger.warning("the broker is back")
        self._broker_down = error is not None
