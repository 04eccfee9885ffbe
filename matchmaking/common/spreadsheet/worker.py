"""The bounded process: reads the file on standard input, writes the table as lines on standard output.

It starts isolated, with an empty environment and no Django, limits itself first and then looks at the file. Whatever
happens it either writes a whole answer or dies; the parent reads the difference.
"""

import contextlib
import gc
import json
import os
import resource
import sys
import warnings
from typing import BinaryIO, TextIO

from matchmaking.common.spreadsheet import archive
from matchmaking.common.spreadsheet.limits import Limits
from matchmaking.common.spreadsheet.refusal import WorkbookRefused
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
    sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl would load it for nothing, 60 MB
    warnings.simplefilter("ignore")
    if kind == "csv":
        from matchmaking.common.spreadsheet.delimited import read_csv

        return read_csv(handle, limits, PassedOn("csv", output=output))
    from matchmaking.common.spreadsheet.package import check_content

    with archive.open_archive(handle, limits) as opened:
        archive.check_parts(opened, limits)
        check_content(opened, limits)
    import openpyxl  # only now: a file that is refused above costs no parser

    if not openpyxl.DEFUSEDXML:
        raise WorkbookRefused("unreadable")
    from matchmaking.common.spreadsheet.sheet import read_workbook

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
