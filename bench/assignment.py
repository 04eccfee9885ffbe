"""The assignment of a whole run: needs × targets × places, with excluded pairs, units, least and greatest loads.

    python bench/assignment.py                  # 5k × 1k × 3 and 100k × 10k × 3, the engine alone
    python bench/assignment.py --stored 5000    # read from, solved for and written to the database

Every need is offered its best 20 by a score with a few favourites, as real lists have them: without a limit the busiest
target stands on several times the mean. The greatest load is a fifth above what the places ask for on average, the
least load 3; 1 % of the pairs is excluded; every tenth target shares its unit with nine others. Reported are seconds of
the greatest total and of the fair variant, whether the flow is optimal (it raises otherwise), and what both are worth.
"""

from __future__ import annotations

import argparse
import io
import os
import time

from platform_ import instance, report

ROWS = ((5_000, 1_000), (100_000, 10_000))
PLACES, OFFERED, LEAST = 3, 20, 3
FAVOUR = 0.007  # gives the loads of real score matrices: the busiest about four times the mean, Gini about .34


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", type=int, metavar="NEEDS", help="measure with the database, with this many needs")
    parser.add_argument("--rows", type=int, default=len(ROWS), help="how many of the sizes of the engine alone")
    chosen = parser.parse_args()
    if chosen.stored:
        stored(chosen.stored)
        return
    for needs, targets in ROWS[: chosen.rows]:
        engine_alone(needs, targets)


def offered(needs: int, targets: int):
    """The best pairs of every need: scores between 0.45 and 1, some targets liked by everybody a little more."""
    import numpy as np

    draw = np.random.default_rng(1)
    favour = draw.gamma(2.0, FAVOUR, targets)
    rows, columns, scores = [], [], []
    for need in range(needs):
        near = draw.choice(targets, size=min(targets, 4 * OFFERED), replace=False)
        liked = draw.random(len(near)) * 0.4 + favour[near]
        best = near[np.argsort(-liked)[:OFFERED]]
        kept = best[draw.random(len(best)) > 0.01]
        rows.append(np.full(len(kept), need))
        columns.append(kept)
        scores.append(np.clip(0.45 + np.sort(draw.random(len(kept)))[::-1] * 0.5, 0.45, 1.0))
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(scores)


def engine_alone(needs: int, targets: int) -> None:
    import numpy as np

    from matchmaking.engine.assignment import Capacities, Pairs, assign, assign_fairly, gini

    pairs = Pairs(*offered(needs, targets))
    most = int(np.ceil(1.2 * PLACES * needs / targets))
    limits = Capacities(np.full(needs, PLACES), np.full(targets, LEAST), np.full(targets, most),
                        np.arange(targets) // 10)  # fmt: skip
    order = np.lexsort((-pairs.scores, pairs.needs))
    first = np.r_[0, np.flatnonzero(np.diff(pairs.needs[order])) + 1]
    place = np.arange(len(order)) - np.repeat(first, np.diff(np.r_[first, len(order)]))
    wished = order[place < PLACES]
    load = os.getloadavg()[0]
    started, working = time.perf_counter(), time.process_time()
    best = assign(pairs, limits)
    middle, worked = time.perf_counter(), time.process_time()
    fair = assign_fairly(pairs, limits, best=best)
    ended = time.perf_counter()
    wished_loads = np.bincount(pairs.targets[wished], minlength=targets)
    report(
        f"assignment {needs} x {targets} x {PLACES}",
        load_before=round(load, 1),
        pairs=len(pairs.needs),
        most=most,
        seconds=round(middle - started, 2),
        processor_seconds=round(worked - working, 2),
        fair_seconds=round(ended - middle, 2),
        total_no_limit=round(float(pairs.scores[wished].sum()), 1),
        total=round(best.total, 1),
        fair_price=round(fair.price / best.total, 5),
        served=[round(best.served, 3), round(fair.served, 3)],
        busiest=[int(wished_loads.max()), int(best.loads.max())],
        gini=[round(gini(wished_loads), 3), round(gini(best.loads), 3)],
        uncovered=len(best.uncovered),
        idle=len(best.idle),
    )


def stored(needs: int) -> None:
    """The same through the product: candidates in the database, assignment rows by COPY."""
    with instance():
        _stored(needs)


def _stored(needs: int) -> None:
    from django.db import connection

    from matchmaking.matching.models import Assignment, AssignmentPlan
    from matchmaking.matching.services.assigning import assign

    run = fill(needs)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    seconds = []
    for _time in range(3):
        started = time.perf_counter()
        assign(run)
        seconds.append(round(time.perf_counter() - started, 2))
    report(
        f"assignment stored: {needs} needs, {needs} achievements, {needs // 5} experts",
        load_before=round(os.getloadavg()[0], 1),
        seconds=seconds,
        places=Assignment.objects.filter(run=run).count(),
        figures={kind: {name: [round(one[key], 3) for key in ("total", "worst", "busiest", "gini")]
                        for name, one in lists.items()}
                 for kind, lists in AssignmentPlan.objects.get(run=run).figures.items()},
    )  # fmt: skip
    page(run)


def fill(needs: int):
    """A run with 20 candidates of each kind for every need: the records of the sample data, scores as above."""
    import argparse as given

    import batch
    from django.db import connection

    from catalog.models import Achievement
    from experts.models import Expert
    from matchmaking.matching.models import MatchRun
    from needs.models import TechNeed

    batch.fill(given.Namespace(needs=needs, achievements=needs, experts=needs // 5))
    run = MatchRun.objects.create(scope="all")
    keys = list(TechNeed.objects.matched().order_by("public_no").values_list("pk", flat=True))
    for kind, model in (("achievement", Achievement), ("expert", Expert)):
        targets = list(model.objects.matched().order_by("public_no").values_list("pk", flat=True))
        columns = (one.tolist() for one in offered(len(keys), len(targets)))
        rows, rank, last = io.StringIO(), 0, -1
        for need, target, score in zip(*columns, strict=True):
            rank = rank + 1 if need == last else 1
            last = need
            rows.write(f"{run.pk},{keys[need]},{targets[target]},{rank},{score!r},t,[]\n")
        rows.seek(0)
        with connection.cursor() as cursor:
            cursor.cursor.copy_expert(
                f"COPY matching_candidate (run_id, need_id, {kind}_id, rank, score, above_floor, reasons) "
                "FROM STDIN WITH (FORMAT csv)", rows)  # fmt: skip
    return run


def page(run) -> None:
    """The fairness page and the list behind a figure, as the secretariat opens them."""
    from django.test import Client

    from matchmaking.accounts.models import User

    secretary = next(person for person in User.objects.filter(is_active=True).order_by("pk") if person.can("match.run"))
    client = Client()
    client.force_login(secretary)
    for name in ("fairness/", "fairness/needs/?kind=achievement", "fairness/loads/?kind=expert", "assigned/"):
        times = []
        for _time in range(5):
            started = time.perf_counter()
            answer = client.get(f"/runs/{run.uuid}/{name}", HTTP_HOST="localhost")
            times.append(time.perf_counter() - started)
            assert answer.status_code == 200, (name, answer.status_code)
        report(f"page {name}", milliseconds=round(1000 * sorted(times)[2]))


if __name__ == "__main__":
    main()
