"""The run of one record that has just entered its pool: at once, and whole in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from catalog.models import Achievement
from experts.models import Expert
from matchmaking.jobs.models import Job
from matchmaking.matching import indexes, snapshot
from matchmaking.matching.automatic import matched
from matchmaking.matching.enums import RunScope
from matchmaking.matching.indexes import RunPool
from matchmaking.matching.models import MatchRun, StatisticsVersion
from matchmaking.matching.pools import Pools, last_full
from matchmaking.matching.services import planning, runs
from matchmaking.matching.services.proposals import propose
from matchmaking.matching.services.ranking import rank_lists
from needs.models import TechNeed

if TYPE_CHECKING:
    from matchmaking.engine.model import Model

CHUNK = 250  # needs that are read at a time
NEEDS = 25  # needs a second at least that one newcomer is held against
BASED = 300.0  # seconds at most for what has changed since a full run


def run_for_record(*, noun: str, key: int) -> MatchRun | None:
    """Return an unsaved run for a record that has just entered its pool, or None when it has left it again."""
    pools: dict[str, Any] = {"need": TechNeed, "achievement": Achievement, "expert": Expert}
    row = matched(pools[noun]).filter(pk=key).first()
    return None if row is None else MatchRun(scope=noun, **{noun: row})


def fit_if_first(job: Job, alive: Callable[[], None]) -> Model | None:
    """Fit a model for the run of one record when there is none this engine reads, before its transaction begins."""
    return runs.fit_if_due(MatchRun(engine_version=snapshot.default_policy().version, job=job), alive)


def longest() -> float:
    """Seconds that a run of one record may take. Without a full run to stand on it reads the pools whole; with one it
    compares them, indexes what has changed, and at worst reads every need."""
    policy = snapshot.default_policy()
    statistics = StatisticsVersion.objects.standing(policy.version)
    based = statistics is not None and last_full(statistics, policy) is not None
    whole = planning.longest(*indexes.KINDS)
    return TechNeed.objects.matched().count() / NEEDS + (min(BASED, whole) if based else whole)


def match_at_once(run: MatchRun, job: Job, fitted: Model | None) -> dict[str, int]:
    """Match one record that has just entered a pool, whole in the transaction of the job's chunk; `fitted`: the model
    that was fitted for it, if there was none."""
    policy = snapshot.default_policy()
    run.policy, run.engine_version, run.job = policy.as_dict(), policy.version, job
    run.save()
    statistics = runs.statistics_for(run, fitted)
    pools = Pools.now(last_full(statistics, policy), statistics, policy)
    counts = {"needs": 0, "candidates": 0, "proposed": 0, "revived": 0}
    lines = _match_need(run, pools, counts) if run.scope == RunScope.NEED else _match_newcomer(run, pools, counts)
    MatchRun.objects.filter(pk=run.pk).update(input_digest=runs.digest_of(run, lines))
    runs.finish_run(run, counts)
    return counts


def _match_need(run: MatchRun, pools: Pools, counts: dict[str, int]) -> list[str]:
    """Hold the need of the run against both pools; return what was read."""
    needs = list(runs.needs_in_scope(run))
    for kind in indexes.KINDS:
        if (pool := pools.whole(kind)) is not None:
            _rank(run, pool, needs, counts, whole=True)
    counts["needs"] = len(needs)
    return [f"{need.public_no} {indexes.need_stamp(need)}" for need in needs] + pools.read()


def _match_newcomer(run: MatchRun, pools: Pools, counts: dict[str, int]) -> list[str]:
    """Hold the achievement or expert of the run against all needs; return what was read.

    Needs that stand as the last full run has read them are loaded only where the newcomer may enter their list: beyond
    its last place, or wherever somebody on it has changed or left.
    """
    kind = run.scope
    pool = pools.of(kind, run.achievement if kind == RunScope.ACHIEVEMENT else run.expert)
    scope = runs.needs_in_scope(run)
    stamps, numbers = indexes.need_stamps(scope), dict(scope.values_list("pk", "public_no"))
    same = _with_the_same_list(pools, kind, stamps)
    near = pools.within_reach(pool, {numbers[key] for key in same})
    keys = [key for key in stamps if key not in same or numbers[key] in near]
    for start in range(0, len(keys), CHUNK):
        _rank(run, pool, list(scope.filter(pk__in=keys[start : start + CHUNK])), counts, whole=False)
    counts["needs"] = len(stamps)
    [target] = indexes.read_targets(kind, pool.numbers)
    return [f"{target.public_no} {target.stamp}", *(f"{numbers[key]} {stamp}" for key, stamp in stamps.items())]


def _with_the_same_list(pools: Pools, kind: str, stamps: dict[int, str]) -> set[int]:
    """The needs that are as the base has read them, and whose list of a kind has lost nobody since."""
    if pools.base is None:
        return set()
    same = planning.as_read(pools.base, stamps, planning.refused_by_need(stamps))
    return same - planning.holding(pools.base, kind, pools.since(kind).stale)


def _rank(run: MatchRun, pool: RunPool, needs: Sequence[TechNeed], counts: dict[str, int], *, whole: bool) -> None:
    """Rank a pool for some needs, store the lists, and propose matches."""
    rank_lists(run, pool, needs, snapshot.need_profiles(needs), counts)
    proposed, revived = propose(run, needs, pool, whole=whole)
    counts["proposed"] += proposed
    counts["revived"] += revived
