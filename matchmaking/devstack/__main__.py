"""`python -m matchmaking.devstack`, reached through `./portal`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from matchmaking.devstack.console import DevstackError, complain
from matchmaking.devstack.layout import PROJECT, Layout
from matchmaking.devstack.postgres import clean_environment

USAGE = """\
./portal up [--port N] [--data DIR] [--detach] [--scale S]   start everything and print the address
./portal down [--data DIR]                                   stop it
./portal status [--data DIR] [--json]                        what runs, since when
./portal logs [NAME] [--data DIR] [-f]                       the end of the logs
./portal manage [--data DIR] COMMAND …                       any Django command on this instance
./portal test [pytest arguments]                             the test suite, on servers of its own
./portal check                                               format, lint, types, contracts, migrations, deployment
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./portal", usage=USAGE, add_help=True)
    commands = parser.add_subparsers(dest="command", required=True)
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--data", default=str(PROJECT / "var"), help="where the instance keeps everything (var/)")

    up = commands.add_parser("up", parents=[where], help="start everything and print the address")
    up.add_argument("--port", type=_port, default=8000, help="8000; a free one is taken when it is busy")
    up.add_argument("--detach", action="store_true", help="return when the page answers")
    up.add_argument("--scale", default="1", help="size of the sample data on the first start; 0 for none")

    commands.add_parser("down", parents=[where], help="stop it")
    status = commands.add_parser("status", parents=[where], help="what runs, since when")
    status.add_argument("--json", action="store_true", help="for programs")
    logs = commands.add_parser("logs", parents=[where], help="the end of the logs")
    logs.add_argument("name", nargs="?", help="one process, as ./portal status names it")
    logs.add_argument("-f", "--follow", action="store_true", help="go on until Ctrl-C")
    return parser


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text} is not a port between 1 and 65535")
    return int(text)


def _layout(data: str) -> Layout:
    """A relative --data counts from where the command was typed; the bootstrap has changed directory since."""
    return Layout.at(Path(os.environ.get("TONGTI_FROM", ".")) / data)


def _manage(arguments: Sequence[str]) -> int:
    """`manage` takes everything that follows, so only a leading --data is ours."""
    from matchmaking.devstack import manage

    rest, data = list(arguments), str(PROJECT / "var")
    if rest and rest[0] == "--data" and len(rest) > 1:
        data, rest = rest[1], rest[2:]
    elif rest and rest[0].startswith("--data="):
        data, rest = rest[0].removeprefix("--data="), rest[1:]
    return manage.run(_layout(data), rest)


def _dispatch(arguments: Sequence[str]) -> int:
    # Imported where needed: `up` on a fresh machine has no test tools, and every command starts faster.
    if arguments and arguments[0] == "test":
        from matchmaking.devstack import testing

        return testing.run(arguments[1:])
    if arguments and arguments[0] == "check":
        from matchmaking.devstack import checks

        return checks.run(arguments[1:])
    if arguments and arguments[0] == "manage":
        return _manage(arguments[1:])
    options = _parser().parse_args(arguments)
    layout = _layout(options.data)
    if options.command == "up":
        from matchmaking.devstack import up

        return up.run(layout, port=options.port, scale=options.scale, detach=options.detach)
    from matchmaking.devstack import control

    if options.command == "down":
        return control.down(layout)
    if options.command == "status":
        return control.status(layout, as_json=options.json)
    return control.logs(layout, options.name, follow=options.follow)


def main() -> int:
    for name in os.environ.keys() - clean_environment(os.environ).keys():
        del os.environ[name]  # PG* variables would redirect our own connections too
    try:
        return _dispatch(sys.argv[1:])
    except DevstackError as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
