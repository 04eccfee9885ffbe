"""The rig of the fault harness: real workers, dispatcher and Valkey on a database of their own, and what kills them."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg2
import psycopg2.extensions
from django.db import connection

from matchmaking.devstack import process
from matchmaking.devstack.console import tail
from matchmaking.devstack.layout import PROJECT, Layout
from matchmaking.devstack.valkey import Valkey
from matchmaking.devstack.watchdog import Watchdog, full_name

WORKERS = ("w1", "w2")
WORKER_OPTIONS = "--pool prefork -c 1 --without-gossip --without-mingle --without-heartbeat -l WARNING"
LIMITS = {"JOB_LEASE_SECONDS": "4", "JOB_REPUBLISH_SECONDS": "2", "JOB_MAX_ATTEMPTS": "50"}
SILENCE = 20.0  # seconds without a beat, while work is due, after which a worker counts as deaf


class Server:
    """The PostgreSQL server of the test run, for making databases and ending sessions."""

    def __init__(self) -> None:
        self._settings = connection.settings_dict

    def connect(self, database: str = "postgres") -> psycopg2.extensions.connection:
        known = self._settings
        opened = psycopg2.connect(
            host=known["HOST"] or None,
            port=known["PORT"] or None,
            user=known["USER"],
            password=known["PASSWORD"] or None,
            dbname=database,
            connect_timeout=5,
        )
        opened.autocommit = True
        return opened

    def url(self, database: str) -> str:
        known = self._settings
        secret = f":{quote(known['PASSWORD'])}" if known["PASSWORD"] else ""
        if str(known["HOST"]).startswith("/"):
            return f"postgres://{known['USER']}@/{database}?host={quote(known['HOST'], safe='/')}"
        return f"postgres://{known['USER']}{secret}@{known['HOST']}:{known['PORT'] or 5432}/{database}"

    def run(self, statement: str, *values: Any, database: str = "postgres") -> list[tuple[Any, ...]]:
        opened = self.connect(database)
        try:
            with opened.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            opened.close()

    def drop(self, database: str) -> None:
        self.run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


@dataclass
class Rig:
    """Everything that runs. `faults` breaks it; `tend` keeps it running, as the supervisor of an instance does."""

    directory: Path
    server: Server
    database: str
    workload: str
    guarded: bool = True
    limits: dict[str, str] = field(default_factory=dict)
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)
    revived: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.layout = Layout.at(self.directory)
        self.layout.prepare()
        self.valkey = Valkey(self.layout)
        self.watchdog = Watchdog(self.server.url(self.database), silence=SILENCE)
        self._valkey_due = 0.0

    # -- running -------------------------------------------------------------------------------------------------

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return inherited | LIMITS | self.limits | {
            "DJANGO_SETTINGS_MODULE": "tests.long.settings",
            "DATABASE_URL": self.server.url(self.database),
            "CELERY_BROKER_URL": self.valkey.url,
            "TONGTI_DATA": str(self.layout.data),
            "TONGTI_JOB_GUARD": "1" if self.guarded else "0",
            "LOG_LEVEL": "INFO",
        }  # fmt: skip

    def _command(self, name: str) -> list[str]:
        if name == "dispatcher":
            return [sys.executable, "manage.py", "dispatch"]
        options = [*WORKER_OPTIONS.split(), "-n", f"{name}@%h"]
        return [sys.executable, "-m", "celery", "-A", "matchmaking.celery_app", "worker", *options]

    def start(self, name: str) -> None:
        if name == "valkey":
            self.children[name] = self.valkey.start()
        else:
            log = self.layout.log / f"{name}.log"
            self.children[name] = process.spawn(self._command(name), env=self.environment(), log=log, cwd=PROJECT)
        self.started[name] = time.time()

    def ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database of this rig."""
        return self.server.run(statement, *values, database=self.database)

    def tend(self) -> None:
        """Start again what has ended, and end the workers that live but do not hear."""
        for name, child in list(self.children.items()):
            if child.poll() is not None and not (name == "valkey" and time.monotonic() < self._valkey_due):
                process.kill_group(child.pid)
                self.revived[name] += 1
                self.start(name)
        for name in self.watchdog.deaf({full_name(one): self.started[one] for one in WORKERS}):
            self.revived[f"deaf {name.partition('@')[0]}"] += 1
            self._kill(name.partition("@")[0])

    @contextmanager
    def running(self) -> Iterator[Poster]:
        poster = Poster(self)
        try:
            for name in ("valkey", "dispatcher", *WORKERS):
                self.start(name)
            self._wait_for_workers()
            yield poster
        finally:
            poster.end()
            for name in ("dispatcher", *WORKERS, "valkey"):
                if name in self.children:
                    self._kill(name)

    def _wait_for_workers(self) -> None:
        """Until every worker has heard its own beat, so that the first faults hit something."""
        until = time.monotonic() + 30
        while self.ask("SELECT count(*) FROM jobs_workerbeat")[0][0] < len(WORKERS):
            if time.monotonic() > until:
                raise RuntimeError(f"the workers do not answer; see {self.layout.log}")
            self.tend()
            time.sleep(0.1)

    # -- breaking ------------------------------------------------------------------------------------------------

    FAULTS = ("child", "dispatcher", "flush", "session", "valkey", "worker")

    def cause(self, fault: str, chance: random.Random) -> None:
        """Break one thing; `chance` decides which, where there are several."""
        match fault:
            case "child":
                self._kill_pool_child(chance)
            case "dispatcher":
                self._kill("dispatcher")
            case "flush":
                self._flush()
            case "session":
                self._end_session(chance)
            case "valkey":
                self._kill_valkey(chance)
            case "worker":
                self._kill(chance.choice(WORKERS))
            case _:
                raise ValueError(fault)

    def _kill(self, name: str) -> None:
        child = self.children[name]
        process.kill_group(child.pid)
        child.wait()

    def _kill_pool_child(self, chance: random.Random) -> None:
        try:
            pool = psutil.Process(self.children[chance.choice(WORKERS)].pid).children()
        except psutil.NoSuchProcess:
            return
        if pool:
            process.send(chance.choice(pool).pid, signal.SIGKILL)

    def _flush(self) -> None:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            try:
                client.connect(str(self.valkey.socket))
                client.sendall(b"FLUSHALL\r\n")
                client.recv(64)
            except OSError:
                return  # it is down at this moment

    def _kill_valkey(self, chance: random.Random) -> None:
        self._kill("valkey")
        self._valkey_due = time.monotonic() + chance.uniform(0.2, 1.0)

    def _end_session(self, chance: random.Random) -> None:
        sessions = self.server.run("SELECT pid FROM pg_stat_activity WHERE datname = %s ORDER BY pid", self.database)
        if sessions:
            self.server.run("SELECT pg_terminate_backend(%s)", chance.choice(sessions)[0])


class Poster:
    """The poster's process, spoken to line by line."""

    def __init__(self, rig: Rig) -> None:
        self._errors = (rig.layout.log / "poster.log").open("ab")
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.long.poster", rig.workload],
            env=rig.environment(),
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )

    def ask(self, command: str) -> Any:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(command.encode() + b"\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            raise RuntimeError(f"the poster ended at “{command}”:\n{tail(Path(self._errors.name))}")
        return json.loads(line)

    def end(self) -> None:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.kill()
        self._child.wait()
        self._child.stdin.close()
        self._child.stdout.close()
        self._errors.close()


def run_manage(rig: Rig, *arguments: str) -> str:
    """Run a Django command on the rig's database and return its output."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=rig.environment(),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    return done.stdout
