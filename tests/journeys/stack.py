"""An instance for the browser journeys: real web server, dispatcher, worker and Valkey on a database of its own.

The commands are those of `./portal up`; only the database server is the suite's.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matchmaking.devstack import process
from matchmaking.devstack.console import tail
from matchmaking.devstack.layout import PROJECT, Layout
from matchmaking.devstack.up import DISPATCHER_COMMAND, web_command, worker_command
from matchmaking.devstack.valkey import Valkey
from tests.long.rig import Server

PATIENCE = 60.0
# Runs what it is told, one line of JSON after the other: code, arguments; answers what the code printed, or its fault.
INSIDE = """
import contextlib, io, json, sys, traceback
import django
django.setup()
for line in sys.stdin:
    code, values = json.loads(line)
    said = io.StringIO()
    sys.argv = ["inside", *values]
    try:
        with contextlib.redirect_stdout(said):
            exec(code, {})
        told = {"said": said.getvalue()}
    except Exception:
        told = {"fault": traceback.format_exc()}
    print(json.dumps(told), flush=True)
"""


@dataclass
class Stack:
    """What runs, and what the journeys need to know of it: `url`, and the `facts` that the world tells of itself."""

    directory: Path
    server: Server
    database: str
    run: Path  # shared by the processes of the run
    facts: dict[str, Any] = field(default_factory=dict)
    url: str = ""
    _children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _inside: subprocess.Popen[str] | None = None

    def __post_init__(self) -> None:
        self.layout = Layout.at(self.directory)
        self.layout.prepare()
        self.valkey = Valkey(self.layout)

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "DJANGO_ALLOW"))}
        return inherited | {
            "DJANGO_SETTINGS_MODULE": "matchmaking.settings.test",
            "DATABASE_URL": self.server.url(self.database),
            "CELERY_BROKER_URL": self.valkey.url,
            "ALLOWED_HOSTS": "127.0.0.1",
            "TONGTI_EMBEDDED": "1",
            "TONGTI_DATA": str(self.layout.data),
            "MEDIA_ROOT": str(self.layout.media),
            "LOG_LEVEL": "INFO",
        }

    @contextmanager
    def running(self) -> Iterator[Stack]:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(64)
            listener.set_inheritable(True)
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            try:
                self._children["valkey"] = self.valkey.start()
                self._spawn("warming", ["-m", "tests.compiling", str(self.run)])  # a journey has no time for it
                self._fill()
                self._spawn("web", web_command(listener.fileno()), [listener.fileno()])
                self._spawn("dispatcher", DISPATCHER_COMMAND)
                self._spawn("w1", worker_command("w1"))
                self._wait("web", self._answers)
                self._wait("w1", self._worker_is_up)
                self._children["warming"].wait()
                yield self
            finally:
                if self._inside is not None:
                    self._inside.communicate()  # ends it
                for child in reversed(self._children.values()):
                    process.kill_group(child.pid)
                    child.wait()

    def _fill(self) -> None:
        """Tables, reference data, people and pools, by one process that prints the facts."""
        command = [sys.executable, "-m", "tests.journeys.world"]
        done = subprocess.run(command, env=self.environment(), cwd=PROJECT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"the world could not be made:\n{done.stderr[-3000:]}")
        self.facts = json.loads(done.stdout.splitlines()[-1])

    def tell(self, code: str, *values: str) -> str:
        """Run Python inside the instance, as its operator could, in one process for all; return what it printed."""
        if self._inside is None:
            self._inside = subprocess.Popen(
                [sys.executable, "-c", INSIDE],
                env=self.environment(),
                cwd=PROJECT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._inside.stdin is not None
        assert self._inside.stdout is not None
        self._inside.stdin.write(json.dumps([code, values]) + "\n")
        self._inside.stdin.flush()
        told = json.loads(self._inside.stdout.readline() or '{"fault": "it has ended"}')
        assert "fault" not in told, told["fault"]
        return str(told["said"])

    def _spawn(self, name: str, command: list[str], descriptors: list[int] | None = None) -> None:
        self._children[name] = process.spawn(
            [sys.executable, *command],
            env=self.environment() | {process.ROLE_VARIABLE: name},
            log=self.layout.log / f"{name}.log",
            cwd=PROJECT,
            death_signal=signal.SIGTERM,
            pass_fds=descriptors or [],
        )

    def _answers(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
        return False

    def _worker_is_up(self) -> bool:
        return bool(self.server.run("SELECT count(*) FROM jobs_workerbeat", database=self.database)[0][0])

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not ready():
            if self._children[name].poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"“{name}” does not come up:\n{tail(self.layout.log / f'{name}.log')}")
            time.sleep(0.1)


@contextmanager
def own_database(server: Server, template: str) -> Iterator[str]:
    name = f"journeys_{time.time_ns()}"
    server.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield name
    finally:
        server.drop(name)
