"""Seconds and memory of `seed --scale S`, with and without matching, each on an instance of its own.

python bench/seed.py [--scale 20] [--no-matching]
"""

from __future__ import annotations

import argparse
import os
import time

from platform_ import instance, peak_mb, report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=int, default=20)
    parser.add_argument("--no-matching", action="store_true")
    chosen = parser.parse_args()
    with instance():
        measure(chosen)


def measure(chosen: argparse.Namespace) -> None:
    from django.core.management import call_command

    from catalog.models import Achievement
    from experts.models import Expert
    from matchmaking.accounts.models import Organisation
    from matchmaking.matching.models import Candidate, Match
    from needs.models import TechNeed

    load = os.getloadavg()[0]
    started = time.perf_counter()
    call_command("seed", scale=chosen.scale, no_matching=chosen.no_matching)
    seconds = time.perf_counter() - started
    rows = {model.__name__: model.objects.count() for model in (Achievement, TechNeed, Expert, Organisation, Match,
                                                                Candidate)}  # fmt: skip
    report("seed", scale=chosen.scale, matching=not chosen.no_matching, load_before=round(load, 1),
           seconds=round(seconds, 1), peak_mb=peak_mb(), rows=rows)  # fmt: skip


if __name__ == "__main__":
    main()
