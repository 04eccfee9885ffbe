"""The pools of a run: what it has read of each target, and the index as a file that all workers map into memory.

A run ranks against the pool as it was planned, whatever has changed since. An incremental run ranks against the files
of the run it is based on, less the targets that have changed or left since, together with a small index of those that
have changed or come. A pair has its score in any company, so both ways give the same bits.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Value

from catalog.models import Achievement, CompletingUnit
from experts.models import Conflict, Expert
from matchmaking.matching import outside, snapshot
from matchmaking.matching.automatic import matched
from matchmaking.matching.models import MatchRun, RunShard, RunTarget
from needs.models import NeedInvitation, TechNeed

if TYPE_CHECKING:
    from matchmaking.engine.kept import KeptNeeds
    from matchmaking.engine.ranking import Index
    from matchmaking.engine.types import Candidate, NeedProfile, Ranking

KINDS = ("achievement", "expert")
Pairs = Collection[tuple[str, str]]


class IndexLost(Exception):
    """A file the run was planned with is gone, damaged or of other statistics: the run must be planned anew."""


@dataclass(frozen=True)
class Read:
    """A record as the engine would read it; `stamp` changes whenever it would read something else."""

    pk: int
    public_no: str
    text_version: int
    stamp: str


# What a run reads beside the texts: what the engine compares, and who may read the record, for a pair that is closed to
# one side is not proposed. Editing a text raises `text_version`; moving a record to another state changes nothing.
NEED_FACTS = (
    "tech_field", "industry", "target_trl", "region_id", "coop_modes", "budget_band", "due_months", "visibility",
)  # fmt: skip
FACTS = {
    "achievement": ("tech_field", "discipline", "applications", "trl", "region_id", "coop_modes", "price_band",
                    "visibility", "body__owner"),
    "expert": ("fields", "industries", "regions", "visibility", "body__owner"),
}  # fmt: skip


def read_targets(kind: str, keys: Collection[int] | None = None) -> list[Read]:
    """Return the targets of a kind that may be proposed now, in the order of their numbers: all, or those of `keys`."""
    rows: Any
    if kind == "achievement":
        rows, own = matched(Achievement), Value("")
        about: Any = CompletingUnit.objects.filter(achievement=OuterRef("pk")).order_by("position")
    else:
        rows, own = matched(Expert), F("organisation__uscc")  # type: ignore[assignment]
        about = Conflict.objects.filter(expert=OuterRef("pk")).order_by("organisation_id")
    rows = rows if keys is None else rows.filter(pk__in=list(keys))
    rows = rows.annotate(about=ArraySubquery(about.values("organisation__uscc")), own=own).order_by("public_no")
    found = rows.values_list("pk", "public_no", "text_version", "own", "about", *FACTS[kind])
    return [
        Read(pk, number, text, _stamp(text, (own, *about), facts)) for pk, number, text, own, about, *facts in found
    ]


def need_stamp(need: TechNeed) -> str:
    """The stamp of a need that was loaded with its body, owner and invitations."""
    guests = sorted(guest.organisation_id for guest in need.invitations.all())
    facts = [getattr(need, name) for name in NEED_FACTS]
    return _stamp(need.text_version, (need.body.owner.uscc,), [*facts, guests])


def need_stamps(needs: Any) -> dict[int, str]:
    """Return the stamps of a queryset of needs by id, in its order."""
    invited = NeedInvitation.objects.filter(need=OuterRef("pk")).order_by("organisation")
    rows = needs.annotate(guests=ArraySubquery(invited.values("organisation")))
    found = rows.values_list("pk", "text_version", "body__owner__uscc", *NEED_FACTS, "guests")
    return {pk: _stamp(text, (uscc,), facts) for pk, text, uscc, *facts in found}


def _stamp(text_version: int, codes: Iterable[str | None], facts: Sequence[Any]) -> str:
    """The version of the texts, and a short hash of all else: the facts, and the credit codes of organisations."""
    about = repr(([code or "" for code in codes], facts)).encode()
    return f"{text_version}.{hashlib.blake2s(about, digest_size=8).hexdigest()}"


def compile_first(alive: Callable[[], None]) -> None:
    """Compile the loops of the engine, once a process, before a transaction begins: where nothing is kept yet it takes
    about a minute, and the database ends a transaction that says nothing for so long. `alive` is called meanwhile."""
    if _COMPILED.is_set():
        return
    from matchmaking.engine.kernel.warm import warm  # numerical libraries stay out of the web process

    with ThreadPoolExecutor(1) as pool:
        compiling = pool.submit(warm)
        while not wait([compiling], timeout=SIGN).done:
            alive()
    compiling.result()
    _COMPILED.set()


_COMPILED = threading.Event()
SIGN = 2.0  # seconds between two signs of life

# --- Files ------------------------------------------------------------------------------------------------------


def folder() -> Path:
    """Where the indexes of this installation lie; every worker sees the same folder."""
    path = Path(settings.MATCH_INDEX_DIR)
    path.mkdir(parents=True, exist_ok=True)
    return path


def build(kind: str, keys: Iterable[int], run: MatchRun, *, like: Index | None = None) -> tuple[str, str]:
    """Index the records with these ids and return the name of the file and the digest of the model it stands on;
    `like`: an index whose model to share."""
    from matchmaking.engine import stored  # numerical libraries stay out of the web process

    assert run.statistics is not None  # planned
    policy = snapshot.policy_from(run.policy)
    model = like.weigher.model if like else snapshot.read_model(run.statistics.payload)
    rows = list(snapshot.pool_rows(kind).filter(pk__in=list(keys)))
    # The helpers of a run have nothing to do before the pools are indexed: their processors are free.
    threads = settings.MATCH_HELPERS + 1
    pool = snapshot.build_pool(kind, rows, model, policy, weigher=like.weigher if like else None, threads=threads)
    return stored.save(pool.index, folder()).name, model.digest


def remove_files(kept: Collection[str]) -> int:
    """Delete the indexes that nobody needs any more, and the models that are older than all that stay.

    A model is written anew right before every index that needs it. Files of the last hour stay: a run may be about to
    name them.
    """
    old = time.time() - 3_600
    for path in [*folder().glob("*.index"), *folder().glob("*.needs")]:
        if path.name not in kept and path.stat().st_mtime < old:
            path.unlink(missing_ok=True)
    oldest = min((path.stat().st_mtime for path in folder().glob("*.index")), default=time.time())
    removed = 0
    for path in [*folder().glob("*.model"), *folder().glob("*.part")]:
        if path.stat().st_mtime < min(oldest, time.time()) - 3_600:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def drop_files(run: MatchRun) -> None:
    """Delete the indexes a run was planned with, so that a damaged one is named by no later plan."""
    for kept in run.indexes.values():
        for name in ("whole", "fresh"):
            if name in kept:
                (folder() / kept[name]).unlink(missing_ok=True)


def load(name: str, model: str) -> Index:
    """Map an index of this model once a process; older ones are let go. Raises IndexLost."""
    return _load(name, model, reader())


def reader() -> tuple[int, str]:
    """For whom an index is held: the engine explains on scratch arrays of the index, so two threads never share one;
    and an encoder from outside that is there or not makes another index."""
    return threading.get_ident(), outside.missing()


@lru_cache(maxsize=4)
def _load(name: str, model: str, _for: tuple[int, str]) -> Index:
    from matchmaking.engine import stored  # numerical libraries stay out of the web process

    try:
        index = stored.load(folder() / name, sentences=outside.sentences(), reader=outside.reader())
    except (FileNotFoundError, stored.DamagedIndexError) as error:
        raise IndexLost(name) from error
    if index.weigher.model.digest != model:
        raise IndexLost(name)
    return index


# --- The pool of a run ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RunPool:
    """The targets of one kind of a run. `whole` is the index of the run or of its base; of its targets `stale` have
    changed or left since, and `fresh` holds those that have changed or come."""

    kind: str
    whole: Index
    stale: frozenset[str]
    fresh: Index | None
    ids: dict[str, int]
    numbers: dict[int, str]
    text_versions: dict[str, int]
    kept: Sequence[KeptNeeds] = ()

    def rank(self, needs: Sequence[NeedProfile], *, top: int, exclude: Pairs) -> list[Ranking]:
        """Rank the whole pool for some needs, with reasons."""
        if not self.stale and self.fresh is None:
            return self.whole.rank(needs, top=top, exclude=exclude)
        gone = {(need.key, number) for need in needs for number in self.stale}
        old = self.whole.rank(needs, top=top, exclude={*exclude, *gone}, explain=False)
        new = self.rank_fresh(needs, top=top, exclude=exclude)
        merged = [
            sorted((*one.candidates, *other.candidates), key=lambda found: (-found.score, found.target))[:top]
            for one, other in zip(old, new, strict=True)
        ]
        return [
            replace(ranking, candidates=tuple(found))
            for ranking, found in zip(old, self._explained(needs, merged), strict=True)
        ]

    def rank_fresh(
        self, needs: Sequence[NeedProfile], *, top: int, exclude: Pairs, as_kept: bool = False
    ) -> list[Ranking]:
        """Rank only what has changed or come, without reasons; `as_kept`: the needs are as the base has read them."""
        from matchmaking.engine.types import Ranking  # numerical libraries stay out of the web process

        if self.fresh is None:
            return [Ranking(need.key) for need in needs]
        index = self._fresh_to_kept() if as_kept else self.fresh
        return index.rank(needs, top=top, exclude=exclude, explain=False)

    def explain_fresh(self, pairs: Sequence[tuple[NeedProfile, str]]) -> list[Candidate]:
        """Score and explain pairs of needs as the base has read them with targets that have changed or come."""
        return self._fresh_to_kept().score_pairs(pairs) if self.fresh and pairs else []

    def within_reach(self, needs: Collection[str]) -> set[str]:
        """The needs, as the base has read them, whose list somebody may enter who has changed or come."""
        return within_reach(self.kept, self.fresh, needs) if self.fresh else set()

    def _fresh_to_kept(self) -> Index:
        """What has changed or come, for needs that stand as they were weighed."""
        from matchmaking.engine.kept import KeptWeigher  # numerical libraries stay out of the web process

        assert self.fresh is not None  # asked by the callers
        return replace(self.fresh, weigher=KeptWeigher.of(self.fresh.weigher, self.kept))

    def _explained(self, needs: Sequence[NeedProfile], lists: list[list[Candidate]]) -> list[list[Candidate]]:
        new = frozenset(self.fresh.constraints.positions) if self.fresh else frozenset()
        asked = [
            (need, found.target, rank)
            for need, listed in zip(needs, lists, strict=True)
            for rank, found in enumerate(listed, start=1)
        ]
        explained: dict[tuple[str, str], Candidate] = {}
        for index, of_index in ((self.fresh, True), (self.whole, False)):
            part = [(need, target, rank) for need, target, rank in asked if (target in new) == of_index]
            if index is not None and part:
                for (need, target, rank), one in zip(
                    part, index.score_pairs([(need, target) for need, target, _rank in part]), strict=True
                ):
                    explained[need.key, target] = replace(one, rank=rank)
        return [
            [explained[need.key, found.target] for found in listed] for need, listed in zip(needs, lists, strict=True)
        ]


def within_reach(known: Sequence[KeptNeeds], index: Index, needs: Collection[str]) -> set[str]:
    """The needs whose list some target of an index may enter; those that are not kept may all."""
    found = set(needs)
    for kept in known:
        if index.terms.kind in kept.scales:
            here = [key for key in kept.keys if key in needs]
            found = found.difference(here).union(kept.within_reach(index, here))
    return found


def in_memory(pool: snapshot.Pool) -> RunPool:
    """A pool that was read and indexed just now, without files."""
    return RunPool(pool.kind, pool.index, frozenset(), None, pool.ids, pool.numbers, pool.text_versions)


def pool_of(run: MatchRun, kind: str) -> RunPool | None:
    """Return the pool of a planned run, None when there is nobody in it. Raises IndexLost."""
    files = run.indexes.get(kind)
    if not files:
        return None
    names = files["whole"], files.get("fresh", ""), files["model"]
    return _pool_of((run.pk, run.base_id), kind, names, reader())


@lru_cache(maxsize=4)
def _pool_of(runs: tuple[int, int | None], kind: str, names: tuple[str, str, str], _for: tuple[int, str]) -> RunPool:
    run, base = runs
    whole, fresh, model = names
    rows = list(RunTarget.objects.filter(run=run, kind=kind).values_list("public_no", "target", "text_version"))
    stale, _changed = changes(run, base, kind) if base else (frozenset(), ())
    index = load(whole, model)
    return RunPool(
        kind,
        index,
        frozenset(stale),
        load(fresh, model) if fresh else None,
        {number: pk for number, pk, _text in rows},
        {pk: number for number, pk, _text in rows},
        {number: text for number, _pk, text in rows},
        kept_of(base, index.weigher.model.digest, index.policy.digest) if base else (),
    )


def keep_needs(run: MatchRun, profiles: Sequence[NeedProfile], reach: dict[str, list[float]]) -> str:
    """Write needs that were just ranked as they were weighed, and what a newcomer has to score to enter each of their
    lists; return the name of the file, empty when there is nobody to rank."""
    from matchmaking.engine.kept import KeptNeeds  # numerical libraries stay out of the web process

    pools = {kind: pool_of(run, kind) for kind in KINDS}
    known = {kind: pool.whole for kind, pool in pools.items() if pool is not None}
    if not known:
        return ""
    weigher = next(iter(known.values())).weigher
    asked = {index.terms.kind: reach[kind] for kind, index in known.items()}
    return KeptNeeds.of(profiles, weigher, asked).save(folder(), weigher).name


@lru_cache(maxsize=1)
def kept_of(base: int, model: str, policy: str) -> list[KeptNeeds]:
    """Map what a run has kept of its needs. What is gone or damaged is left out: those needs are weighed anew."""
    from matchmaking.engine import kept  # numerical libraries stay out of the web process

    found = []
    for name in RunShard.objects.filter(run=base).exclude(weighed="").order_by("number").values_list("weighed"):
        with contextlib.suppress(FileNotFoundError, kept.DamagedIndexError):
            found.append(kept.KeptNeeds.load(folder() / name[0], model=model, policy=policy))
    return found


def changes(run: int, base: int, kind: str) -> tuple[frozenset[str], list[int]]:
    """Return what is no more as the base has read it: the numbers that are stale there, and the ids of the fresh."""
    rows = RunTarget.objects.filter(run=run, kind=kind).order_by("public_no")
    now = [Read(*row) for row in rows.values_list("target", "public_no", "text_version", "stamp")]
    stale, fresh = compared(stamps_of(base, kind), now)
    return stale, [one.pk for one in fresh]


def compared(then: Mapping[str, str], now: Sequence[Read]) -> tuple[frozenset[str], list[Read]]:
    """Hold what is read now against stamps by number: the numbers that are stale among those, and what is fresh."""
    fresh = [one for one in now if then.get(one.public_no) != one.stamp]
    same = {one.public_no for one in now}.difference(one.public_no for one in fresh)
    return frozenset(then.keys() - same), fresh


def stamps_of(run: int, kind: str) -> dict[str, str]:
    """The stamps that a run has read, by number."""
    return dict(RunTarget.objects.filter(run=run, kind=kind).values_list("public_no", "stamp"))
