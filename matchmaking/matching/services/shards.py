"""Carrying out the blocks of a run. The row of a block is its lock: whoever holds it works, in one transaction.

A worker that dies gives the block back with its transaction; a block done twice finds itself done; what comes late,
after the run was stopped or another took its place, is rolled back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from matchmaking.matching import indexes, snapshot
from matchmaking.matching.enums import ShardTask
from matchmaking.matching.indexes import KINDS, RunPool
from matchmaking.matching.models import Candidate, Match, MatchRun, RunNeed, RunShard
from matchmaking.matching.services import candidates
from matchmaking.matching.services.planning import refused_by_need
from matchmaking.matching.services.proposals import propose, refused_pairs
from matchmaking.matching.services.runs import needs_in_scope
from needs.models import TechNeed

if TYPE_CHECKING:
    from matchmaking.engine.policy import Policy
    from matchmaking.engine.types import NeedProfile


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
    needs = list(needs_in_scope(run).filter(pk__in=shard.needs))
    refused = refused_by_need(need.pk for need in needs)
    lists = {
        need.pk: RunNeed(
            run=run, need=need, source=run, stamp=indexes.need_stamp(need), text_version=need.text_version,
            refused=refused[need.pk],
        )
        for need in needs
    }  # fmt: skip
    counts = {"candidates": 0, "proposed": 0, "revived": 0, "ranked": 0}
    if shard.task == ShardTask.MERGE and run.base is not None:
        stays, moved = _merge(run, run.base, needs, lists, counts)
        for need in stays:
            lists[need.pk].source = run.base
        proposing = _with_free_places(run.base, stays) + moved
    else:
        _rank(run, needs, counts)
        proposing = needs
    RunNeed.objects.bulk_create(lists.values())
    for kind in KINDS:
        pool = indexes.pool_of(run, kind)
        if pool is not None and proposing:
            proposed, revived = propose(run, proposing, pool, whole=True)
            counts["proposed"] += proposed
            counts["revived"] += revived
    if not _unfinished(run).select_for_update(of=("self",), no_key=True).values_list("pk"):
        raise RunOver(run.pk)
    RunShard.objects.filter(pk=shard.pk).update(counts=counts, done_at=timezone.now())
    return counts


# --- Ranking ----------------------------------------------------------------------------------------------------


def _rank(run: MatchRun, needs: Sequence[TechNeed], counts: dict[str, int]) -> None:
    """Rank the whole pools for these needs and store the lists."""
    top = snapshot.policy_from(run.policy).top
    profiles = snapshot.need_profiles(needs)
    ids = {need.public_no: need.pk for need in needs}
    for kind in KINDS:
        pool = indexes.pool_of(run, kind)
        if pool is None:
            continue
        rankings = pool.rank(profiles, top=top, exclude=refused_pairs(needs, pool))
        counts["candidates"] += candidates.store(
            run, kind,
            ((ids[one.need], pool.ids[found.target], found) for one in rankings for found in one.candidates),
        )  # fmt: skip
    counts["ranked"] += len(needs)


# --- Merging ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A place of a list: the score, the number of the target, and the candidate of the base it is taken over from."""

    score: float
    number: str
    candidate: int | None = None

    @property
    def order(self) -> tuple[float, str]:
        return (-self.score, self.number)


@dataclass(frozen=True)
class Merged:
    """A list after what has changed: None when only ranking the whole pool can tell, and whether anything moved."""

    places: list[Place] | None
    moved: bool


def merged(held: Sequence[Place], gone: frozenset[str], came: Sequence[Place], top: int) -> Merged:
    """Put what came among the places held by what stayed.

    `held` is the list of the base, best first. A full list hides who stood behind its last place; those are all after
    it, so the new list is certain as long as its places come before that one or are it.
    """
    stayed = [place for place in held if place.number not in gone]
    if len(stayed) == len(held) and (not came or (len(held) == top and min(p.order for p in came) > held[-1].order)):
        return Merged(list(held), moved=False)
    places = sorted([*stayed, *came], key=lambda place: place.order)[:top]
    if len(held) == top:
        certain = [place for place in places if place.order <= held[-1].order]
        if len(certain) < top:
            return Merged(None, moved=True)
    return Merged(places, moved=True)


