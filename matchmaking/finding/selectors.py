"""Reads of finding: a search over all pools, the words of a query, saved searches with their pool."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse

from matchmaking.accounts.filters import OrganisationFilter
from matchmaking.accounts.models import Organisation
from matchmaking.common.pool_registry import Hit, Line, Pool, find_pool, pools
from matchmaking.common.pools import in_order
from matchmaking.finding.models import SavedSearch

SHOWN = 5
Chip = tuple[str, str]


@dataclass(frozen=True)
class Group:
    """What one pool has found: the first hits, how many there are, and the way to all of them."""

    pool: Pool
    hits: list[Hit]
    count: int
    capped: bool
    url: str


@dataclass(frozen=True)
class Kept:
    """A saved search with its pool (None when the pool is gone), its filters in words, and the way to its list."""

    search: SavedSearch
    pool: Pool | None
    chips: list[Chip]
    url: str


def search_everywhere(user: Any, text: str) -> list[Group]:
    """What every pool finds for the text, each through its own filters and visibility, in the pools' order."""
    found = []
    for pool in pools():
        data = QueryDict(mutable=True)
        data["q"] = text
        keys = pool.keys(data, user)
        rows = in_order(pool.rows(user), keys[:SHOWN])
        found.append(
            Group(
                pool=pool,
                hits=pool.hits(user, rows, text),
                count=min(len(keys), settings.COUNT_CAP),
                capped=len(keys) > settings.COUNT_CAP,
                url=f"{reverse(pool.list_route)}?{data.urlencode()}",
            )
        )
    return found


def organisations_called(user: Any, text: str) -> list[Organisation]:
    """Organisations of the directory by name, alias, credit code or first letters of pinyin."""
    seen = Organisation.objects.visible_to(user).select_related("region").defer("contacts").order_by("name")
    return list(OrganisationFilter({"q": text}, queryset=seen).qs[:SHOWN])


def kept_searches(user: Any) -> list[Kept]:
    """The person's saved searches, the newest first."""
    return [kept(search, user) for search in SavedSearch.objects.visible_to(user).order_by("-pk")]


def kept(search: SavedSearch, user: Any) -> Kept:
    pool = find_pool(search.pool)
    url = f"{reverse(pool.list_route)}?{search.query}" if pool else ""
    return Kept(search, pool, words_of(pool, search.query, user) if pool else [], url)


def words_of(pool: Pool, query: str, user: Any) -> list[Chip]:
    """(field, value in words) of every filter of a query; what is no filter of the pool is left out."""
    data = QueryDict(query)
    form = pool.filter(data, pool.rows(user).none(), user).form
    return [
        (str(form[name].label), _value(field, value))
        for name, field in form.fields.items()
        for value in data.getlist(name)
    ]


def _value(field: Any, value: str) -> str:
    choices = {str(key): str(words).strip("　") for key, words in getattr(field, "choices", ()) or ()}
    return choices.get(value, value)


def news_of(search: SavedSearch, user: Any, text: str, limit: int = 100) -> list[tuple[Any, list[Hit]]]:
    """(day, hits) of what the search has told of and the person still sees, the newest first."""
    pool = find_pool(search.pool)
    if pool is None:
        return []
    told = list(search.hits.filter(is_news=True).order_by("-pk").values_list("object_id", "found_at")[:limit])
    rows = {row.uuid: row for row in pool.rows(user).filter(uuid__in=[uuid for uuid, _at in told])}
    days: dict[Any, list[Any]] = {}
    for uuid, at in told:
        if uuid in rows:
            days.setdefault(at, []).append(rows[uuid])
    return [(at, pool.hits(user, records, text)) for at, records in days.items()]


def side_by_side(pool: Pool, user: Any, wanted: Sequence[UUID]) -> tuple[dict[UUID, Hit], list[Line]]:
    """The records the person may see, in the order asked for, and their lines."""
    rows = {row.uuid: row for row in pool.rows(user).filter(uuid__in=wanted)}
    records = [rows[uuid] for uuid in dict.fromkeys(wanted) if uuid in rows]
    lines = pool.lines(user, records) if pool.lines and records else []
    hits = dict(zip((row.uuid for row in records), pool.hits(user, records, ""), strict=True))
    return hits, [line for line in lines if any(line.values)]
