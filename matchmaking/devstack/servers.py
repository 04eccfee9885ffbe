"""PostgreSQL and Valkey for the length of one command: the suite, the checks, `portal manage` on a stopped instance."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from matchmaking.devstack import process
from matchmaking.devstack.console import DevstackError, tail
from matchmaking.devstack.layout import Layout
from matchmaking.devstack.postgres import Postgres
from matchmaking.devstack.valkey import Valkey


def wait_for(what: str, ready: Callable[[], bool], child: subprocess.Popen[bytes], log: Path, seconds: float) -> None:
    """Wait until a server answers; a sentence with the end of its log when it died or does not."""
    deadline = time.monotonic() + seconds
    while not ready():
        if child.poll() is not None or time.monotonic() > deadline:
            raise DevstackError(f"{what} did not start. The end of {log}:\n{tail(log)}")
        time.sleep(0.02)


def _stop(child: subprocess.Popen[bytes], signum: int) -> None:
    if child.poll() is None:
        child.send_signal(signum)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextmanager
def running(
    layout: Layout, *, fast: bool = False, database: bool = True, broker: bool = True
) -> Iterator[dict[str, str]]:
    """The servers on `layout`, gone afterwards; yields the variables that lead to them."""
    postgres, valkey = Postgres(layout, fast=fast), Valkey(layout)
    with ExitStack() as stack:
        if broker:
            queue = valkey.start()
            stack.callback(_stop, queue, signal.SIGTERM)
        if database:
            postgres.initialise()
            server = postgres.start()
            stack.callback(_stop, server, signal.SIGINT)
            wait_for("PostgreSQL", postgres.is_ready, server, postgres.log, 60)
            postgres.ensure_database()
        if broker:
            wait_for("Valkey", valkey.is_ready, queue, valkey.log, 30)
        yield {"DATABASE_URL": postgres.url, "CELERY_BROKER_URL": valkey.url}


@contextmanager
def throw_away() -> Iterator[tuple[Layout, dict[str, str]]]:
    """Both servers in a directory of their own that is removed afterwards. SIGTERM cleans up as well."""
    signal.signal(signal.SIGTERM, _leave)
    directory = tempfile.mkdtemp(prefix="tongti-")
    try:
        layout = Layout.at(directory)
        layout.prepare()
        with running(layout, fast=True) as urls:
            yield layout, urls
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _do_nothing(signum: int, _frame: Any) -> None:
    return


def _leave(signum: int, _frame: Any) -> None:
    raise SystemExit(128 + signum)


def run_in_terminal(command: list[str], env: Mapping[str, str], cwd: Path) -> int:
    """Run a command that owns the terminal and return its exit code.

    Ctrl-C belongs to it, not to us: we must live on to stop the servers. It dies with us, though.
    """
    previous = signal.signal(signal.SIGINT, _do_nothing)  # not SIG_IGN: the child would inherit that
    try:
        child = process.spawn(command, env=env, cwd=cwd, own_session=False)
        code = child.wait()
    finally:
        signal.signal(signal.SIGINT, previous)
    return code if code >= 0 else 128 - code


def cores() -> int:
    """Processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
