"""All code tables and regions as one immutable value per process, renewed when a load has changed a table.

Every page shows codes; reading them from the database each time would cost a query for each table. One small query
every ten seconds tells whether anything changed.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db.models import Count, Max
from django.utils import timezone

from matchmaking.vocabularies.folding import fold
from matchmaking.vocabularies.models import Code, CodeMapping, CodeTable, Region, in_language

CHECK_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """One code; `level` counts from 1 at the top of its table."""

    code: str
    name_zh: str
    name_en: str
    parent: str
    level: int
    synonyms: tuple[str, ...]
    extra: Mapping[str, Any]
    valid_from: date | None
    valid_to: date | None

    @property
    def label(self) -> str:
        return in_language(self.name_zh, self.name_en)

    def valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Place:
    """One region. `path` holds the codes from the top down to this one."""

    code: str
    name_zh: str
    name_en: str
    short_zh: str
    kind: str
    parent: str
    path: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None

    @property
    def label(self) -> str:
        return in_language(self.short_zh, self.name_en)

    def valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


class Table:
    """The codes of one vocabulary in their order, the index from folded names to codes, and the heirs of old codes."""

    def __init__(self, codes: Iterable[Code], heirs: Mapping[str, str]) -> None:
        rows = list(codes)
        self.heirs = MappingProxyType(dict(heirs))
        parents = {row.code: row.parent for row in rows}
        self.entries = {
            row.code: Entry(
                row.code, row.name_zh, row.name_en, row.parent, _level(row.code, parents), tuple(row.synonyms),
                MappingProxyType(row.extra), row.valid_from, row.valid_to,
            )
            for row in rows
        }  # fmt: skip
        self.by_code: dict[str, set[str]] = {}
        self.by_name: dict[str, set[str]] = {}
        self.by_synonym: dict[str, set[str]] = {}
        for entry in self.entries.values():
            self.by_code.setdefault(fold(entry.code), set()).add(entry.code)
            for name in (entry.name_zh, entry.name_en):
                self.by_name.setdefault(fold(name), set()).add(entry.code)
            for synonym in entry.synonyms:
                self.by_synonym.setdefault(fold(synonym), set()).add(entry.code)


class Snapshot:
    """Everything the selectors answer from."""

    def __init__(self) -> None:
        by_table: dict[str, list[Code]] = {code: [] for code in CodeTable.objects.values_list("code", flat=True)}
        for code in Code.objects.select_related("table").order_by("table_id", "position", "code"):
            by_table.setdefault(code.table.code, []).append(code)
        heirs: dict[str, dict[str, str]] = {}
        for name, old, new in CodeMapping.objects.values_list("table__code", "old", "new"):
            heirs.setdefault(name, {})[old] = new
        self.tables = {name: Table(codes, heirs.get(name, {})) for name, codes in by_table.items()}
        self.places = {
            row.code: Place(
                row.code, row.name_zh, row.name_en, row.short_zh, row.kind, row.parent_id or "", tuple(row.path),
                row.valid_from, row.valid_to,
            )
            for row in Region.objects.order_by("code")
        }  # fmt: skip


class Cache:
    """The snapshot of this process and when it was last compared with the database."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything; the next question reads the database."""
        self._snapshot: Snapshot | None = None
        self._stamp: object = None
        self._checked = 0.0

    def snapshot(self) -> Snapshot:
        """The current snapshot, at most CHECK_SECONDS behind the database; an empty one is never kept."""
        now = time.monotonic()
        interval = getattr(settings, "VOCABULARY_CHECK_SECONDS", CHECK_SECONDS)
        held = self._snapshot if self._snapshot and self._snapshot.places else None
        if held and 0 <= now - self._checked < interval:
            return held
        stamp = CodeTable.objects.aggregate(last=Max("loaded_at"), count=Count("id"))
        if held is None or stamp != self._stamp:
            held = Snapshot()
        self._snapshot, self._stamp, self._checked = held, stamp, now
        return held


_cache = Cache()
snapshot = _cache.snapshot
clear = _cache.clear


def today() -> date:
    return timezone.localdate()


def _level(code: str, parents: dict[str, str]) -> int:
    parent = parents.get(code, "")
    return 1 + (_level(parent, parents) if parent in parents else 0)
