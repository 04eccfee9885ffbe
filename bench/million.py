"""Write very many achievements by COPY, with body, unit, person, indicators and search vector.

    python bench/million.py [--rows 1000000]

The search index is dropped before and built anew after the rows, which is the way to load a pool of that size.
Also compares vectors written here with those the database would make of the same tokens.
"""

from __future__ import annotations

import argparse
import time

from filling import Filler, vector
from platform_ import instance, peak_mb, report

TEXT = (
    "面向高温合金叶片的激光熔覆修复技术，强度 ≥ 1.5 GPa。自主知识产权 ZL2020 3D 打印；抗拉强度 900MPa，良品率 99.5%。"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    chosen = parser.parse_args()
    with instance():
        measure(chosen.rows)


def measure(rows: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        check_vector(cursor)
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'achievement_search'")
        (definition,) = cursor.fetchone()
        cursor.execute("DROP INDEX achievement_search")
        filler = Filler()
        started = time.perf_counter()
        filler.achievements(rows)
        written = time.perf_counter()
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute(definition)
        indexed = time.perf_counter()
        cursor.execute("ANALYZE catalog_achievement")
        cursor.execute(
            "SELECT pg_total_relation_size('catalog_achievement') / 1048576, "
            "pg_relation_size('achievement_search') / 1048576"
        )
        table_mb, index_mb = cursor.fetchone()
    report(
        "million",
        rows=rows,
        copy_seconds=round(written - started, 1),
        index_seconds=round(indexed - written, 1),
        rows_per_second=round(rows / (indexed - started)),
        table_mb=int(table_mb),
        search_index_mb=int(index_mb),
        peak_mb=peak_mb(),
    )


def check_vector(cursor) -> None:
    """A vector written by the generator is the one the services store."""
    from matchmaking.common.search import tokens_for_index

    parts = {"A": "高温合金叶片修复 3D", "C": TEXT, "D": TEXT[::-1]}
    sums = " || ".join(f"setweight(to_tsvector('simple', %s), '{weight}')" for weight in parts)
    tokens = [tokens_for_index(text) for text in parts.values()]
    cursor.execute(f"SELECT ({sums}) = %s::tsvector, ({sums})::text, %s::tsvector::text",
                   [*tokens, vector(**parts), *tokens, vector(**parts)])  # fmt: skip
    same, stored, ours = cursor.fetchone()
    if not same:
        raise SystemExit(f"the generator's vector differs:\n{stored}\n{ours}")


if __name__ == "__main__":
    main()
