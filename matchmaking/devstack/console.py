"""What the command line says: progress lines, and errors that are one plain sentence."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from time import monotonic


class DevstackError(Exception):
    """Something the person at the keyboard can act on. Its text is printed, without a traceback."""


def say(line: str) -> None:
    """Print one line at once, also when the output is a pipe or a file."""
    # Nobody may be listening any more (a closed terminal, `| head`): that is no reason for an instance to fall over.
    with suppress(OSError):
        print(line, flush=True)


def complain(line: str) -> None:
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def report(line: str) -> None:
    """Say what happened to a running instance, with the time: it may be read much later, in a log."""
    complain(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {line}")


@contextmanager
def step(name: str) -> Iterator[None]:
    """Announce a step that takes a while, and say how long it took."""
    say(f"  {name} …")
    begun = monotonic()
    yield
    say(f"  {name}: done in {monotonic() - begun:.1f} s")


class Ticker:
    """Called again and again, repeats the newest line of a log now and then: the work goes on."""

    def __init__(self, log: Path, seconds: float = 5.0) -> None:
        self.log, self.seconds = log, seconds
        self.said, self.next = "", monotonic() + seconds

    def __call__(self) -> None:
        if monotonic() < self.next:
            return
        self.next = monotonic() + self.seconds
        newest = tail(self.log, 1).strip()
        if newest and newest != self.said:
            say(f"    {newest[:100]}")
            self.said = newest


def tail(path: Path, lines: int = 20) -> str:
    """The last lines of a log file, or an empty string when there is none."""
    try:
        size = path.stat().st_size
        with path.open("rb") as handle:
            handle.seek(max(0, size - 64_000))
            text = handle.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
