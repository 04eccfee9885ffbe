"""`./portal up` as a whole, on the real project without sample data: start, look, kill, start again, stop."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from matchmaking.devstack import up
from matchmaking.devstack.instance import Instance
from matchmaking.devstack.layout import PROJECT
from matchmaking.devstack.supervisor import Supervisor
from tests.matchmaking.devstack.helpers import alive, family, until


@pytest.fixture
def portal(layout, clean_env):
    def run(*arguments: str, code: int | None = 0) -> str:
        command, rest = arguments[0], arguments[1:]
        done = subprocess.run(
            [sys.executable, "-m", "matchmaking.devstack", command, "--data", str(layout.data), *rest],
            env=clean_env,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    yield run
    run("down", code=None)


# What a process of the instance is told about itself, and whether it reaches the database.
TELL = """
from django.conf import settings
from django.db import connection
connection.ensure_connection()
print(settings.EMBEDDED, settings.MEDIA_ROOT)
"""


def answers(url: str) -> bool:
    return up._status(url, "healthz", 2) == 200


@pytest.fixture
def busy_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_life_of_an_instance(portal, layout, busy_port):
    """One long test, because making the tables is the slow part."""
    # Not started: said so, and commands that need no database work all the same.
    assert "Nothing runs" in portal("status", code=1)
    assert "dispatch" in portal("manage", "help")

    # First start; the wished port is taken.
    said = portal("up", "--detach", "--scale", "0", "--port", str(busy_port))
    assert f"port {busy_port} is busy; taking" in said
    state = json.loads(portal("status", "--json"))
    assert (state["running"], state["ready"]) == (True, True)
    assert state["url"] in said
    assert answers(state["url"])
    names = {entry["name"]: entry["pid"] for entry in state["processes"]}
    assert set(names) == {"postgres", "valkey", "web", "w1", "w2", "dispatcher"}
    for name, pid in names.items():
        assert int((layout.run / f"{name}.pid").read_text()) == pid
        assert psutil.pid_exists(pid)

    # What ranks a batch is compiled behind the first page, without a fault.
    assert until((layout.log / "warming.log").exists, 5)
    assert "Traceback" not in (layout.log / "warming.log").read_text()

    # A second one on the same data is refused in one sentence.
    assert "already in use by “portal up”" in portal("up", code=1)

    # Django commands reach the running instance, with its keys.
    assert f"True {layout.media}" in portal("manage", "shell", "-v", "0", "-c", TELL)

    # Whatever is killed comes back, and the page answers again.
    for name in ("postgres", "valkey", "web", "w1"):
        os.kill(names[name], signal.SIGKILL)

    def back():
        now = {entry["name"]: entry for entry in json.loads(portal("status", "--json"))["processes"]}
        return all(now[n]["alive"] and now[n]["pid"] != names[n] for n in ("postgres", "valkey", "web", "w1"))

    assert until(back, 15)
    assert until(lambda: answers(state["url"]), 10)

    kill_and_start_again(portal, state["pid"], busy_port)

    # The end, and a command that needs the database while nothing runs.
    children = family(json.loads(portal("status", "--json"))["pid"])
    assert "Stopped" in portal("down")
    assert not alive(children)
    assert not list(layout.run.glob("*.pid"))
    assert "True" in portal("manage", "shell", "-v", "0", "-c", TELL)
    assert "Nothing runs" in portal("down")


def kill_and_start_again(portal, pid, port):
    """kill -9 of `up` leaves nothing, and the next start is quick."""
    children = family(pid)
    assert len(children) > 8
    os.kill(pid, signal.SIGKILL)
    assert until(lambda: not alive(children), 10), [one.cmdline() for one in alive(children)]
    begun = time.monotonic()
    said = portal("up", "--detach", "--scale", "0", "--port", str(port))
    seconds = time.monotonic() - begun
    assert "tables" not in said  # nothing to migrate
    assert seconds < 10, said


@pytest.fixture
def steps(layout, monkeypatch):
    """A start whose steps only say that they were taken, on a database of which nothing is known."""
    taken = []
    start = up._Start(Instance.at(layout, {}), Supervisor(layout), 0.0)
    monkeypatch.setattr(up.notes, "recall", lambda url: {})
    monkeypatch.setattr(up.notes, "schema_fingerprint", lambda url: "")
    monkeypatch.setattr(up.notes, "note", lambda url, facts: None)
    monkeypatch.setattr(start, "command", lambda env, what, *arguments: taken.append(arguments[0]))
    monkeypatch.setattr(start, "spawn", lambda name, env, command: taken.append(name) or name)
    for name in ("servers", "web", "workers"):
        monkeypatch.setattr(start, name, lambda *_given, name=name: taken.append(name))
    monkeypatch.setattr(start.supervisor, "wait", lambda ready, what, seconds: None)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        monkeypatch.setattr(up, "_listen", lambda port: listener)
        yield start, taken


def test_compiling_goes_on_beside_the_tables_where_sample_data_will_be_matched(steps):
    start, taken = steps
    start.everything(0, "1")
    filled = ["migrate", "load_vocabularies", "load_programmes", "seed"]
    assert taken == ["servers", "warming", *filled, "web", "workers"]


def test_first_page_waits_for_neither_compiling_nor_workers(steps):
    start, taken = steps
    start.everything(0, "0")
    assert taken == ["servers", "migrate", "load_vocabularies", "load_programmes", "web", "workers", "warming"]


def test_start_that_fails_says_why_and_leaves_nothing(layout, clean_env, tmp_path):
    """Here because the database of the caller does not exist."""
    env = clean_env | {"DATABASE_URL": f"postgres://app@/x?host={tmp_path}"}
    done = subprocess.run(
        [sys.executable, "-m", "matchmaking.devstack", "up", "--data", str(layout.data)],
        env=env,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "The database cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (layout.data / "pg").exists()
    assert not list(Path(layout.run).glob("*.pid"))
