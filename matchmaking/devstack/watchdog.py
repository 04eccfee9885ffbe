"""Finds workers that are alive but deaf: Celery can lose its broker and sit there without an error.

Each worker leaves a beat in the database. One that has not beaten for a minute while work is due is ended, and the
supervisor starts it again; the leases of its jobs run out by themselves.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg2

SILENCE = 60  # seconds without a beat
INTERVAL = 10.0  # seconds between looks
# Work is due when it could run now: waiting and past its time, or running under a lease that has run out.
_SILENT = """
SELECT wanted.name
FROM unnest(%(names)s::text[]) AS wanted (name)
WHERE NOT EXISTS (
        SELECT FROM jobs_workerbeat AS beat
        WHERE beat.name = wanted.name AND beat.beat_at > now() - make_interval(secs => %(silence)s))
  AND EXISTS (
        SELECT FROM jobs_job
        WHERE (state = 'queued' AND run_after <= now()) OR (state = 'running' AND lease_until <= now()))
"""


def full_name(worker: str) -> str:
    """The name under which Celery knows a worker started with `-n WORKER@%h`."""
    return f"{worker}@{socket.gethostname()}"


@dataclass
class Watchdog:
    """Looks at most every `INTERVAL` seconds. Without the tables, or without a database, it says nothing."""

    database_url: str
    silence: float = SILENCE
    _last_look: float = 0.0

    def deaf(self, workers: Mapping[str, float]) -> list[str]:
        """The names of silent workers, given when each was started (`time.time()`)."""
        if time.monotonic() - self._last_look < min(INTERVAL, self.silence):
            return []
        self._last_look = time.monotonic()
        old_enough = [name for name, since in workers.items() if time.time() - since > self.silence]
        return self.silent(old_enough) if old_enough else []

    def silent(self, names: list[str]) -> list[str]:
        """Those of the named workers without a recent beat, if work is due; empty when that cannot be known."""
        try:
            opened = psycopg2.connect(
                self.database_url, connect_timeout=2, options="-c statement_timeout=2000", application_name="watchdog"
            )
        except psycopg2.Error:
            return []
        try:
            with opened.cursor() as cursor:
                cursor.execute(_SILENT, {"names": names, "silence": self.silence})
                return [name for (name,) in cursor.fetchall()]
        except psycopg2.Error:  # the tables are not there yet, or the database is busy: look again later
            return []
        finally:
            opened.close()
