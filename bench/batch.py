"""The whole batch: needs × achievements and experts, read, ranked with reasons, stored, proposed, assigned.

    python bench/batch.py [--needs 5000 --achievements 5000 --experts 1000] [--workers 2] [--top 20] [--verify]

The run's own job works in this process, helpers in others, as workers of the platform do. The model is fitted before
the clock starts (a nightly job does it). Then 1 % of all records change and an incremental run follows; `--verify`
ranks everything once more and compares bit for bit. `--top`: achievements, and experts, in the list of a need, 20 as
in the product; 10 make 100,000 rows of 5,000 needs. Reports seconds of processor by step, summed over the workers;
`database` are those of PostgreSQL.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from typing import Any

from platform_ import Stopwatch, database_seconds, instance, peak_mb, report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--needs", type=int, default=5_000)
    parser.add_argument("--achievements", type=int, default=5_000)
    parser.add_argument("--experts", type=int, default=1_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--top", type=int, help="length of each of the two lists of a need, that of the product if none"
    )
    parser.add_argument("--verify", action="store_true", help="compare the incremental run with a full one")
    parser.add_argument("--help-with", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.help_with is not None:
        import django

        django.setup()
        help_with(chosen.help_with)
        return
    os.environ["MATCH_HELPERS"] = str(chosen.workers - 1)
    with instance():
        fill(chosen)
        cut_lists(chosen.top)
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


def cut_lists(top: int | None) -> None:
    """Let the runs of this process have lists of another length; helpers read the policy of their run."""
    from dataclasses import replace

    from matchmaking.matching import snapshot

    if top is not None:
        policy = replace(snapshot.default_policy(), top=top)
        snapshot.default_policy = lambda: policy


def measure(chosen: argparse.Namespace) -> None:
    from matchmaking.matching import snapshot
    from matchmaking.matching.models import Candidate, Match
    from matchmaking.matching.services.digest import candidates_digest

    analyse()
    before, load = reference(), os.getloadavg()[0]
    started = time.perf_counter()
    fit()
    fitted = time.perf_counter() - started
    full, whole, steps = timed_run()
    proposed = Match.objects.count()
    changed = change_a_hundredth()
    short, part, part_steps = timed_run(incremental=True)
    figures: dict[str, Any] = {}
    if chosen.verify:
        again, _seconds, _steps = timed_run()
        analyse()  # the tables have grown tenfold since
        figures["equal"] = candidates_digest(short) == candidates_digest(again)
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
        workers=chosen.workers,
        top=snapshot.default_policy().top,
        candidates=Candidate.objects.filter(run=full).count(),
        proposed=proposed,
        fit_seconds=round(fitted, 1),
        seconds=round(whole, 1),
        processor_seconds=round(sum(steps.values()), 1),
        steps=steps,
        peak_mb=peak_mb(),
        changed=changed,
        incremental_seconds=round(part, 2),
        incremental_processor_seconds=round(sum(part_steps.values()), 2),
        incremental_share=round(sum(part_steps.values()) / sum(steps.values()), 4),
        incremental_steps=part_steps,
        incremental_counts=short.counts,
        **figures,
    )


def analyse() -> None:
    """Let the database count its rows, as its own housekeeping would within minutes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def fit() -> None:
    """Fit the model that the runs then stand on."""
    from matchmaking.matching.enums import RunScope
    from matchmaking.matching.models import MatchRun
    from matchmaking.matching.services import runs

    run = runs.start_run(by=None, scope=RunScope.ALL)
    runs.statistics_for(run, runs.fit_if_due(run, lambda: None))
    MatchRun.objects.filter(pk=run.pk).delete()


