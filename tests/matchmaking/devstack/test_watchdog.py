"""A worker is ended only when it is old enough, silent, and work is due."""

import time

from matchmaking.devstack.watchdog import Watchdog, full_name

TABLES = """
CREATE TABLE jobs_workerbeat (name text PRIMARY KEY, pid int, beat_at timestamptz);
CREATE TABLE jobs_job (state text, run_after timestamptz, lease_until timestamptz);
"""
DUE = "INSERT INTO jobs_job VALUES ('queued', now() - interval '1 s', NULL)"
EXPIRED = "INSERT INTO jobs_job VALUES ('running', now(), now() - interval '1 s')"
LATER = (
    "INSERT INTO jobs_job VALUES ('queued', now() + interval '1 h', NULL), ('running', now(), now() + interval '1 h')"
)
OLD_BEAT = "INSERT INTO jobs_workerbeat VALUES (%(name)s, 1, now() - interval '61 s')"
BEAT = "INSERT INTO jobs_workerbeat VALUES (%(name)s, 1, now() - interval '59 s')"
LONG_AGO = time.time() - 3600


def test_deaf_workers(database):
    opened = database.connect("tongti")
    name = full_name("w1")
    look = Watchdog(database.url)

    def deaf(since=LONG_AGO, *statements):
        with opened.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, {"name": name})
        look._last_look = 0.0
        return look.deaf({name: since})

    assert deaf() == []  # no tables yet
    assert deaf(LONG_AGO, TABLES) == []  # nothing is due
    assert deaf(LONG_AGO, LATER) == []
    assert deaf(LONG_AGO, DUE) == [name]  # never beaten, work is due
    assert deaf(time.time() - 5) == []  # but it has only just been started
    assert deaf(LONG_AGO, BEAT) == []
    assert deaf(LONG_AGO, "DELETE FROM jobs_workerbeat", OLD_BEAT) == [name]
    assert deaf(LONG_AGO, "DELETE FROM jobs_job", EXPIRED) == [name]
    assert look.deaf({name: LONG_AGO}) == []  # it has looked a moment ago
    opened.close()


def test_unreachable_database_means_nothing(layout):
    assert Watchdog(f"postgres://app@/tongti?host={layout.sockets}").deaf({"w1@h": LONG_AGO}) == []
