"""An upload of 20,000 achievements: rows a second against openpyxl alone and against django-import-export.

    python bench/import_.py [--rows 20000 --bad 200]

One file, three readers, one run: openpyxl reading it read-only and doing nothing else; the portal's check (parser in
its bounded process, form, comparison, preview stored), commit and undo; and, where IMPORT_EXPORT_PYTHON names an
interpreter that has django-import-export, the same file through its dry run and its import (`import_peer.py` says what
that leaves out). Each runs in a process of its own. Memory is the worker's together with its parser's, looked at every
20 ms; for the others it is the peak of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from platform_ import ROOT, instance, report

PEER = "IMPORT_EXPORT_PYTHON"
BARE = """
import json, resource, sys, time
from openpyxl import load_workbook
started = time.perf_counter()
book = load_workbook(sys.argv[1], read_only=True, data_only=True)
rows = sum(any(cell is not None for cell in row) for row in book.active.iter_rows(values_only=True))
print(json.dumps({"rows": rows, "seconds": round(time.perf_counter() - started, 2),
                  "cpu": round(time.process_time(), 1),
                  "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--bad", type=int, default=200, help="rows with a planted error")
    parser.add_argument("--upload", metavar="FILE", help=argparse.SUPPRESS)  # what the process of the portal does
    chosen = parser.parse_args()
    if chosen.upload:
        print(json.dumps(upload(Path(chosen.upload))))
        return
    with tempfile.TemporaryDirectory(prefix="tongti-import-") as directory, instance():
        path = Path(directory) / "achievements.xlsx"
        counts = [str(chosen.rows), str(chosen.bad)]
        subprocess.run([sys.executable, "-m", "tests.workbooks", str(path), *counts], cwd=ROOT, check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        load = os.getloadavg()[0]
        bare = _run([sys.executable, "-c", BARE, str(path)])
        ours = _run([sys.executable, __file__, "--upload", str(path)])
        peer = (
            _run([os.environ[PEER], str(ROOT / "bench" / "import_peer.py"), str(path)]) if PEER in os.environ else None
        )
        report("import", rows=chosen.rows, bad=chosen.bad, megabytes=round(path.stat().st_size / 1e6, 1),
               load=round(load, 1), openpyxl=bare, portal=ours, import_export=peer)  # fmt: skip


def upload(path: Path) -> dict[str, Any]:
    """Check, commit and undo the file as the jobs do it; seconds and the most memory of each."""
    import django

    django.setup()
    from django.core.files.uploadedfile import SimpleUploadedFile

    from matchmaking.accounts.enums import OrganisationKind, Role
    from matchmaking.intake.services import imports, undoing
    from tests.factories.accounts import OrganisationFactory, member
    from tests.factories.programmes import programme

    owner = OrganisationFactory(kind=OrganisationKind.UNIVERSITY)
    by = member(owner, Role.UNIVERSITY_OFFICER)
    with SimpleUploadedFile(path.name, path.read_bytes()) as file:
        batch = imports.start_import(by=by, kind="achievement", owner=owner, programme=programme(), upload=file)
    steps = {"check": _work(batch)}
    counts = {name: count for name, count in batch.counts.items() if count}
    imports.commit_batch(by=by, batch=batch, version=batch.version, leave_out_invalid=True)
    steps["commit"] = _work(batch)
    undoing.undo_batch(by=by, batch=batch, version=batch.version)
    steps["undo"] = _work(batch)
    assert batch.state == "undone", batch.state
    return {**steps, "counts": counts}


def _work(batch: Any) -> dict[str, Any]:
    from matchmaking.jobs.runner import run_due_jobs

    with most_memory() as peak:
        started, cpu = time.perf_counter(), _cpu()
        run_due_jobs()
        seconds, cpu = time.perf_counter() - started, _cpu() - cpu
    batch.refresh_from_db()
    rows = sum(batch.counts.get(name, 0) for name in ("new", "changed", "unchanged", "invalid"))
    return {"seconds": round(seconds, 1), "cpu": round(cpu, 1), "rows_a_second": round(rows / seconds),
            "peak_mb": peak[0]}  # fmt: skip


def _cpu() -> float:
    """Processor seconds of this process and of its parser, without those of the database."""
    from matchmaking.common.spreadsheet.reader import end_keepers

    end_keepers()  # the system counts them and their forks when they have ended
    parser = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + parser.ru_utime + parser.ru_stime


@contextmanager
def most_memory() -> Iterator[list[int]]:
    """The most resident memory of this process and its children in the block, in MiB."""
    peak, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            peak[0] = max(peak[0], _resident(os.getpid()) // 1024)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def _resident(pid: int) -> int:
    """Memory of a process and its children in KiB, pages they share counted once; nothing for one that has ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        children = [int(word) for task in Path(f"/proc/{pid}/task").iterdir() for word in _children(task)]
    except (OSError, ValueError):
        return 0
    own = int(rollup.split("\nPss:")[1].split()[0]) if "\nPss:" in rollup else 0
    # A child that has not begun its own program yet is our memory once more.
    return own + sum(_resident(child) for child in children if _command(child) != _command(os.getpid()))


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def _children(task: Path) -> list[str]:
    return (task / "children").read_text().split()


def _run(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True,
                          text=True, check=False)  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    main()
