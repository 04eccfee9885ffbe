"""Planning a run: what it reads, what of an earlier run still holds, and the blocks of needs that workers take."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from matchmaking.jobs.models import Job, JobState
from matchmaking.jobs.services import JobNotOpen, enqueue, request_cancel
from matchmaking.matching import indexes, outside, snapshot
from matchmaking.matching.enums import ShardTask
from matchmaking.matching.indexes import KINDS, Read
from matchmaking.matching.models import Match, MatchRun, RunNeed, RunShard, RunTarget, StatisticsVersion
from matchmaking.matching.pools import last_full
from matchmaking.matching.services.candidates import copy_lines, share_lists
from matchmaking.matching.services.candidates import remove as remove_candidates
from matchmaking.matching.services.runs import needs_in_scope
from matchmaking.matching.workflow import REFUSED

SHARD = 250  # needs ranked in one transaction: a few seconds
LEAST = 100  # of the last ones, which are smaller
MERGED = 10_000  # needs that are only held against what has changed
AHEAD = "expert"  # the pool that a helper indexes while the run itself indexes the other
AHEAD_FROM = 200  # records of it; fewer are indexed before a helper has come
MOST_CHANGED = 0.2  # of a pool; beyond it the whole pool is read anew
TARGET_COLUMNS = "run_id, kind, target, public_no, stamp, text_version"


def choose_base(run: MatchRun) -> None:
    """Base an incremental run on the last full one under the same policy and the statistics that are newest now.

    Without such a run it becomes a full one.
    """
    if not run.incremental or run.base_id:
        return
    newest = StatisticsVersion.objects.readable_by(run.engine_version).defer("payload").first()
    base = last_full(newest, snapshot.policy_from(run.policy)) if newest else None
    if base is not None and base.pk < run.pk:
        run.base, run.statistics = base, newest
        run.save(update_fields=["base", "statistics"])


def longest(*kinds: str) -> float:
    """Seconds that reading and indexing these pools may take: no longer than that may pass until somebody continues
    after the worker has died in it."""
    return 10.0 + sum(snapshot.pool_rows(kind).count() for kind in kinds) / 50


def read_pool(run: MatchRun, kind: str) -> None:
    """Write down every target of a kind as it is read, and index what has to be indexed.

    Runs in the transaction of a chunk. The stamps are read before the texts: what changes in between is read again by
    the next incremental run.
    """
    read = indexes.read_targets(kind)
    RunTarget.objects.filter(run=run, kind=kind).delete()
    lines = (f"{run.pk}\t{kind}\t{one.pk}\t{one.public_no}\t{one.stamp}\t{one.text_version}\n" for one in read)
    copy_lines("matching_runtarget", TARGET_COLUMNS, list(lines))
    named = _index_changes(run, run.base, kind, read) if run.base else _index_whole(run, kind, read)
    run.indexes = {name: kept for name, kept in run.indexes.items() if name != kind} | ({kind: named} if named else {})
    MatchRun.objects.filter(pk=run.pk).update(indexes=run.indexes)


def call_indexer(run: MatchRun) -> None:
    """Let a helper index one pool while the run itself indexes the other."""
    if settings.MATCH_HELPERS and run.base is None and snapshot.pool_rows(AHEAD).count() >= AHEAD_FROM:
        enqueue(kind="match_pool", args={"run": run.pk, "pool": AHEAD}, by=run.requested_by, priority=10)


def indexers(run: MatchRun, kind: str) -> QuerySet[Job]:
    """The helpers that index a pool of a run."""
    return Job.objects.filter(kind="match_pool", args__run=run.pk, args__pool=kind)


def index_ahead(run: MatchRun, kind: str) -> dict[str, str]:
    """Index a pool for a run that will read it; what it reads then decides whether it can use that. Empty when the run
    has done so already or needs it no more."""
    if run.finished_at or run.stopped_at or run.base or run.statistics is None or kind in run.indexes:
        return {}
    return _index_whole(run, kind, indexes.read_targets(kind))


def _indexed_ahead(run: MatchRun, kind: str, digest: str) -> dict[str, str] | None:
    """What a helper has made of the very same records."""
    made = indexers(run, kind).filter(state=JobState.DONE, result__read=digest).values_list("result", flat=True).first()
    return made if made and (indexes.folder() / made["whole"]).exists() else None


def _index_whole(run: MatchRun, kind: str, read: Sequence[Read]) -> dict[str, str]:
    """Index the whole pool, or take the file of a helper or an earlier run that has read the very same."""
    if not read:
        return {}
    lines = [outside.missing(), *(f"{one.pk} {one.stamp}" for one in read)]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    if made := _indexed_ahead(run, kind, digest):
        return made
    same: QuerySet[MatchRun] = MatchRun.objects.filter(
        statistics=run.statistics, policy=run.policy, base=None, **{f"indexes__{kind}__read": digest}
    )
    for earlier in same.exclude(pk=run.pk).order_by("-pk")[:1]:
        if (indexes.folder() / earlier.indexes[kind]["whole"]).exists():
            return dict(earlier.indexes[kind])
    whole, model = indexes.build(kind, [one.pk for one in read], run)
    return {"whole": whole, "model": model, "read": digest, "without": outside.missing()}


def _index_changes(run: MatchRun, base: MatchRun, kind: str, read: Sequence[Read]) -> dict[str, str]:
    """Index what has changed since the base. Raises TooMuchChanged."""
    stale, fresh = indexes.changes(run.pk, base.pk, kind)
    if len(stale) + len(fresh) > MOST_CHANGED * max(1, len(read)):
        raise TooMuchChanged(kind)
    known = base.indexes.get(kind)
    if known is None:  # the base had nobody of this kind, so everybody is new
        raise TooMuchChanged(kind)
    kept = {name: known[name] for name in ("whole", "model", "without")}
    if fresh:
        kept["fresh"], _model = indexes.build(kind, fresh, run, like=indexes.load(known["whole"], known["model"]))
    return kept


class TooMuchChanged(Exception):
    """So much is different that a full run is the shorter way."""


def make_full(run: MatchRun) -> None:
    """Give up the base: this run reads and ranks everything itself."""
    run.base, run.indexes = None, {}
    run.save(update_fields=["base", "indexes"])


def divide(run: MatchRun) -> int:
    """Write the blocks of a run, call helpers, and stop earlier runs over the same scope; return how many needs.

    Runs in the transaction of a chunk.
    """
    run.shards.all().delete()
    run.lists.all().delete()
    remove_candidates(run.candidates.all())
    needs = needs_in_scope(run)
    blocks: list[tuple[str, list[int]]]
    if run.base is None:
        keys = list(needs.values_list("pk", flat=True))
        blocks = [(ShardTask.RANK, part) for part in _ranked_parts(keys)]
    else:
        ranked, merged, shared = _what_changed(run, run.base, needs)
        share_lists(run, run.base, shared)
        keys = [*ranked, *merged, *shared]
        blocks = [(ShardTask.RANK, part) for part in _ranked_parts(ranked)]
        blocks += [(ShardTask.MERGE, part) for part in _parts(merged, MERGED)]
    RunShard.objects.bulk_create(
        RunShard(run=run, number=number, task=task, needs=part) for number, (task, part) in enumerate(blocks, start=1)
    )
    ranked_blocks = sum(task == ShardTask.RANK for task, _part in blocks)  # the others take no time worth a helper
    for number in range(1, min(ranked_blocks, settings.MATCH_HELPERS + 1)):
        enqueue(kind="match_shards", args={"run": run.pk, "helper": number}, by=run.requested_by, priority=10)
    _supersede_earlier(run)
    return len(keys)


def _ranked_parts(keys: Sequence[int]) -> Iterable[list[int]]:
    """Blocks of needs to rank; those at the end are smaller, so that no worker waits long for the last of another."""
    workers, start = settings.MATCH_HELPERS + 1, 0
    while start < len(keys):
        fair = (len(keys) - start) // (2 * workers)
        size = SHARD if workers == 1 else min(SHARD, max(LEAST, fair))
        yield list(keys[start : start + size])
        start += size


def _parts(keys: Sequence[int], size: int) -> Iterable[list[int]]:
    return (list(keys[start : start + size]) for start in range(0, len(keys), size))


def _what_changed(run: MatchRun, base: MatchRun, needs: QuerySet[Any]) -> tuple[list[int], list[int], list[int]]:
    """Divide the needs: to be ranked anew, to be held against what has changed, and those whose list stays.

    A list stays when nothing has come, and none of its targets has changed or left.
    """
    now = indexes.need_stamps(needs)
    same = as_read(base, now, refused_by_need(now))
    ranked, rest = [key for key in now if key not in same], [key for key in now if key in same]
    if any("fresh" in kept for kept in run.indexes.values()):
        return ranked, rest, []
    touched = _holding_stale(run, base)
    return ranked, [key for key in rest if key in touched], [key for key in rest if key not in touched]


def as_read(base: MatchRun, stamps: Mapping[int, str], refused: Mapping[int, list[list[Any]]]) -> set[int]:
    """Those of some needs that are as the base has read them: texts and facts, and who was decided against."""
    then = RunNeed.objects.filter(run=base, need__in=list(stamps)).values_list("need", "stamp", "refused")
    return {need for need, stamp, pairs in then if (stamp, pairs) == (stamps[need], refused[need])}


def _holding_stale(run: MatchRun, base: MatchRun) -> set[int]:
    """The needs on whose list of the base stands a target that has changed or left."""
    return set().union(*(holding(base, kind, indexes.changes(run.pk, base.pk, kind)[0]) for kind in KINDS))


def holding(base: MatchRun, kind: str, stale: Collection[str]) -> set[int]:
    """The needs on whose list of the base one of these targets stands."""
    gone = RunTarget.objects.filter(run=base, kind=kind, public_no__in=stale).values_list("target", flat=True)
    return set(base.candidates.filter(**{f"{kind}__in": list(gone)}).values_list("need", flat=True))


def refused_by_need(needs: Iterable[int]) -> dict[int, list[list[Any]]]:
    """Return by need the pairs that were decided against and whose texts are unchanged, as [kind, id of the target]."""
    found: dict[int, list[list[Any]]] = defaultdict(list)
    for kind in KINDS:
        unchanged = Q(need_text_version=F("need__text_version"), target_text_version=F(f"{kind}__text_version"))
        rows = Match.objects.filter(unchanged, need__in=list(needs), state__in=REFUSED)
        for need, target in rows.order_by("need", kind).values_list("need", kind):
            found[need].append([kind, target])
    return found


def _supersede_earlier(run: MatchRun) -> None:
    """Two runs over one scope would contradict each other: the earlier one stops, and nothing more of it is written."""
    same = {name: getattr(run, name) for name in ("scope", "programme", "region", "need", "achievement", "expert")}
    earlier = MatchRun.objects.filter(**same, pk__lt=run.pk, finished_at=None, stopped_at=None)
    for older in earlier.select_related("job"):
        still = MatchRun.objects.filter(pk=older.pk, finished_at=None)
        if still.update(stopped_at=timezone.now(), superseded_by=run) and older.job is not None:
            try:
                request_cancel(job=older.job, by=run.requested_by)
            except JobNotOpen:
                continue
