"""Ranking a pool for some needs of a run and storing the lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matchmaking.matching import snapshot
from matchmaking.matching.indexes import RunPool
from matchmaking.matching.models import MatchRun
from matchmaking.matching.services import candidates
from matchmaking.matching.services.proposals import refused_pairs
from needs.models import TechNeed

if TYPE_CHECKING:
    from matchmaking.engine.types import NeedProfile


def rank_lists(
    run: MatchRun, pool: RunPool, needs: Sequence[TechNeed], profiles: Sequence[NeedProfile], counts: dict[str, int]
) -> list[float]:
    """Rank a pool for these needs and store the lists; return for every need what a newcomer has to score to enter its
    list, 0 as long as a place is left."""
    if not needs:
        return []
    top = snapshot.policy_from(run.policy).top
    ids = {need.public_no: need.pk for need in needs}
    rankings = pool.rank(profiles, top=top, exclude=refused_pairs(needs, pool))
    counts["candidates"] += candidates.store(
        run, pool.kind,
        ((ids[one.need], pool.ids[found.target], found) for one in rankings for found in one.candidates),
    )  # fmt: skip
    return [one.candidates[-1].score if len(one.candidates) >= top else 0.0 for one in rankings]