def _merge(
    run: MatchRun, base: MatchRun, needs: Sequence[TechNeed], lists: dict[int, RunNeed], counts: dict[str, int]
) -> tuple[list[TechNeed], list[TechNeed]]:
    """Hold needs against what has changed; return those whose list stays, and those with a new one.

    Both kinds of a need stand under one source: when one of them moves, the other is copied with it.
    """
    policy = snapshot.policy_from(run.policy)
    then = {row.need_id: (row.stamp, row.refused) for row in RunNeed.objects.filter(run=base, need__in=lists)}
    same = [need for need in needs if then.get(need.pk) == (lists[need.pk].stamp, lists[need.pk].refused)]
    found = {kind: _merged_lists(run, base, kind, same, policy) for kind in KINDS}
    stays = [need for need in same if not any(found[kind][need.pk].moved for kind in KINDS)]
    sure = [need for need in same if all(found[kind][need.pk].places is not None for kind in KINDS)]
    moved = [] if policy.quoted_ranks < policy.top else [need for need in sure if need not in stays]
    unclear = [need for need in needs if need not in stays and need not in moved]
    if unclear:
        _rank(run, unclear, counts)
    profiles = {profile.key: profile for profile in snapshot.need_profiles(moved)}
    for kind in KINDS:
        pool = indexes.pool_of(run, kind)
        if pool is not None:
            counts["candidates"] += _write_merged(run, pool, moved, profiles, found[kind])
    return stays, moved + unclear


def _merged_lists(
    run: MatchRun, base: MatchRun, kind: str, needs: Sequence[TechNeed], policy: Policy
) -> dict[int, Merged]:
    """The lists of one kind after what has changed, by need."""
    pool = indexes.pool_of(run, kind)
    held = _held(base, kind, needs)
    came: dict[int, list[Place]] = {}
    if pool is not None and pool.fresh:
        rankings = pool.rank_fresh(snapshot.need_profiles(needs), top=policy.top, exclude=refused_pairs(needs, pool))
        came = {
            need.pk: [Place(found.score, found.target) for found in ranking.candidates]
            for need, ranking in zip(needs, rankings, strict=True)
        }
    stale = pool.stale if pool is not None else frozenset()
    return {need.pk: merged(held[need.pk], stale, came.get(need.pk, []), policy.top) for need in needs}


def _held(base: MatchRun, kind: str, needs: Sequence[TechNeed]) -> dict[int, list[Place]]:
    """The lists of the base, best first."""
    rows = Candidate.objects.filter(
        run=base, need__in=[need.pk for need in needs], **{f"{kind}__isnull": False}
    ).order_by("need", "rank")
    found: dict[int, list[Place]] = defaultdict(list)
    for need, score, number, pk in rows.values_list("need", "score", f"{kind}__public_no", "pk"):
        found[need].append(Place(score, number, pk))
    return found


def _write_merged(
    run: MatchRun,
    pool: RunPool,
    needs: Sequence[TechNeed],
    profiles: dict[str, NeedProfile],
    lists: dict[int, Merged],
) -> int:
    """Write new lists: what stayed is copied inside the database, what came is explained."""
    copied: list[tuple[int, int]] = []
    asked: list[tuple[NeedProfile, str]] = []
    places: list[tuple[int, int]] = []
    for need in needs:
        for rank, place in enumerate(lists[need.pk].places or (), start=1):
            if place.candidate is not None:
                copied.append((place.candidate, rank))
            else:
                asked.append((profiles[need.public_no], place.number))
                places.append((need.pk, rank))
    explained = [
        (need, pool.ids[found.target], replace(found, rank=rank))
        for (need, rank), found in zip(places, pool.explain_fresh(asked), strict=True)
    ]
    return candidates.take_over(run, pool.kind, copied) + candidates.store(run, pool.kind, explained)


def _with_free_places(base: MatchRun, needs: Sequence[TechNeed]) -> list[TechNeed]:
    """Those needs of which a match has moved since the base: a place may be free for the next on an unchanged list."""
    changed = Match.objects.filter(need__in=[need.pk for need in needs], state_since__gte=base.finished_at)
    moved = set(changed.values_list("need", flat=True))
    return [need for need in needs if need.pk in moved]


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
