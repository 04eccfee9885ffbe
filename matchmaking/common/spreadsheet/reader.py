"""Asking the bounded process for a table, and making one of a few refusals of whatever it dies of."""

import atexit
import json
import logging
import signal
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import IO, Any

from matchmaking.common.spreadsheet import archive
from matchmaking.common.spreadsheet.keeper import Keeper
from matchmaking.common.spreadsheet.limits import Limits
from matchmaking.common.spreadsheet.refusal import WorkbookRefused
from matchmaking.common.spreadsheet.table import Facts, StoredTable, Table

logger = logging.getLogger(__name__)

_ROOT = str(Path(__file__).resolve().parents[3])
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from matchmaking.common.spreadsheet.worker import main; raise SystemExit(main(sys.argv[2]))"
)
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
_keepers: list[Keeper] = []  # those that wait for a file


def inspect(path: str | Path, *, name: str, limits: Limits | None = None) -> None:
    """The checks that unpack nothing, for the request that takes the file: size, kind, directory of the archive.

    `name` is the name under which the person uploaded it. Raises WorkbookRefused.
    """
    limits = limits or Limits()
    with Path(path).open("rb") as handle:
        if archive.kind_of(handle, name, limits) == "xlsx":
            with archive.open_archive(handle, limits) as opened:
                archive.check_parts(opened, limits)


def open_table(path: str | Path, *, name: str, limits: Limits | None = None, prefer: Sequence[str] = ()) -> StoredTable:
    """Read the one table of a file; `prefer` are names of sheets to be taken before the first visible one.

    The rows stay in a temporary file until the table is closed. Takes up to `limits.wall_seconds`, so call it outside a
    transaction. Raises WorkbookRefused for whatever the bytes say, and OSError when this machine cannot open the file
    or start the process: that is no fault of the file.
    """
    limits = limits or Limits()
    request = json.dumps({"name": name, "limits": limits.as_dict(), "prefer": list(prefer)})
    answer = tempfile.TemporaryFile()  # noqa: SIM115  (stays open as long as the table)
    try:
        with Path(path).open("rb") as source, tempfile.TemporaryFile() as errors:
            ended = _run(source, answer, errors, request, limits.wall_seconds)
            if ended != 0:
                raise WorkbookRefused(_cause_of(ended, errors, name))
        return StoredTable.of(answer)
    except (ValueError, LookupError, TypeError) as error:
        answer.close()
        logger.warning("a table could not be read: %s: %r", name, error)
        raise WorkbookRefused("unreadable") from error
    except BaseException:
        answer.close()
        raise


def read_table(path: str | Path, *, name: str, limits: Limits | None = None, prefer: Sequence[str] = ()) -> Table:
    """As `open_table`, with all rows in memory."""
    with closing(open_table(path, name=name, limits=limits, prefer=prefer)) as stored:
        lines = list(stored)
    facts = {one.name: getattr(stored, one.name) for one in fields(Facts)}
    return Table(**facts, rows=[cells for _n, cells in lines], numbers=[number for number, _c in lines])


def _run(source: IO[bytes], answer: IO[bytes], errors: IO[bytes], request: str, wall_seconds: int) -> int:
    """The exit status of the reading process; it is killed when its time is over."""
    keeper = _keeper()
    ended = keeper.run([source, answer, errors], request, wall_seconds)
    _keepers.append(keeper)
    return ended


def _keeper() -> Keeper:
    """One that has nothing to do; threads that read at the same time have one each."""
    wanted = _ROOT, _START, _ENVIRONMENT
    while _keepers:
        if (keeper := _keepers.pop()).is_for(*wanted):
            return keeper
        keeper.leave()
    return Keeper(*wanted)


def end_keepers() -> None:
    """End the processes that wait for files; the next file starts one anew."""
    while _keepers:
        _keepers.pop().leave()


atexit.register(end_keepers)


def _cause_of(ended: int, errors: Any, name: str) -> str:
    errors.seek(0)
    said = errors.read(20_000).decode("utf-8", "replace")
    logger.warning("the process reading %r ended with %s: %s", name, ended, said[-1000:])
    if ended in {-signal.SIGXCPU, -signal.SIGKILL}:
        return "too_slow"
    return "too_much_memory" if "MemoryError" in said else "unreadable"
