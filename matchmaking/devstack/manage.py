"""`./portal manage …`: any Django command against an instance, running or not."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from matchmaking.devstack import servers
from matchmaking.devstack.console import DevstackError
from matchmaking.devstack.instance import Instance
from matchmaking.devstack.layout import PROJECT, Layout, held, holder_of

# Wants to look into a database, any will do: it gets an empty one when no instance runs.
WITH_ANY_DATABASE = frozenset({"makemigrations"})
# Commands that open no database; they run at once, also where no instance was ever started.
WITHOUT_DATABASE = frozenset(
    {
        "help",
        "version",
        "--version",
        "--help",
        "-h",
        "check",
        "collectstatic",
        "compilemessages",
        "diffsettings",
        "evaluate",
        "findstatic",
        "makemessages",
        "rank",
        "startapp",
    }
)


def needs_database(arguments: Sequence[str]) -> bool:
    if not arguments or {"--help", "-h"} & set(arguments):
        return False
    return arguments[0] not in WITHOUT_DATABASE or any(a.startswith("--database") for a in arguments)


def run(layout: Layout, arguments: Sequence[str]) -> int:
    """Run the command with the environment of the instance; starts its servers for the duration when it is down."""
    instance = Instance.at(layout)
    command = [sys.executable, "manage.py", *arguments]
    holder = holder_of(layout)
    ours_needed = instance.own_database or instance.own_broker
    if holder or not ours_needed or not needs_database(arguments):
        if holder and holder["what"] != "up" and needs_database(arguments):
            raise DevstackError(f"{layout.data} is in use by “portal {holder['what']}”; try again when that has ended.")
        os.chdir(PROJECT)
        os.execve(  # noqa: S606 - our own interpreter, and no shell is wanted
            sys.executable, command, instance.environment(create_keys=layout.data.exists())
        )
    if arguments[:1] and arguments[0] in WITH_ANY_DATABASE and instance.own_database:
        with servers.throw_away() as (elsewhere, _):
            return servers.run_in_terminal(command, Instance.at(elsewhere).environment(), PROJECT)
    layout.prepare()
    name = next((argument for argument in arguments if not argument.startswith("-")), "")
    with (
        held(layout, f"manage {name}".strip()),
        servers.running(layout, database=instance.own_database, broker=instance.own_broker),
    ):
        return servers.run_in_terminal(command, instance.environment(), PROJECT)
