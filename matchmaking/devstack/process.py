"""Starting, recognising and ending processes.

Every child gets a session of its own (so that Ctrl-C in the terminal reaches only the supervisor, which then stops
the children in order) and, on Linux, a parent-death signal: when the supervisor is killed the kernel ends the
children. Elsewhere the next start finds what was left by its pid files.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import psutil

PR_SET_PDEATHSIG = 1
ROLE_VARIABLE = "TONGTI_CHILD"  # marks a supervised child; commands typed by a person never carry it
DATA_VARIABLE = "TONGTI_DATA"
_LOG_LIMIT = 10_000_000  # bytes after which a log is put aside at the next start of its process

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with_parent(death_signal: int, parent: int) -> Callable[[], None]:
    """Build the hook that runs in the child between fork and exec."""

    def hook() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != parent:  # the parent died before the line above took effect
                os._exit(1)

    return hook


def spawn(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    log: Path | None = None,
    cwd: Path | None = None,
    death_signal: int = signal.SIGTERM,
    own_session: bool = True,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a child that does not outlive us. Must be called from the main thread.

    (The kernel sends the parent-death signal when the *thread* that forked ends.) With `log`, output is appended to
    that file and input is empty; without it the child shares our terminal.
    """
    hook = _die_with_parent(death_signal, os.getpid())
    command = [str(part) for part in argv]
    with ExitStack() as stack:
        output = stack.enter_context(_opened_log(log)) if log else None
        return subprocess.Popen(
            command,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL if log else None,
            stdout=output,
            stderr=subprocess.STDOUT if log else None,
            start_new_session=own_session,
            pass_fds=pass_fds,
            preexec_fn=hook,  # noqa: PLW1509 - the devstack has no threads
        )


def _opened_log(log: Path) -> BinaryIO:
    """Open a log for appending; one that has grown large is put aside first."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    return log.open("ab")


def is_alive(pid: int) -> bool:
    """Whether the process runs. A zombie does not: in containers nobody may ever collect it."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def command_line(pid: int) -> list[str]:
    """The arguments of a process; empty when it is gone or hides them."""
    try:
        return list(psutil.Process(pid).cmdline())
    except psutil.Error:
        return []


def working_directory(pid: int) -> Path | None:
    """The current directory of a process, None when it is gone or may not be read."""
    try:
        return Path(psutil.Process(pid).cwd())
    except (psutil.Error, OSError):
        return None


def find_children_of(data: Path) -> list[int]:
    """Processes that an earlier supervisor of this data directory started, found by their environment.

    The whole environment is compared, not a pid file, so a reused process id is never mistaken for ours.
    """
    found = []
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except (psutil.Error, OSError):
            continue
        ours = environment.get(DATA_VARIABLE) == str(data) and ROLE_VARIABLE in environment
        if ours and process.pid != os.getpid() and is_alive(process.pid):
            found.append(process.pid)
    return found


def send(pid: int, signum: int) -> None:
    try:
        os.kill(pid, signum)
    except (ProcessLookupError, PermissionError):
        return


def kill_group(pgid: int) -> None:
    """End whatever is left in the process group of a dead child (pool processes of a worker, say)."""
    try:
        os.killpg(pgid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def wait_until_gone(pids: Iterable[int], seconds: float) -> list[int]:
    """Wait for processes that may not be our children; returns those still alive."""
    waiting = list(pids)
    deadline = time.monotonic() + seconds
    while waiting := [pid for pid in waiting if is_alive(pid)]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return waiting


def end_leftovers(data: Path) -> int:
    """Stop what an earlier, killed supervisor of this data directory left running; returns how many.

    PostgreSQL is left alone here: it has its own, gentler way (see `postgres.stop_orphan`).
    """
    pids = [pid for pid in find_children_of(data) if "postgres" not in " ".join(command_line(pid)[:1])]
    for pid in pids:
        send(pid, signal.SIGTERM)
    for pid in wait_until_gone(pids, 5):
        send(pid, signal.SIGKILL)
    wait_until_gone(pids, 2)
    return len(pids)
