"""Search at a million achievements: first pages and facets for a visitor and for an officer, with their plans.

    taskset -c 0,1 python bench/search.py [--rows 1000000 --queries 240 --seed 7 --plans]

The rows are copies of a few thousand (bench/multiplying.py). Queries are drawn from the index itself: frequent words,
words in the middle, rare ones, two words, quoted phrases cut from texts, filters with and without words, numbers.
Each is asked twice through the whole stack (middleware, view, template) in this process, by a visitor and by an
officer, and the second time counts: the cache is warm. Aim: first page p95 ≤ 500 ms, facets ≤ 1.5 s.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import defaultdict
from typing import Any

from filling import Filler
from multiplying import BASES, multiply
from platform_ import instance, report

LIST, FACETS = "/achievements/", "/achievements/facets/"
KINDS = ("frequent", "middle", "rare", "two words", "phrase", "word and filter", "filters", "number")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=240)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--plans", action="store_true", help="print the plans of three searches")
    chosen = parser.parse_args()
    with instance():
        filler = Filler()
        loading = multiply(filler, chosen.rows)
        print(f"loaded: {loading}", flush=True)
        measure(chosen, loading)


def measure(chosen: argparse.Namespace, loading: dict[str, float]) -> None:
    queries = drawn(random.Random(chosen.seed), chosen.queries)
    people = clients()
    rows = []
    for who, client in people.items():
        for kind, query in queries:
            for part, path in (("page", LIST), ("facets", FACETS)):
                ask(client, path, query)
                seconds = ask(client, path, query)
                rows.append({"who": who, "kind": kind, "part": part, "seconds": round(seconds, 4), "query": query})
    show(rows)
    if chosen.plans:
        for name, query in (
            ("frequent", queries[0][1]),
            ("two words", next(q for k, q in queries if k == "two words")),
        ):
            print(f"\n{name}: {query}\n{plan_of(people['visitor'], query)}")
    report("search", rows=chosen.rows, queries=len(queries), seed=chosen.seed, loading=loading, sizes=sizes(),
           slowest=sorted(rows, key=lambda row: -row["seconds"])[:8])  # fmt: skip


def clients() -> dict[str, Any]:
    """Browsers: a visitor, and an officer of a region, who sees more and through more conditions."""
    from django.test import Client

    from matchmaking.accounts.enums import Role
    from matchmaking.accounts.models import Membership

    officer = Client(HTTP_HOST="localhost")
    officer.force_login(Membership.objects.filter(role=Role.REGIONAL_OFFICER).order_by("pk")[0].user)
    return {"visitor": Client(HTTP_HOST="localhost"), "officer": officer}


def drawn(rng: random.Random, number: int) -> list[tuple[str, dict[str, Any]]]:
    """(kind, query) in turn of kinds; words by how often they stand in the originals."""
    words = words_by_frequency()
    originals = texts()
    found = []
    for place in range(number):
        kind = KINDS[place % len(KINDS)]
        frequent, middle, rare = (rng.choice(words[band]) for band in ("frequent", "middle", "rare"))
        original = rng.choice(originals)
        codes = {
            "tech_field": original["tech_field"][: rng.choice((2, 4))],
            "region": rng.choice(("32", "37", "11", "51")),
            "maturity": original["maturity"],
            "price_band": original["price_band"],
            "industry": original["applications"][0],
            "coop_mode": original["coop_modes"][0],
        }
        chosen = dict(rng.sample(sorted(codes.items()), rng.choice((1, 2, 2, 3))))
        found.append((kind, {
            "frequent": {"q": frequent},
            "middle": {"q": middle},
            "rare": {"q": rare},
            "two words": {"q": f"{frequent} {middle}" if place % 3 else " ".join(rng.sample(words["middle"], 2))},
            "phrase": {"q": f"“{piece_of(rng, original['summary'])}”"},
            "word and filter": {"q": rng.choice((frequent, middle))} | chosen,
            "filters": chosen,
            "number": {"q": f"CG-2021-{rng.randrange(BASES + 1, 200_000):07d}"},
        }[kind]))  # fmt: skip
    return found


def words_by_frequency() -> dict[str, list[str]]:
    """Chinese words that the dictionary knows, of two characters or more, by the share of records they stand in."""
    import rjieba
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, ndoc FROM ts_stat('SELECT search_vector FROM catalog_achievement WHERE id <= 4000') "
            "WHERE length(word) >= 2 AND word ~ '^[一-龥]+$' ORDER BY ndoc DESC, word"
        )
        counted = cursor.fetchall()
    counted = [(word, records) for word, records in counted if rjieba.cut(word) == [word]]
    bands = {"frequent": (0.1, 0.5), "middle": (0.01, 0.1), "rare": (0.0, 0.001)}
    return {
        name: [word for word, records in counted if low < records / BASES <= high]
        for name, (low, high) in bands.items()
    }


def texts() -> list[dict[str, Any]]:
    from catalog.models import Achievement

    columns = ("summary", "tech_field", "maturity", "price_band", "applications", "coop_modes")
    return list(Achievement.objects.filter(pk__lte=BASES).order_by("pk").values(*columns))


def piece_of(rng: random.Random, text: str) -> str:
    """Four to eight characters in a row, without punctuation."""
    parts = [part for part in "".join(c if "一" <= c <= "龥" else " " for c in text).split() if len(part) >= 4]
    part = rng.choice(parts)
    length = rng.randint(4, min(8, len(part)))
    start = rng.randint(0, len(part) - length)
    return part[start : start + length]


def ask(client: Any, path: str, query: dict[str, Any]) -> float:
    started = time.perf_counter()
    response = client.get(path, query)
    seconds = time.perf_counter() - started
    if response.status_code != 200:
        raise SystemExit(f"{path} {query}: {response.status_code}")
    return seconds


def show(rows: list[dict[str, Any]]) -> None:
    """The tables of docs/benchmarks.md, in milliseconds."""
    print("| what | who | queries | p50 | p95 | max |")
    print("|---|---|---:|---:|---:|---:|")
    groups: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        groups[f"{row['part']}, all", row["who"]].append(row["seconds"])
        groups[f"{row['part']}, {row['kind']}", row["who"]].append(row["seconds"])
    for (what, who), seconds in sorted(groups.items()):
        cut = statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
        figures = (statistics.median(seconds), min(cut, max(seconds)), max(seconds))
        print(f"| {what} | {who} | {len(seconds)} | " + " | ".join(f"{1000 * one:.0f}" for one in figures) + " |")


def plan_of(client: Any, query: dict[str, Any]) -> str:
    """The plan of the first range of a search, as the database chooses it within `only_by_search_index`."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from matchmaking.common.pools import only_by_search_index

    with CaptureQueriesContext(connection) as caught:
        client.get(LIST, query)
    statement = next(one["sql"] for one in caught.captured_queries if "@@" in one["sql"])
    with only_by_search_index(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF) {statement}")
        return "\n".join(line for (line,) in cursor.fetchall())


def sizes() -> dict[str, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_total_relation_size('catalog_achievement') / 1048576, "
            "pg_relation_size('achievement_search') / 1048576"
        )
        table, index = cursor.fetchone()
    return {"table_mb": int(table), "search_index_mb": int(index)}


if __name__ == "__main__":
    main()
