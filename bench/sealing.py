"""Sealing the history: entries a second, what a seal adds to the work of an act, and how long verifying takes.

    taskset -c 0,1 python bench/sealing.py [--entries 10000]

Entries are written by `record()`, one in a transaction each as acts do (a tenth of them), and at once (the rest); then
all are sealed by the sealer's own pieces with each digest, an anchor is put down, and the whole is verified. Aim: a
sealer that keeps up with 500 acts a second, which is more than the site can write.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from platform_ import instance, report


class Thing:
    def __init__(self, number: int) -> None:
        self.uuid, self.public_no = uuid4(), f"CG-2026-{number:06}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=10_000)
    chosen = parser.parse_args()
    with instance(), TemporaryDirectory() as folder:
        from django.conf import settings  # after the instance has set the environment up

        settings.ANCHOR_DIRS = [Path(folder)]
        found = {name: measure(chosen.entries, name) for name in ("sha256", "sm3")}
    report("sealing", entries=chosen.entries, **found)


def measure(entries: int, digest: str) -> dict[str, Any]:
    from django.conf import settings  # see above

    from matchmaking.activity import anchoring, sealing
    from matchmaking.activity.services import record, record_many
    from matchmaking.activity.verifying import verify_history

    settings.HISTORY_DIGEST = digest
    said = {"version": 7, "reason": "图纸不全，请补充检测报告"}
    begun = time.perf_counter()
    alone = entries // 10
    for number in range(alone):
        record(by=None, verb="bench.edited", about=Thing(number), kind="bench", to_state="draft", detail=said)
    writing = time.perf_counter() - begun
    record_many(by=None, verb="bench.edited", about=map(Thing, range(alone, entries)), kind="bench", detail=said)
    sealed, longest, begun = 0, 0.0, time.perf_counter()
    while True:
        one = time.perf_counter()
        if not (done := sealing.seal_entries()):
            break
        sealed, longest = sealed + done, max(longest, time.perf_counter() - one)
    sealing_took = time.perf_counter() - begun
    anchoring.put_anchor()
    anchoring.write_files()
    begun = time.perf_counter()
    whole = verify_history()
    assert whole.finding is None
    return {
        "acts_per_second_alone": round(alone / writing),
        "sealed": sealed,
        "seconds": round(sealing_took, 2),
        "sealed_per_second": round(sealed / sealing_took),
        "longest_transaction": round(longest, 3),
        "verified": whole.last,
        "verify_seconds": round(time.perf_counter() - begun, 2),
    }


if __name__ == "__main__":
    main()
