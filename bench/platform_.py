"""A throw-away instance for a benchmark: its own PostgreSQL, migrated, with vocabularies and programmes.

Every benchmark prints one JSON line with its figures; docs/benchmarks.md holds the results and the machine.
"""

from __future__ import annotations

import json
import os
import platform as machine
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


@contextmanager
def instance() -> Iterator[None]:
    """Start servers in a temporary directory, set Django up on them and load the reference data."""
    from matchmaking.devstack.servers import throw_away
    from matchmaking.devstack.testing import environment

    with throw_away() as (layout, urls):
        os.environ.update(environment(layout, urls) | {"LOG_LEVEL": "WARNING"})
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connection

        options = settings.DATABASES["default"]["OPTIONS"]
        options["options"] += " -c statement_timeout=0"  # a benchmark measures long statements, it does not cut them
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        call_command("migrate", verbosity=0)
        call_command("load_vocabularies", verbosity=0)
        call_command("load_programmes", verbosity=0)
        yield
        connection.close()


def report(name: str, **figures: Any) -> None:
    """Print the figures as one JSON line."""
    print(json.dumps({"bench": name, "machine": where(), **figures}, ensure_ascii=False))


def where() -> dict[str, Any]:
    """The machine, as far as it matters: processor, cores in use, Python."""
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), machine.machine())  # fmt: skip
    return {"cpu": cpu, "cores": len(os.sched_getaffinity(0)), "python": machine.python_version()}


def database_seconds() -> float:
    """Seconds of processor that the PostgreSQL of `instance` has taken so far, with its closed connections."""
    import psutil

    servers = [one for one in psutil.Process().children(recursive=True) if one.name() == "postgres"]
    times = [one.cpu_times() for one in servers]
    return float(sum(one.user + one.system + one.children_user + one.children_system for one in times))


def peak_mb() -> int:
    """Largest resident memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


class Stopwatch:
    """Adds up the seconds of processor that this process spends inside some functions, by name, outermost call only."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def timing(self, name: str) -> Iterator[None]:
        """Time a block; time inside a nested name is taken off the outer one."""
        started = time.process_time()
        before = sum(self.seconds.values())
        try:
            yield
        finally:
            nested = sum(self.seconds.values()) - before
            self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - started - nested

    def wrap(self, owner: Any, attribute: str, name: str) -> None:
        """Replace a function by one that is timed."""
        inner = getattr(owner, attribute)

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.timing(name):
                return inner(*args, **kwargs)

        setattr(owner, attribute, timed)


def git_head() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
