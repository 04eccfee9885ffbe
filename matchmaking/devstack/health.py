"""`python -m matchmaking.devstack.health web|worker|dispatcher`: the health checks of docker-compose.yml.

Exit code 0 means healthy. They ask what the process is there for, not merely whether it exists, and start no Django.
"""

from __future__ import annotations

import http.client
import os
import signal
import sys

import psutil
import psycopg2

from matchmaking.devstack.console import complain
from matchmaking.devstack.postgres import clean_environment
from matchmaking.devstack.watchdog import Watchdog, full_name

PORT = 8000
# Due for more than a minute and not published, although the broker has nothing left of ours: the dispatcher does not do
# its round. (While many ids lie in the broker it holds back the rest on purpose.)
_FORGOTTEN = """
SELECT EXISTS (
        SELECT FROM jobs_job
        WHERE state = 'queued' AND published_at IS NULL AND run_after < now() - interval '60 s')
    AND NOT EXISTS (SELECT FROM jobs_job WHERE state = 'queued' AND published_at IS NOT NULL)
"""


def web() -> str:
    """What is wrong with the web process of this container; empty when nothing."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".")
    client = http.client.HTTPConnection("127.0.0.1", PORT, timeout=4)
    try:
        client.request("GET", "/healthz", headers={"Host": host})
        status = client.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"no answer: {error}"
    else:
        return "" if status == http.client.OK else f"/healthz answers {status}"
    finally:
        client.close()


def worker() -> str:
    """Whether this container's worker is deaf. A deaf one is ended, so that the restart policy replaces it.

    An unhealthy container is otherwise only marked: nothing restarts it.
    """
    if not Watchdog(os.environ["DATABASE_URL"]).silent([full_name("worker")]):
        return ""
    for process in psutil.process_iter(["ppid", "cmdline"]):
        if process.info["ppid"] == 1 and "matchmaking.celery_app" in (process.info["cmdline"] or ()):
            process.send_signal(signal.SIGKILL)
    return "no sign of life for a minute although work is due"


def dispatcher() -> str:
    """Whether due work is being published."""
    try:
        opened = psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=3, options="-c statement_timeout=3000")
    except psycopg2.Error:
        return ""  # the database has a health check of its own
    try:
        with opened.cursor() as cursor:
            cursor.execute(_FORGOTTEN)
            row = cursor.fetchone()
    except psycopg2.Error as error:
        return f"the jobs cannot be read: {error}"
    else:
        return "work waits unpublished for more than a minute" if row and row[0] else ""
    finally:
        opened.close()


def main(arguments: list[str]) -> int:
    checks = {"web": web, "worker": worker, "dispatcher": dispatcher}
    if len(arguments) != 1 or arguments[0] not in checks:
        complain(f"usage: python -m matchmaking.devstack.health {'|'.join(checks)}")
        return 2
    for name in os.environ.keys() - clean_environment(os.environ).keys():
        del os.environ[name]
    if problem := checks[arguments[0]]():
        complain(problem)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
