"""Carrying out the blocks of a run. The row of a block is its lock: whoever holds it works, in one transaction.

A worker that dies gives the block back with its transaction; a block done twice finds itself done; what comes late,
after the run was stopped or another took its place, is rolled back.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from matchmaking.matching import indexes, snapshot
from matchmaking.matching.enums import RunScope, ShardTask
from matchmaking.matching.indexes import KINDS
from matchmaking.matching.models import MatchRun, RunNeed, RunShard
from matchmaking.matching.services import merging, ranking
from matchmaking.matching.services.planning import refused_by_need
from matchmaking.matching.services.proposals import propose
from matchmaking.matching.services.runs import needs_in_scope
from needs.models import TechNeed


class RunOver(Exception):
    """The run was stopped, finished or superseded: this work is too late and must be rolled back."""


def take(run: MatchRun) -> RunShard | None:
    """Lock the next open block of a run for this transaction; None when there is none to be had."""
    if not _unfinished(run).exists():
        return None
    open_blocks = RunShard.objects.filter(run=run, done_at=None).order_by("number")
    return open_blocks.select_for_update(skip_locked=True, of=("self",)).first()


def _unfinished(run: MatchRun) -> QuerySet[MatchRun]:
    return MatchRun.objects.filter(pk=run.pk, finished_at=None, stopped_at=None)


def carry_out(run: MatchRun, shard: RunShard) -> dict[str, int]:
    """Rank the needs of a block, store the lists and propose matches; raises RunOver when it came too late."""
    counts = {"candidates": 0, "proposed": 0, "revived": 0, "ranked": 0}
    if shard.task == ShardTask.MERGE and run.base is not None:
        proposing = merging.merge(run, run.base, shard.needs, counts)
    else:
        needs = list(needs_in_scope(run).filter(pk__in=shard.needs))
        shard.weighed = _rank(run, needs, counts)
        proposing = dict.fromkeys(KINDS, needs)
    for kind in KINDS:
        pool = indexes.pool_of(run, kind)
        if pool is not None and proposing[kind]:
            proposed, revived = propose(run, proposing[kind], pool, whole=True)
            counts["proposed"] += proposed
            counts["revived"] += revived
    if not _unfinished(run).select_for_update(of=("self",), no_key=True).values_list("pk"):
        raise RunOver(run.pk)
    RunShard.objects.filter(pk=shard.pk).update(counts=counts, weighed=shard.weighed, done_at=timezone.now())
    return counts


def _rank(run: MatchRun, needs: Sequence[TechNeed], counts: dict[str, int]) -> str:
    """Rank both pools for these needs; return the name of the file that keeps them for runs based on this one."""
    refused = refused_by_need(need.pk for need in needs)
    profiles = snapshot.need_profiles(needs)
    pools = {kind: indexes.pool_of(run, kind) for kind in KINDS}
    lists = {kind: ranking.rank_lists(run, pool, needs, profiles, counts) for kind, pool in pools.items() if pool}
    RunNeed.objects.bulk_create(
        RunNeed(run=run, need=need, source=run, stamp=indexes.need_stamp(need), text_version=need.text_version,
                refused=refused[need.pk])
        for need in needs
    )  # fmt: skip
    counts["ranked"] += len(needs)
    may_be_base = run.base is None and run.scope == RunScope.ALL
    return indexes.keep_needs(run, profiles, lists) if may_be_base and needs else ""


# --- Where the run stands ---------------------------------------------------------------------------------------


def left(run: MatchRun) -> int:
    """How many needs stand in blocks that are not done."""
    return RunShard.objects.filter(run=run, done_at=None).aggregate(n=Sum(F("needs__len")))["n"] or 0


def is_done(run: MatchRun) -> bool:
    return not RunShard.objects.filter(run=run, done_at=None).exists()


def counted(run: MatchRun) -> dict[str, int]:
    """The sums over all blocks; `needs` are all that have a list, `ranked` those compared with the whole pool."""
    counts = {"needs": run.lists.count(), "candidates": 0, "proposed": 0, "revived": 0, "ranked": 0}
    for found in run.shards.values_list("counts", flat=True):
        for name, number in found.items():
            counts[name] = counts.get(name, 0) + number
    return counts
