"""The whole batch: needs × achievements and experts, read, ranked with reasons, stored, proposed.

    python bench/batch.py [--needs 5000 --achievements 5000 --experts 1000]

Reports seconds, peak memory, and the share spent in the engine, in Python around it and in the database.
"""

from __future__ import annotations

import argparse
import os
import random
import time

from platform_ import Stopwatch, instance, peak_mb, report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--needs", type=int, default=5_000)
    parser.add_argument("--achievements", type=int, default=5_000)
    parser.add_argument("--experts", type=int, default=1_000)
    chosen = parser.parse_args()
    with instance():
        fill(chosen)
        measure(chosen)


def fill(chosen: argparse.Namespace) -> None:
    """Fill the pools with load texts: the generator of the sample data above scale 1."""
    from django.db import transaction

    from matchmaking.programmes.models import Programme
    from matchmaking.sampledata import pools, texts
    from matchmaking.sampledata.organisations import World, build_organisations

    pools.ACHIEVEMENTS, pools.NEEDS, pools.EXPERTS = chosen.achievements, chosen.needs, chosen.experts
    pools.ACHIEVEMENT_STATES, pools.NEED_STATES = [pools.A.ACCEPTED], [pools.N.PUBLISHED]
    pools.EXPERT_STATES = [pools.ExpertState.IN_POOL]
    texts.variants = texts.load_texts  # nothing but load texts beyond the written ones
    world = World(rng=random.Random(1))
    with transaction.atomic():
        build_organisations(world, scale=3, industries=sorted({row["industry"] for row in texts.written("needs")}))
        programmes = list(Programme.objects.order_by("code"))
        pools.fill_achievements(world, programmes, scale=1)
        pools.fill_needs(world, programmes, scale=1)
        pools.fill_experts(world, programmes, scale=1)


def measure(chosen: argparse.Namespace) -> None:
    from django.db import connection
    from django.db.backends.utils import CursorWrapper

    from matchmaking.engine import ranking, statistics
    from matchmaking.jobs.runner import run
    from matchmaking.matching.enums import RunScope
    from matchmaking.matching.models import Candidate, Match
    from matchmaking.matching.services import runs

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    watch = Stopwatch()
    watch.wrap(ranking.Index, "rank", "engine")
    build = ranking.Index.build
    ranking.Index.build = staticmethod(lambda *args: _timed(watch, build, args))
    watch.wrap(statistics, "fit", "engine")
    for name in ("execute", "executemany"):
        watch.wrap(CursorWrapper, name, "database")
    inner = runs.copy_rows
    runs.copy_rows = lambda *args: _timed(watch, inner, args, "database")
    before, load = reference(), os.getloadavg()[0]
    started = time.perf_counter()
    with watch.timing("python"):
        run(runs.start_run(by=None, scope=RunScope.ALL).job_id)
    whole = time.perf_counter() - started
    after = reference()
    report(
        "batch",
        load_before=round(load, 1),
        load_after=round(os.getloadavg()[0], 1),
        reference_seconds=[round(before, 2), round(after, 2)],
        ratio=round(whole / ((before + after) / 2), 1),
        needs=chosen.needs,
        achievements=chosen.achievements,
        experts=chosen.experts,
        candidates=Candidate.objects.count(),
        proposed=Match.objects.count(),
        seconds=round(whole, 1),
        peak_mb=peak_mb(),
        share={name: round(seconds / whole, 3) for name, seconds in watch.seconds.items()},
    )


def reference() -> float:
    """Seconds of a fixed piece of work: a sparse product and a loop of Python, as much as the machine now gives."""
    import numpy as np
    from scipy import sparse

    draw = np.random.default_rng(1)
    matrix = sparse.random(5_000, 50_000, density=0.004, format="csr", rng=draw)
    started = time.perf_counter()
    (matrix @ matrix.T).sum()
    total = 0
    for number in range(5_000_000):
        total += number & 7
    return time.perf_counter() - started


def _timed(watch: Stopwatch, inner, args, name: str = "engine"):
    with watch.timing(name):
        return inner(*args)


if __name__ == "__main__":
    main()
