"""Keeps processes running: one loop, no threads.

A service that ends is started again after a pause that doubles while it keeps failing. What its main process left in
its group (the pool of a worker) is ended first. `stop` goes through the services in the reverse order of their tier,
and signals only the main process of each, so that a worker can finish its chunk.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from matchmaking.devstack import process
from matchmaking.devstack.console import DevstackError, report, tail
from matchmaking.devstack.layout import Layout

FIRST_PAUSE = 0.5  # seconds before the first restart; doubles up to
LONGEST_PAUSE = 30.0
STEADY = 20.0  # seconds after which a process counts as having worked
_TICK = 0.1


class StopRequested(Exception):
    """Somebody asked the supervisor to end (Ctrl-C, SIGTERM, hang-up)."""


@dataclass
class Service:
    """A process that shall always run. `tier` orders stopping: higher tiers stop first."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    tier: int
    stop_signal: int = signal.SIGTERM
    patience: float = 10.0  # seconds between the stop signal and SIGKILL
    child: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0  # time.time()
    restarts: int = 0
    failures: int = 0  # ends in a row, each soon after its start
    due: float = 0.0  # time.monotonic() of the next start

    @property
    def pid(self) -> int | None:
        return self.child.pid if self.child and self.child.returncode is None else None


@dataclass
class Supervisor:
    layout: Layout
    services: list[Service] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)  # published beside the list of processes
    stop_signals: int = 0
    _published: object = None

    def listen(self) -> None:
        """Turn the usual signals into a request to stop. A second one stops without patience."""
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._asked_to_stop)

    def _asked_to_stop(self, signum: int, _frame: Any) -> None:
        self.stop_signals += 1

    # -- running ---------------------------------------------------------------------------------------------

    def add(self, service: Service) -> Service:
        """Start a service and keep it running from now on."""
        self.services.append(service)
        self._launch(service)
        return service

    def find(self, name: str) -> Service | None:
        return next((service for service in self.services if service.name == name), None)

    def _launch(self, service: Service) -> None:
        try:
            service.child = service.start()
        except (DevstackError, OSError) as error:
            report(f"{service.name} could not be started: {error}")
            service.child = None
            self._schedule(service)
            return
        service.started_at = time.time()
        (self.layout.run / f"{service.name}.pid").write_text(f"{service.child.pid}\n")

    def _schedule(self, service: Service) -> None:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(service.failures, 10))
        service.failures += 1
        service.due = time.monotonic() + pause

    def _bury(self, service: Service) -> None:
        """A service ended by itself: clear what it left and plan its restart."""
        assert service.child is not None
        process.kill_group(service.child.pid)
        (self.layout.run / f"{service.name}.pid").unlink(missing_ok=True)
        if time.time() - service.started_at > STEADY:
            service.failures = 0
        report(f"{service.name} ended ({_how(service.child.returncode)}) and is started again.")
        service.child = None
        service.restarts += 1
        self._schedule(service)

    def tick(self) -> None:
        """Collect what ended, start what is due, publish what changed."""
        for service in self.services:
            if service.child is not None and service.child.poll() is not None:
                self._bury(service)
            if service.child is None and time.monotonic() >= service.due:
                self._launch(service)
        self.publish()

    def turns(self, seconds: float | None = None) -> Iterator[None]:
        """Supervise, handing over every tenth of a second; ends after `seconds`, or with StopRequested."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while deadline is None or time.monotonic() < deadline:
            if self.stop_signals:
                raise StopRequested
            self.tick()
            yield
            time.sleep(_TICK)

    def wait(self, ready: Callable[[], bool], what: str, seconds: float) -> None:
        """Supervise until `ready`; a sentence with the end of its log when it takes too long or keeps dying."""
        service = self.find(what)
        for _ in self.turns(seconds):
            if ready():
                return
            if service and service.failures > 3:
                break
        raise DevstackError(
            f"{what} does not answer as it should. The end of its log:\n{tail(self.layout.log / f'{what}.log')}"
        )

    def finish(self, child: subprocess.Popen[bytes], meanwhile: Callable[[], None] = lambda: None) -> int:
        """Supervise until a one-time command has ended, calling `meanwhile` all along; returns its exit code."""
        try:
            for _ in self.turns():
                if child.poll() is not None:
                    break
                meanwhile()
        finally:
            if child.poll() is None:
                child.terminate()
                _wait([child], 5)
                process.kill_group(child.pid)
                child.wait()
        return child.returncode

    def restart(self, name: str) -> None:
        """End a service at once; the next tick starts it again. For one that is alive but deaf."""
        service = self.find(name)
        if service and service.child and service.child.poll() is None:
            process.kill_group(service.child.pid)
            service.child.wait()

    # -- telling ---------------------------------------------------------------------------------------------

    def publish(self) -> None:
        """Write `run/instance.json` when something changed; `status` and `manage` read it."""
        state = self.facts | {
            "processes": [
                {
                    "name": service.name,
                    "pid": service.pid,
                    "since": service.started_at,
                    "restarts": service.restarts,
                }
                for service in self.services
            ],
        }
        if state != self._published:
            self.layout.remember("instance", state)
            self._published = state

    # -- ending ----------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop every service, tier by tier from the top; within a tier all at once."""
        asked = self.stop_signals
        for tier in sorted({service.tier for service in self.services}, reverse=True):
            crew = [(service, service.child) for service in self.services if service.tier == tier and service.child]
            for service, child in crew:
                if child.poll() is None:
                    child.send_signal(service.stop_signal)
            for service, child in crew:
                # A second request (an impatient Ctrl-C) ends the waiting.
                _wait([child], service.patience, lambda: self.stop_signals > asked)
                process.kill_group(child.pid)
                child.wait()
                (self.layout.run / f"{service.name}.pid").unlink(missing_ok=True)
        self.services.clear()
        self.layout.forget("instance")


def _wait(children: list[subprocess.Popen[bytes]], seconds: float, hurried: Callable[[], bool] = lambda: False) -> None:
    deadline = time.monotonic() + seconds
    while any(child.poll() is None for child in children) and time.monotonic() < deadline and not hurried():
        time.sleep(0.02)


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"
