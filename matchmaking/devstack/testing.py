"""`./portal test`: the suite on servers of its own, which vanish with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from matchmaking.devstack.layout import PROJECT, Layout, new_keys
from matchmaking.devstack.postgres import Postgres, clean_environment
from matchmaking.devstack.process import DATA_VARIABLE
from matchmaking.devstack.servers import cores, run_in_terminal, throw_away

MOST_WORKERS = 4  # each has a database of its own; more of them cost more to prepare than they save


def parallel_options(arguments: Sequence[str]) -> list[str]:
    """The pytest options that spread the suite over processes; none when that would only be in the way.

    In the way: the caller chose (`-n`, `--dist`, `-p no:xdist`), wants a debugger, or runs a single test.
    """
    for position, argument in enumerate(arguments):
        if argument.startswith(("-n", "--numprocesses", "--dist", "--pdb", "--trace", "-pno:xdist")):
            return []
        if argument == "no:xdist" and position and arguments[position - 1] == "-p":
            return []
    places = [argument for argument in arguments if not argument.startswith("-")]
    if len(places) == 1 and "::" in places[0]:
        return []
    workers = min(cores(), MOST_WORKERS)
    # loadgroup: tests that share something costly, such as the browser journeys' instance, stay in one process
    # (tests/spreading.py says which).
    return ["-n", str(workers), "--dist", "loadgroup"] if workers > 1 else []


def environment(layout: Layout, urls: dict[str, str]) -> dict[str, str]:
    """What a process of the test suite or of a check finds in its environment."""
    layers = clean_environment(os.environ) | new_keys() | urls | Postgres(layout).client_environment()
    layers.pop("PYTHONDONTWRITEBYTECODE", None)  # a run starts hundreds of processes that import the same modules
    return layers | {
        "DJANGO_SETTINGS_MODULE": "matchmaking.settings.test",
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1,[::1]",
        "TONGTI_EMBEDDED": "1",
        DATA_VARIABLE: str(layout.data),
        "MEDIA_ROOT": str(layout.media),
        "MAIL_DIR": str(layout.mail),
    }


def run(arguments: Sequence[str]) -> int:
    """Run pytest with our additions and return its exit code."""
    with throw_away() as (layout, urls):
        command = [sys.executable, "-m", "pytest", *parallel_options(arguments), *arguments]
        return run_in_terminal(command, environment(layout, urls), PROJECT)