def timed_run(**how: Any) -> tuple[Any, float, dict[str, float]]:
    """Carry out a run over everything with all workers; return it, its seconds, and those of processor by step."""
    from django.conf import settings

    from matchmaking.jobs.runner import run
    from matchmaking.matching.enums import RunScope
    from matchmaking.matching.services import runs

    watch = stopwatch()
    command = [sys.executable, __file__, "--help-with"]
    made = runs.start_run(by=None, scope=RunScope.ALL, **how)
    helpers = [subprocess.Popen([*command, str(made.pk)], stdout=subprocess.PIPE, text=True)
               for _number in range(settings.MATCH_HELPERS)]  # fmt: skip
    for helper in helpers:
        helper.stdout.readline()  # it is up, as the workers of the platform are before there is a run
    before = database_seconds()
    started = time.perf_counter()
    with watch.timing("rest"):
        run(made.job_id, raise_errors=True)
    seconds = time.perf_counter() - started
    made.refresh_from_db()
    steps = dict(watch.seconds) | {"database": database_seconds() - before}
    for helper in helpers:
        told = json.loads(helper.communicate()[0].splitlines()[-1])
        steps |= {name: steps.get(name, 0.0) + value for name, value in told.items()}
    return made, seconds, {name: round(value, 2) for name, value in steps.items()}


def help_with(run_id: int) -> None:
    """Be the worker of the helper's job of a run, as soon as there is one; print the seconds of its steps."""
    from matchmaking.jobs.models import Job
    from matchmaking.jobs.runner import run
    from matchmaking.matching.models import MatchRun
    from matchmaking.matching.warming import load_libraries

    watch = stopwatch()
    load_libraries()  # a worker does when it starts
    print("ready", flush=True)
    while not MatchRun.objects.filter(pk=run_id, finished_at__isnull=False).exists():
        helping = Job.objects.filter(kind__in=["match_pool", "match_shards"], args__run=run_id, state="queued")
        waiting = helping.order_by("pk").first()
        if waiting is not None:
            with watch.timing("rest"):
                run(waiting.pk)
        time.sleep(0.02)
    print(json.dumps(watch.seconds))


_watch = None


def stopwatch() -> Stopwatch:
    """The one of this process, set to nothing; the steps are wrapped once."""
    global _watch  # noqa: PLW0603 (functions are wrapped once a process)
    if _watch is not None:
        _watch.seconds.clear()
        return _watch
    from matchmaking.engine import ranking, stored
    from matchmaking.matching import indexes, snapshot
    from matchmaking.matching.services import assigning, candidates, planning, shards

    _watch = Stopwatch()
    for name in ("need_profiles", "offer_profiles", "expert_profiles"):
        _watch.wrap(snapshot, name, "read")
    _watch.wrap(planning, "read_pool", "read")
    _watch.wrap(snapshot, "build_pool", "index")
    _watch.wrap(stored, "save", "index")
    _watch.wrap(indexes, "load", "index")
    for name in ("rank", "score_pairs"):
        _watch.wrap(ranking.Index, name, "score")
    _watch.wrap(candidates, "store", "write")
    _watch.wrap(candidates, "take_over", "write")
    _watch.wrap(shards, "propose", "propose")
    _watch.wrap(planning, "divide", "plan")
    _watch.wrap(assigning, "assign", "assign")
    return _watch


def change_a_hundredth() -> dict[str, int]:
    """Edit 1 % of all needs, achievements and experts: a clause more in a text that the engine reads."""
    from django.db.models import F, Value
    from django.db.models.functions import Concat

    from catalog.models import Achievement
    from experts.models import Expert
    from needs.models import NeedBody, TechNeed

    draw = random.Random(2)
    edited = {}
    for model, texts, field in ((TechNeed, NeedBody, "goal"), (Achievement, Achievement, "summary"),
                                (Expert, Expert, "directions")):  # fmt: skip
        keys = list(model.objects.matched().order_by("public_no").values_list("pk", flat=True))
        chosen = draw.sample(keys, max(1, len(keys) // 100))
        longer = Concat(F(field), Value("，并能在线检测裂纹"))
        texts.objects.filter(**{"need__in" if texts is NeedBody else "pk__in": chosen}).update(**{field: longer})
        model.objects.filter(pk__in=chosen).update(version=F("version") + 1, text_version=F("text_version") + 1)
        edited[model.__name__] = len(chosen)
    return edited


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


if __name__ == "__main__":
    main()
