"""A million achievements from a few thousand: the database copies the rows of the filler and changes what must differ.

Every copy has its own number, place, state, visibility, two words of a long tail in its search vector, and the body
and unit of its original's owner. The frequent terms of the pool are therefore as frequent as in the originals, and
some hundred thousand rare ones stand in a few records each.
"""

from __future__ import annotations

import math
import time
from typing import Any

BASES = 4_000
TAIL = 300_000
SEARCH_INDEX = "achievement_search"
# What a copy takes from its number `g`; every other column is that of its original `b`.
OWN = {
    "id": "g",
    "uuid": "gen_random_uuid()",
    "public_no": "'CG-2021-' || lpad(g::text, 7, '0')",
    "title": "left(b.title, 80) || 'N' || g",
    "region_id": "(%(regions)s::text[])[1 + (g * 31) %% cardinality(%(regions)s::text[])]",
    "trl": "1 + (g * 13) %% 6 + (g * 5) %% 4",
    "state": "CASE WHEN g %% 20 = 3 THEN 'submitted' WHEN g %% 23 = 5 THEN 'under_negotiation' ELSE 'accepted' END",
    "visibility": "CASE WHEN g %% 50 = 7 THEN 'hidden_owner' WHEN g %% 17 = 4 THEN 'members' ELSE 'public' END",
    "created_at": "b.created_at - g * interval '20 seconds'",
    "updated_at": "b.created_at - g * interval '20 seconds'",
    "state_since": "b.created_at - g * interval '20 seconds'",
    "search_vector": "b.search_vector || setweight(to_tsvector('simple', 'n' || g || ' ' || "
    "'z' || floor(power(%(tail)s, random()))::int || ' ' || 'z' || floor(power(%(tail)s, random()))::int), 'D')",
}


def multiply(filler: Any, rows: int, *, say: Any = print) -> dict[str, float]:
    """Bring the achievements to `rows` in all and build the search index; seconds of either part."""
    from django.db import connection

    from catalog.models import Achievement, AchievementBody, CompletingUnit

    started = time.perf_counter()
    filler.achievements(min(BASES, rows))
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'catalog_achievement' "
                       "AND indexdef NOT LIKE '%% UNIQUE %%'")  # fmt: skip
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SELECT setseed(0.5)")
        step = 50_000
        for first in range(BASES + 1, rows + 1, step):
            last = min(rows, first + step - 1)
            values = {"regions": regions(), "tail": TAIL, "first": first, "last": last, "bases": BASES}
            cursor.execute(copies_of(Achievement, OWN), values)
            cursor.execute(copies_of(AchievementBody, {"achievement_id": "g"}, key="achievement_id"), values)
            cursor.execute(copies_of(CompletingUnit, {"achievement_id": "g"}, key="achievement_id"), values)
            if first // step % 4 == 0:
                say(f"{last:,} rows after {time.perf_counter() - started:.0f} s", flush=True)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("SELECT setval(pg_get_serial_sequence('catalog_achievement', 'id'), %s)", [rows])
        written = time.perf_counter()
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for _name, definition in indexes:
            cursor.execute(definition)
        indexed = time.perf_counter()
        cursor.execute("VACUUM ANALYZE catalog_achievement")
        cursor.execute("VACUUM ANALYZE catalog_achievementbody")
        cursor.execute("VACUUM ANALYZE catalog_completingunit")
    return {"rows": round(written - started, 1), "indexes": round(indexed - written, 1)}


def copies_of(model: Any, own: dict[str, str], *, key: str = "id") -> str:
    """The INSERT of the copies from `first` to `last`, each of the original that its number falls on."""
    from filling import columns_of, table_of

    columns = [field.column for field in columns_of(model) if field.column != "id" or "id" in own]
    values = ", ".join(own.get(column, f'b."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    table = table_of(model)
    return (
        f"INSERT INTO {table} ({names}) SELECT {values} FROM generate_series(%(first)s, %(last)s) AS g "
        f'JOIN {table} b ON b."{key}" = 1 + (g::bigint * 7919) %% %(bases)s ORDER BY g'
    )


def regions() -> list[str]:
    """The provinces, the populous ones several times."""
    from matchmaking.vocabularies.models import Region

    codes = list(Region.objects.filter(kind="province").order_by("code").values_list("code", flat=True))
    return [code for place, code in enumerate(codes) for _again in range(1 + math.ceil(8 / (1 + place)))]
