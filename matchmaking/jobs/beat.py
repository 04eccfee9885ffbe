"""The worker's sign of life, which proves that it really consumes.

A timer alone would tick on in a worker that has gone deaf after its broker restarted (reliability fact 3). So every
worker sends itself a message through the broker and notes the beat when that message *arrives*: on the channel that
also receives the tasks, by the same poll. While its pool is busy the channel is paused on purpose (one message at a
time), and then the chunks of the running job are the sign of life (`context.py`).

A worker that has nothing to do and twice does not hear itself, although the broker took the message, is deaf. It ends,
and whoever keeps it running starts it again. (Found by trying: when the broker hangs for longer than its time-out just
as a task is acknowledged, the worker believes for ever after that it still holds a message.) Where even that fails,
the supervisor ends a worker whose beat is a minute old while work is due.
"""

import logging
import os
import time
from typing import Any

from celery import bootsteps
from celery.worker import state
from celery.worker.consumer.tasks import Tasks
from django.db import Error, connections
from kombu import Consumer, Message, Producer, Queue

from matchmaking.jobs import kernel

logger = logging.getLogger(__name__)
INTERVAL = 10.0  # seconds between two beats
PATIENCE = 15.0  # seconds after which an unheard message counts as lost
DEAF = 2  # messages lost in a row; one is lost whenever the broker is emptied


class Beat(bootsteps.StartStopStep):
    """Started with every connection to the broker, stopped with its loss."""

    requires = (Tasks,)

    def __init__(self, parent: Any, **options: Any) -> None:
        self._timer: Any = None
        self._consumer: Consumer | None = None
        self._sent_at: float | None = None
        self._lost = 0
        super().__init__(parent, **options)

    def start(self, parent: Any) -> None:
        self._name = parent.hostname
        self._sent_at, self._lost = None, 0
        channel = parent.task_consumer.channel
        queue = Queue(f"beat.{self._name}", durable=False)
        self._consumer = Consumer(channel, [queue], on_message=self._hear, no_ack=True, accept=["json"])
        self._consumer.consume()
        self._producer = Producer(channel, routing_key=queue.name, serializer="json")
        self._timer = parent.timer.call_repeatedly(INTERVAL, self._send)
        self._send()

    def stop(self, parent: Any) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._consumer:
            try:
                self._consumer.cancel()
            except Exception:  # the connection is gone, and its consumer with it
                logger.debug("the beat could not be cancelled", exc_info=True)
            self._consumer = None

    def _send(self) -> None:
        if self._sent_at is not None:
            if state.reserved_requests or time.monotonic() - self._sent_at < PATIENCE:
                return  # the channel is paused while the pool is busy, or the message is under way
            self._lost += 1
            if self._lost >= DEAF:
                logger.error("this worker does not hear its own beat any more; it ends to be started again")
                state.should_terminate = os.EX_UNAVAILABLE
                return
        try:
            self._producer.publish({"worker": self._name}, retry=False)
            self._sent_at = time.monotonic()
        except Exception as error:  # whatever the transport raises must not end the worker
            logger.warning("the broker does not take the beat: %s", error)

    def _hear(self, message: Message) -> None:
        self._sent_at, self._lost = None, 0
        try:
            kernel.beat(self._name, os.getpid())
        except Error as error:
            logger.warning("the database does not take the beat: %s", str(error).strip())
        finally:
            connections.close_all()  # the pool forks from this process: no open session may cross over
