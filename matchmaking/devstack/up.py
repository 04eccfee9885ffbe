"""`./portal up`: bring an instance up, keep it up, take it down in order."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial

from matchmaking.devstack import notes, process
from matchmaking.devstack.console import DevstackError, Ticker, report, say, step, tail
from matchmaking.devstack.instance import Instance
from matchmaking.devstack.layout import PROJECT, Layout, held
from matchmaking.devstack.supervisor import Service, StopRequested, Supervisor
from matchmaking.devstack.watchdog import Watchdog, full_name

WORKERS = ("w1", "w2")
WEB_PROCESSES = 2
DETACHED = "TONGTI_DETACHED"
_DATABASE, _BROKER, _PROGRAMS = 1, 2, 3  # tiers: the last started stops first


def run(layout: Layout, *, port: int, scale: str, detach: bool) -> int:
    if detach and not os.environ.get(DETACHED):
        from matchmaking.devstack import detached

        return detached.launch(layout, port=port, scale=scale)
    begun = time.monotonic()
    layout.prepare()
    supervisor = Supervisor(layout)
    supervisor.listen()
    with held(layout, "up"):
        if any(layout.run.glob("*.pid")) and (count := process.end_leftovers(layout.data)):
            say(f"  ended {count} processes that an earlier start left behind")
        (layout.run / "up.pid").write_text(f"{os.getpid()}\n")
        start = _Start(Instance.at(layout), supervisor, begun)
        try:
            start.everything(port, scale)
            _keep_going(supervisor, Watchdog(Instance.at(layout).database_url))
        except StopRequested:
            say("Stopping …")
        finally:
            start.cool()
            supervisor.stop()
            (layout.run / "up.pid").unlink(missing_ok=True)
    say("Stopped.")
    return 0


def _keep_going(supervisor: Supervisor, watchdog: Watchdog) -> None:
    for _ in supervisor.turns():
        workers = {full_name(s.name): s.started_at for s in supervisor.services if s.name in WORKERS and s.pid}
        for name in watchdog.deaf(workers):
            report(f"{name} has given no sign of life although work is due; it is started again.")
            supervisor.restart(name.partition("@")[0])


@dataclass
class _Start:
    """The steps of a start, in the order in which they need each other."""

    instance: Instance
    supervisor: Supervisor
    begun: float
    # Compiles what ranks a batch, behind everything else, and ends by itself: seconds where that was done before.
    warming: subprocess.Popen[bytes] | None = None

    def everything(self, port: int, scale: str) -> None:
        layout = self.instance.layout
        say(f"Tongti 同题, data in {layout.data}")
        listener = _listen(port)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        self.supervisor.facts = {"pid": os.getpid(), "url": url, "data": str(layout.data), "ready": False}
        self.servers()
        if not self.instance.own_database:
            notes.claim(self.instance.database_url)
        env = self.instance.environment()
        self.fill(env, scale)
        self.web(env, listener)
        self.supervisor.wait(lambda: _status(url, "healthz", 0.3) == 200, "web", 60)
        self.supervisor.wait(lambda: _status(url, "", 20) in range(200, 500), "web", 10)  # 500 is no start
        self.workers(env)
        say(f"Ready after {time.monotonic() - self.begun:.1f} s: {url}")
        if not os.environ.get(DETACHED):
            say("Ctrl-C stops it.")
        self.supervisor.facts["ready"] = True
        self.supervisor.publish()
        self.warm(env)

    def warm(self, env: dict[str, str]) -> None:
        """Begin the compiling, if it has not begun."""
        if self.warming is None:
            self.warming = self.spawn("warming", env, WARMING_COMMAND)

    def cool(self) -> None:
        """End the compiling, if it has not ended."""
        if self.warming is not None:
            self.warming.kill()
            self.warming.wait()

    def servers(self) -> None:
        """Start both servers at once and wait until both answer."""
        postgres, valkey = self.instance.postgres, self.instance.valkey
        if self.instance.own_broker:
            self.supervisor.add(Service("valkey", valkey.start, _BROKER))
        if self.instance.own_database:
            if not postgres.exists():
                say("  making the database …")
            postgres.initialise()
            # SIGINT is PostgreSQL's fast shutdown: it ends open sessions and writes everything down.
            self.supervisor.add(Service("postgres", postgres.start, _DATABASE, signal.SIGINT, patience=30))
            self.supervisor.wait(postgres.is_ready, "postgres", 60)
            postgres.ensure_database()
        if self.instance.own_broker:
            self.supervisor.wait(valkey.is_ready, "valkey", 30)

    def fill(self, env: dict[str, str], scale: str) -> None:
        """Tables and reference data up to date, and sample data on the first start."""
        url = self.instance.database_url
        known = notes.recall(url)
        if "sample" not in known and scale != "0":
            self.warm(env)  # beside the tables: the sample data are matched, which would wait for it
        if known.get("schema") != notes.schema_fingerprint(url) or not known.get("schema"):
            self.command(env, "tables", "migrate", "--noinput")
            self.command(env, "code tables", "load_vocabularies", SPARED)
            self.command(env, "programmes", "load_programmes", SPARED)
            notes.note(url, {"schema": notes.schema_fingerprint(url)})
        if "sample" not in known:
            if scale != "0":
                self.command(env, "sample data", "seed", SPARED, "--scale", scale, "--seed", "1")
            notes.note(url, {"sample": scale})

    def command(self, env: dict[str, str], what: str, *arguments: str) -> None:
        """Run a Django command to its end; its output goes to a log of its own."""
        log = self.instance.layout.log / f"{arguments[0]}.log"
        with step(what):
            child = process.spawn([sys.executable, "manage.py", *arguments], env=env, log=log, cwd=PROJECT)
            if self.supervisor.finish(child, Ticker(log)) != 0:
                raise DevstackError(f"“manage.py {' '.join(arguments)}” failed. The end of {log}:\n{tail(log)}")

    def web(self, env: dict[str, str], listener: socket.socket) -> None:
        """Start the web server. The listening socket stays ours, so a restart loses no connection."""
        start = partial(self.spawn, "web", env, web_command(listener.fileno()), listener)
        self.supervisor.add(Service("web", start, _PROGRAMS))

    def workers(self, env: dict[str, str]) -> None:
        """Start what works behind the pages; after the first of them, which it would keep waiting."""
        add = self.supervisor.add
        for name in WORKERS:
            add(Service(name, partial(self.spawn, name, env, worker_command(name)), _PROGRAMS, patience=20))
        add(Service("dispatcher", partial(self.spawn, "dispatcher", env, DISPATCHER_COMMAND), _PROGRAMS))

    def spawn(
        self, name: str, env: dict[str, str], command: list[str], listener: socket.socket | None = None
    ) -> subprocess.Popen[bytes]:
        # When we are killed, nobody waits for a worker to finish its chunk: the leases give the work to others. It is
        # killed, and its pool with it (jobs/orphans.py): one that has just begun, and whose broker has ended as well,
        # hangs on a gentler signal. What compiles has nothing to put in order. SIGINT ends gunicorn and its workers.
        ways = {"web": signal.SIGINT, "dispatcher": signal.SIGTERM}
        hurry = ways.get(name, signal.SIGKILL)
        return process.spawn(
            [sys.executable, *command],
            env=env | {process.ROLE_VARIABLE: name},
            log=self.instance.layout.log / f"{name}.log",
            cwd=PROJECT,
            death_signal=hurry,
            pass_fds=[listener.fileno()] if listener else [],
        )


# -- the commands of our processes; docker-compose.yml runs the same programs ---------------------------------

SPARED = "--skip-checks"  # of Django: `migrate` makes them, and nothing changes between two commands
DISPATCHER_COMMAND = ["manage.py", "dispatch"]
WARMING_COMMAND = ["-m", "matchmaking.engine.kernel.warm"]


def web_command(descriptor: int) -> list[str]:
    options = f"--worker-class gthread --workers {WEB_PROCESSES} --threads 8 --timeout 60 --graceful-timeout 5"
    return [
        *("-m", "gunicorn", "matchmaking.wsgi:application", "--bind", f"fd://{descriptor}", *options.split()),
        "--preload",  # imports once for both processes: a faster start and less memory
        "--no-control-socket",  # its place in the home directory would be shared by all instances
        *("--config", "python:matchmaking.common.serving"),  # its log, and the headers of its own refusals
    ]


def worker_command(name: str) -> list[str]:
    # Without gossip, mingle and heartbeat a worker survives the loss of its broker far more often.
    options = "--pool prefork -c 1 --without-gossip --without-mingle --without-heartbeat --max-tasks-per-child 200"
    return [
        "-m",
        "celery",
        "-A",
        "matchmaking.celery_app",
        "worker",
        *options.split(),
        "-n",
        f"{name}@%h",
        "-l",
        "INFO",
    ]


# -- the port --------------------------------------------------------------------------------------------------


def _listen(port: int) -> socket.socket:
    """A listening socket on the wished port, or on the next free one."""
    for candidate in [*range(port, min(port + 20, 65536)), 0]:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", candidate))
            listener.listen(128)
        except OSError:
            listener.close()
            continue
        if (taken := listener.getsockname()[1]) != port:
            say(f"  port {port} is busy; taking {taken}")
        return listener
    raise DevstackError("There is no free port on 127.0.0.1.")


def _status(url: str, path: str, seconds: float) -> int:
    """HTTP status of a page, 0 while nobody answers."""
    client = http.client.HTTPConnection(url.removeprefix("http://").rstrip("/"), timeout=seconds)
    try:
        client.request("GET", f"/{path}")
        return client.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        client.close()
