"""The health checks of the containers: healthy, unhealthy, and what a deaf worker gets."""

import http.server
import threading

import psutil
import pytest

from matchmaking.devstack import health
from matchmaking.devstack.watchdog import full_name

TABLES = """
CREATE TABLE jobs_workerbeat (name text PRIMARY KEY, pid int, beat_at timestamptz);
CREATE TABLE jobs_job (state text, run_after timestamptz, lease_until timestamptz, published_at timestamptz);
"""
OVERDUE = "INSERT INTO jobs_job VALUES ('queued', now() - interval '61 s', NULL, NULL)"
PUBLISHED = "INSERT INTO jobs_job VALUES ('queued', now() - interval '61 s', NULL, now())"


@pytest.fixture
def run(database, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database.url)
    opened = database.connect("tongti")

    def execute(*statements):
        with opened.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    yield execute
    opened.close()


def test_dispatcher(run):
    assert "cannot be read" in health.dispatcher()
    run(TABLES)
    assert health.dispatcher() == ""
    run(OVERDUE)
    assert "unpublished" in health.dispatcher()
    run(PUBLISHED)  # the broker is full on purpose: the rest may wait
    assert health.dispatcher() == ""


def test_deaf_worker_is_ended_and_nothing_else(run, monkeypatch):
    ended = []

    class Process:
        def __init__(self, name, **info):
            self.name, self.info = name, info

        def send_signal(self, signum):
            ended.append((self.name, signum))

    monkeypatch.setattr(
        psutil,
        "process_iter",
        lambda fields: [
            Process("init", ppid=0, cmdline=["docker-init"]),
            Process("worker", ppid=1, cmdline=["python", "-m", "celery", "-A", "matchmaking.celery_app"]),
            Process("pool", ppid=7, cmdline=["python", "-m", "celery", "-A", "matchmaking.celery_app"]),
            Process("other", ppid=1, cmdline=["python"]),
            Process("gone", ppid=1, cmdline=None),
        ],
    )
    run(TABLES)
    assert (health.worker(), ended) == ("", [])
    run(OVERDUE)
    assert "no sign of life" in health.worker()
    assert ended == [("worker", 9)]
    run(f"INSERT INTO jobs_workerbeat VALUES ('{full_name('worker')}', 1, now())")
    assert health.worker() == ""


@pytest.mark.parametrize(("status", "problem"), [(200, ""), (503, "/healthz answers 503")])
def test_web_asks_by_a_name_that_the_portal_answers_to(monkeypatch, status, problem):
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["Host"]))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        monkeypatch.setattr(health, "PORT", server.server_port)
        monkeypatch.setenv("ALLOWED_HOSTS", ".portal.example.org,other.example.org")
        assert health.web() == problem
        thread.join()
    assert asked == [("/healthz", "portal.example.org")]
    assert "no answer" in health.web()


def test_exit_codes(monkeypatch, capsys):
    monkeypatch.setattr(health, "web", lambda: "")
    assert health.main(["web"]) == 0
    monkeypatch.setattr(health, "web", lambda: "trouble")
    assert health.main(["web"]) == 1
    assert capsys.readouterr().err == "trouble\n"
    assert health.main([]) == 2
