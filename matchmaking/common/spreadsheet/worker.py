"""The bounded process: reads the file on standard input, writes the table as lines on standard output.

It is a fork of the keeper, with an empty environment and no Django; it limits itself first and then looks at the file.
Whatever happens it either writes a whole answer or dies; the owner of the keeper reads the difference.
"""

import contextlib
import gc
import json
import mmap
import os
import resource
import warnings
from typing import BinaryIO, TextIO

import openpyxl

from matchmaking.common.spreadsheet import archive
from matchmaking.common.spreadsheet.delimited import read_csv
from matchmaking.common.spreadsheet.limits import Limits
from matchmaking.common.spreadsheet.package import check_content
from matchmaking.common.spreadsheet.refusal import WorkbookRefused
from matchmaking.common.spreadsheet.sheet import read_workbook
from matchmaking.common.spreadsheet.table import PassedOn, encode_end, encode_refusal


def main(argument: str) -> int:
    """Answer one request: {"name", "limits", "prefer"} in JSON."""
    request = json.loads(argument)
    limits = Limits(**request["limits"])
    _bound_this_process(limits)
    gc.disable()  # a process of seconds; collecting among its many rows would take a third of them
    output = open(1, "w", encoding="utf-8", newline="\n", closefd=False)  # noqa: SIM115
    try:
        _answer(open(0, "rb", closefd=False), output, request, limits)  # noqa: SIM115
    except MemoryError:
        os.truncate(1, 0)
        os.lseek(1, 0, os.SEEK_SET)
        os.write(1, encode_refusal(WorkbookRefused("too_much_memory")).encode())
    return 0


def _answer(handle: BinaryIO, output: TextIO, request: dict[str, object], limits: Limits) -> None:
    """Rows are written as they are read; the last line says whether they count."""
    prefer = list(request["prefer"])  # type: ignore[call-overload]
    try:
        table = _read(handle, str(request["name"]), limits, prefer, output)
    except WorkbookRefused as refusal:
        output.write(encode_refusal(refusal))
    except RecursionError:
        output.write(encode_refusal(WorkbookRefused("unsafe")))
    else:
        output.write(encode_end(table))
    output.flush()


def _read(handle: BinaryIO, name: str, limits: Limits, prefer: list[str], output: TextIO) -> PassedOn:
    kind = archive.kind_of(handle, name, limits)
    warnings.simplefilter("ignore")
    if kind == "csv":
        return read_csv(handle, limits, PassedOn("csv", output=output))
    with archive.open_archive(handle, limits) as opened:
        archive.check_parts(opened, limits)
        check_content(opened, limits)
    if not openpyxl.DEFUSEDXML:
        raise WorkbookRefused("unreadable")
    return read_workbook(handle, limits, prefer, PassedOn("xlsx", output=output))


def _bound_this_process(limits: Limits) -> None:
    bounds = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: limits.memory_bytes,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        with contextlib.suppress(ValueError, OSError):  # macOS does not bound the address space
            resource.setrlimit(kind, (bound, bound))
    try:
        mmap.mmap(-1, mmap.PAGESIZE).close()
    except OSError as error:  # what the fork came with is more already; small files would fit into its gaps
        raise MemoryError from error
