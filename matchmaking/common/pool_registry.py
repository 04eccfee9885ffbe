"""What can be searched, saved as a search and compared: every pool describes itself, the floor above reads the list.

A pool registers in its `apps.py`. Everything goes through its own `rows` (what a person may see of it) and its own
FilterSet, so that nothing is found here that the pool's list would not show.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from matchmaking.common.pools import PoolFilter
from matchmaking.common.snippets import Snippet


@dataclass(frozen=True)
class Hit:
    """A record as a line of a result: what everybody who finds it may read."""

    title: str
    url: str
    number: str
    facts: tuple[str, ...] = ()
    snippet: Snippet | None = None
    terms: Sequence[str] = ()


@dataclass(frozen=True)
class Line:
    """One line of a comparison: a value for each record, in their order; lines of one group stand together.

    A value that is missing on one side is a difference too. `weighed` is false where values always differ (numbers of
    records): marking them would only hide the others.
    """

    label: Any
    values: tuple[str, ...]
    group: Any = ""
    weighed: bool = True

    @property
    def differs(self) -> bool:
        """Whether two of the records say different things here."""
        return self.weighed and len({" ".join(value.split()) for value in self.values}) > 1


@dataclass(frozen=True)
class Pool:
    """A pool of records.

    `rows(user)` is what the person sees of it; `filter(data, rows, user)` its FilterSet; `hits(user, records, text)`
    shows records as lines, `lines(user, records)` side by side. `published` names the verbs of the history with which
    a record comes into the pool.
    """

    noun: str
    label: Any
    icon: str
    list_route: str
    rows: Callable[[Any], QuerySet[Any]]
    filter: Callable[[Any, QuerySet[Any], Any], Any]
    hits: Callable[[Any, Sequence[Any], str], list[Hit]]
    published: tuple[str, ...]
    lines: Callable[[Any, Sequence[Any]], list[Line]] | None = None

    def keys(self, data: Any, user: Any, *, rows: QuerySet[Any] | None = None) -> list[int]:
        """The keys of what the person finds, in the order of the list, at most one more than the cap.

        An address that asks for something that does not exist finds nothing.
        """
        found = self.filter(data, self.rows(user) if rows is None else rows, user)
        if not found.is_valid():
            return []
        if isinstance(found, PoolFilter):
            return found.keys
        return list(found.qs.values_list("pk", flat=True)[: settings.COUNT_CAP + 1])


_pools: dict[str, Pool] = {}


def register_pool(pool: Pool) -> None:
    """Let a pool be searched, saved and, if it says how, compared."""
    _pools[pool.noun] = pool


def pools() -> list[Pool]:
    """All pools in the order of their registration."""
    return list(_pools.values())


def find_pool(noun: str) -> Pool | None:
    return _pools.get(noun)
