"""The pools as they are now, for the run of one record: the files of the last full run, and what has changed since.

A record that enters is so held against the pool within a moment, whatever the size of the pool, and is judged by the
statistics by which that run has judged all others. A pair has its score in any company, so the bits are those of a run
over everything.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from matchmaking.matching import indexes, outside, snapshot
from matchmaking.matching.enums import RunScope
from matchmaking.matching.indexes import Read, RunPool
from matchmaking.matching.models import MatchRun, StatisticsVersion

if TYPE_CHECKING:
    from matchmaking.engine.policy import Policy
    from matchmaking.engine.weighing import Weigher

logger = logging.getLogger(__name__)


def last_full(statistics: StatisticsVersion, policy: Policy) -> MatchRun | None:
    """The newest finished run that has ranked everything under these statistics and this policy, if what it has read
    and found is still there, and nothing else would be read by now."""
    if settings.MATCH_CROSS_ENCODER:
        return None  # which pairs it reads depends on all targets
    full = MatchRun.objects.filter(
        scope=RunScope.ALL, base=None, finished_at__isnull=False, statistics=statistics, policy=policy.as_dict()
    )
    newest = full.order_by("-pk").first()
    return newest if newest is not None and _usable(newest) else None


def _usable(base: MatchRun) -> bool:
    """Whether everything a run has read and found is still there, and nothing else would be read by now."""
    there = [
        (indexes.folder() / kept["whole"]).exists() and kept["without"] == outside.missing()
        for kept in base.indexes.values()
    ]
    return bool(there) and all(there) and base.targets.exists()


@dataclass(frozen=True)
class Pools:
    """What one record is held against. `base` is the run whose files serve; without one the pools are read whole."""

    base: MatchRun | None
    statistics: StatisticsVersion
    policy: Policy
    _since: dict[str, Changed] = field(default_factory=dict)

    @classmethod
    def now(cls, base: MatchRun | None, statistics: StatisticsVersion, policy: Policy) -> Pools:
        """Map the files of the base; when one is damaged the pools are read whole."""
        if base is not None:
            try:
                for kind in indexes.KINDS:
                    indexes.pool_of(base, kind)
            except indexes.IndexLost:
                logger.warning("an index of run %s is lost: the pools are read whole", base.pk)
                indexes.drop_files(base)
                base = None
        return cls(base, statistics, policy)

    @cached_property
    def weigher(self) -> Weigher:
        """Weighs under the statistics and the policy."""
        held = [indexes.pool_of(self.base, kind) for kind in indexes.KINDS] if self.base else []
        known = next((pool.whole.weigher for pool in held if pool is not None), None)
        return known or snapshot.weigher(snapshot.read_model(self.statistics.payload), self.policy)

    def since(self, kind: str) -> Changed:
        """What of a kind is not as the base has read it, looked up once."""
        assert self.base is not None  # the callers have one
        if kind not in self._since:
            self._since[kind] = _changed_since(self.base, kind)
        return self._since[kind]

    def whole(self, kind: str) -> RunPool | None:
        """Everything of a kind that may be proposed now; None when there is nobody."""
        known = indexes.pool_of(self.base, kind) if self.base else None
        if self.base is None or known is None:
            pool = snapshot.pool(kind, self.weigher.model, self.policy)
            return indexes.in_memory(pool) if pool.ids else None
        since = self.since(kind)
        return _overlaid(self.base.pk, since, indexes.reader()) if since else known

    def of(self, kind: str, record: Any) -> RunPool:
        """One achievement or expert as the only one of its kind."""
        alone = snapshot.build_pool(kind, [record], self.weigher.model, self.policy, weigher=self.weigher)
        return indexes.in_memory(alone)

    def within_reach(self, pool: RunPool, needs: Collection[str]) -> set[str]:
        """Those of some needs, as the base has read them, whose list somebody of a small pool may enter."""
        if self.base is None:
            return set(needs)
        kept = indexes.kept_of(self.base.pk, self.weigher.model.digest, self.policy.digest)
        return indexes.within_reach(kept, pool.whole, needs)

    def read(self) -> list[str]:
        """Name what the pools hold now."""
        if self.base is None:
            return [f"{one.public_no} {one.stamp}" for kind in indexes.KINDS for one in indexes.read_targets(kind)]
        lines = [f"base {self.base.input_digest}"]
        for since in map(self.since, indexes.KINDS):
            lines += [*sorted(since.stale), *(f"{one.public_no} {one.stamp}" for one in since.fresh)]
        return lines


@dataclass(frozen=True)
class Changed:
    """What of a kind is not as the base has read it: the numbers that are stale there, and what is read in addition."""

    kind: str
    stale: frozenset[str]
    fresh: tuple[Read, ...]

    def __bool__(self) -> bool:
        return bool(self.stale or self.fresh)


def _changed_since(base: MatchRun, kind: str) -> Changed:
    """Compare the stamps of everybody: a conflict or the credit code of an organisation moves no time of a record."""
    stale, fresh = indexes.compared(_stamps_of(base.pk, kind), indexes.read_targets(kind))
    return Changed(kind, stale, tuple(fresh))


# Of a finished run, which reads nothing any more.
_stamps_of = lru_cache(maxsize=4)(indexes.stamps_of)


@lru_cache(maxsize=4)
def _overlaid(base: int, changed: Changed, _for: tuple[int, str]) -> RunPool:
    """The files of a base with a small index of what has changed since, from memory while nothing else changes."""
    known = indexes.pool_of(MatchRun.objects.get(pk=base), changed.kind)
    assert known is not None  # the caller has it
    weigher = known.whole.weigher
    rows = list(snapshot.pool_rows(changed.kind).filter(pk__in=[one.pk for one in changed.fresh]))
    fresh = snapshot.build_pool(changed.kind, rows, weigher.model, weigher.policy, weigher=weigher)
    ids = {number: pk for number, pk in known.ids.items() if number not in changed.stale} | fresh.ids
    return replace(
        known,
        stale=changed.stale,
        fresh=fresh.index if rows else None,
        ids=ids,
        numbers={pk: number for number, pk in ids.items()},
        text_versions=known.text_versions | fresh.text_versions,
    )
