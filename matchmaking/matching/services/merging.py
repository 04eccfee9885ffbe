"""Holding the needs of an incremental run against what has changed since its base.

Needs stand as they were weighed in files of the base, and what a newcomer has to score to enter each of their lists.
So only needs are read of which a list may move, and lists are written by kind: the others stay with the base.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from matchmaking.matching import indexes, snapshot
from matchmaking.matching.indexes import KINDS, RunPool
from matchmaking.matching.models import Candidate, Match, MatchRun, RunNeed
from matchmaking.matching.services import candidates
from matchmaking.matching.services.planning import as_read, holding, refused_by_need
from matchmaking.matching.services.proposals import refused_pairs
from matchmaking.matching.services.ranking import rank_lists
from matchmaking.matching.services.runs import needs_in_scope
from needs.models import TechNeed

if TYPE_CHECKING:
    from matchmaking.engine.policy import Policy
    from matchmaking.engine.types import NeedProfile


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


@dataclass
class _Block:
    """The needs of a block: their stamps and refusals now, which are as the base has read them, whose list of a kind
    somebody new may enter, and those that are loaded."""

    stamps: dict[int, str]
    refused: dict[int, list[list[object]]]
    numbers: dict[int, str]
    same: set[int]
    near: dict[str, set[int]] = field(default_factory=dict)
    needs: dict[int, TechNeed] = field(default_factory=dict)
    profiles: dict[int, NeedProfile] = field(default_factory=dict)

    def load(self, run: MatchRun, keys: Collection[int]) -> None:
        """Load needs; one that was edited meanwhile is not as the base has read it any more."""
        loaded = list(needs_in_scope(run).filter(pk__in=keys))
        self.needs = {need.pk: need for need in loaded}
        self.profiles = dict(zip(self.needs, snapshot.need_profiles(loaded), strict=True))
        for need in loaded:
            stamp = indexes.need_stamp(need)
            if stamp != self.stamps[need.pk]:
                self.stamps[need.pk] = stamp
                self.same.discard(need.pk)
        gone = set(keys) - self.needs.keys()
        self.same -= gone

    def chosen(self, keys: Collection[int]) -> list[TechNeed]:
        """Those of the loaded needs, in the order of their numbers."""
        return [need for key, need in self.needs.items() if key in keys]


def merge(run: MatchRun, base: MatchRun, keys: Sequence[int], counts: dict[str, int]) -> dict[str, list[TechNeed]]:
    """Write what has moved of the lists of these needs, share the rest with the base; return by kind the needs whose
    list is new, or in which a place may have become free."""
    block = _read(run, base, keys)
    block.near = {kind: _near(run, kind, block) for kind in KINDS}
    touched = {kind: block.near[kind] | (_holding_stale(run, base, kind) & block.same) for kind in KINDS}
    freed = _with_moved_matches(base, block.same)
    block.load(run, {key for key in block.stamps if key not in block.same}.union(freed, *touched.values()))
    changed = block.needs.keys() - block.same
    policy = snapshot.policy_from(run.policy)
    written: dict[str, set[int]] = {}
    ranked = set(changed)
    for kind in KINDS:
        pool = indexes.pool_of(run, kind)
        found = _merged_lists(pool, base, block.chosen(touched[kind] & block.same), block, policy)
        moved = {key for key, one in found.items() if one.moved}
        copied = {key for key in moved if found[key].places is not None and policy.quoted_ranks >= policy.top}
        whole = changed | (moved - copied)
        needs = block.chosen(whole)
        if pool is not None:
            rank_lists(run, pool, needs, [block.profiles[need.pk] for need in needs], counts)
        counts["candidates"] += _write_merged(run, kind, block, {key: found[key] for key in copied})
        written[kind] = whole | moved
        ranked |= whole
    _write_down(run, base, block, written)
    counts["ranked"] += len(ranked)
    return {kind: block.chosen(written[kind] | freed) for kind in KINDS}


def _read(run: MatchRun, base: MatchRun, keys: Sequence[int]) -> _Block:
    scope = needs_in_scope(run).filter(pk__in=keys)
    stamps, numbers = indexes.need_stamps(scope), dict(scope.values_list("pk", "public_no"))
    refused = refused_by_need(stamps)
    return _Block(stamps, refused, numbers, as_read(base, stamps, refused) & numbers.keys())


def _near(run: MatchRun, kind: str, block: _Block) -> set[int]:
    """The needs whose list of this kind somebody may enter who has come, or is read anew."""
    pool = indexes.pool_of(run, kind)
    if pool is None or pool.fresh is None:
        return set()
    near = pool.within_reach({block.numbers[key] for key in block.same})
    return {key for key in block.same if block.numbers[key] in near}


def _holding_stale(run: MatchRun, base: MatchRun, kind: str) -> set[int]:
    """The needs on whose list of the base a target stands that has changed or left."""
    pool = indexes.pool_of(run, kind)
    return holding(base, kind, pool.stale) if pool is not None else set()


def _merged_lists(
    pool: RunPool | None, base: MatchRun, needs: Sequence[TechNeed], block: _Block, policy: Policy
) -> dict[int, Merged]:
    """The lists of one kind after what has changed, by need; only those that are near may get somebody new."""
    if pool is None or not needs:
        return {}
    held = _held(base, pool.kind, needs)
    open_to = [need for need in needs if need.pk in block.near[pool.kind]]
    profiles = [block.profiles[need.pk] for need in open_to]
    rankings = pool.rank_fresh(profiles, top=policy.top, exclude=refused_pairs(open_to, pool), as_kept=True)
    came: dict[int, list[Place]] = defaultdict(list)
    for need, ranking in zip(open_to, rankings, strict=True):
        came[need.pk] = [Place(found.score, found.target) for found in ranking.candidates]
    return {need.pk: merged(held[need.pk], pool.stale, came[need.pk], policy.top) for need in needs}


def _held(base: MatchRun, kind: str, needs: Sequence[TechNeed]) -> dict[int, list[Place]]:
    """The lists of the base, best first."""
    rows = Candidate.objects.filter(
        run=base, need__in=[need.pk for need in needs], **{f"{kind}__isnull": False}
    ).order_by("need", "rank")
    found: dict[int, list[Place]] = defaultdict(list)
    for need, score, number, pk in rows.values_list("need", "score", f"{kind}__public_no", "pk"):
        found[need].append(Place(score, number, pk))
    return found


def _write_merged(run: MatchRun, kind: str, block: _Block, lists: dict[int, Merged]) -> int:
    """Write new lists: what stayed is copied inside the database, what came is explained."""
    pool = indexes.pool_of(run, kind)
    if pool is None:
        return 0
    copied: list[tuple[int, int]] = []
    asked: list[tuple[NeedProfile, str]] = []
    places: list[tuple[int, int]] = []
    for key, one in lists.items():
        for rank, place in enumerate(one.places or (), start=1):
            if place.candidate is not None:
                copied.append((place.candidate, rank))
            else:
                asked.append((block.profiles[key], place.number))
                places.append((key, rank))
    explained = [
        (need, pool.ids[found.target], replace(found, rank=rank))
        for (need, rank), found in zip(places, pool.explain_fresh(asked), strict=True)
    ]
    return candidates.take_over(run, kind, copied) + candidates.store(run, kind, explained)


def _write_down(run: MatchRun, base: MatchRun, block: _Block, written: dict[str, set[int]]) -> None:
    """Say for every need where its lists stand."""
    rows = []
    for need in block.chosen(set().union(*written.values())):
        sources = {kind: run if need.pk in written[kind] else base for kind in KINDS}
        others = sources["expert"] if sources["expert"] != sources["achievement"] else None
        rows.append(
            RunNeed(run=run, need=need, source=sources["achievement"], expert_source=others,
                    stamp=block.stamps[need.pk], text_version=need.text_version, refused=block.refused[need.pk])
        )  # fmt: skip
    RunNeed.objects.bulk_create(rows)
    candidates.share_lists(run, base, list(block.same.difference(*written.values())))


def _with_moved_matches(base: MatchRun, needs: Collection[int]) -> set[int]:
    """Those needs of which a match has moved since the base: a place may be free for the next on an unchanged list."""
    changed = Match.objects.filter(need__in=needs, state_since__gte=base.finished_at)
    return set(changed.values_list("need", flat=True))
