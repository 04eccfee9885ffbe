"""The job of the ledger: a few chunks of lines, then one notification in the transaction of the last chunk."""

import os
import signal
import time

from django.contrib.auth import get_user_model
from django.db import connection

from matchmaking.engine import model
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler
from matchmaking.notifications.kinds import register_kind
from matchmaking.notifications.services import notify

CHUNKS = 6
LINES = 5  # in a chunk
WORK = 0.03  # seconds of a chunk: two workers are busy most of the time, so that faults hit the middle of jobs
LONG = 800  # chunks of the long job

# The words decide alone: the nightly training would take longer than all faults together.
model.LEAST_TEXTS = 1_000_000

register_kind("fault_done", subject="Item %(item)s", body="Item %(item)s is done.", params=("item",))


@handler("fault_ledger", label="Ledger", unit="lines")
def write_lines(job: JobContext) -> dict[str, int]:
    item = job.args["item"]
    for number in range(job.cursor or 0, CHUNKS):
        with job.chunk(total=CHUNKS * LINES) as chunk:
            with connection.cursor() as cursor:
                lines = [(item, number * LINES + line) for line in range(LINES)]
                cursor.executemany("INSERT INTO fault_line (item, line) VALUES (%s, %s)", lines)
            time.sleep(WORK)
            chunk.advance(LINES)
            chunk.cursor = number + 1
            if chunk.cursor == CHUNKS:
                notify(
                    recipients=get_user_model().objects.filter(username="fault"),
                    kind="fault_done",
                    params={"item": item},
                    url="/",
                    dedupe_key=f"fault:{item}",
                )
    return {"lines": CHUNKS * LINES}


@handler("fault_harm", label="Harm")
def harm(job: JobContext) -> None:
    """End or block the pool process in the ways that real handlers do by accident."""
    how = job.args["how"]
    if how == "error":
        raise ValueError("broken")
    if how == "exit":
        os._exit(3)
    if how == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "deaf loop":  # like an extension that never comes back to the interpreter
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    while True:
        time.sleep(0.01)


@handler("fault_long", label="Long", unit="chunks")
def take_long(job: JobContext) -> None:
    for number in range(job.cursor or 0, LONG):
        with job.chunk(total=LONG) as chunk:
            time.sleep(WORK)
            chunk.advance(1)
            chunk.cursor = number + 1
