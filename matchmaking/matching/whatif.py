"""One pair in the web process: its score at once, the line, and the smallest change that would move it across.

The engine is imported inside the functions: the numerical libraries and the model come with the first question, some
seconds once a process; from then on an answer takes some tenths of a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.models import Achievement
from experts.models import Expert
from matchmaking.matching import beside, snapshot
from matchmaking.matching.models import MatchRun, RankingModel, StatisticsVersion
from matchmaking.matching.nouns import Answer
from matchmaking.matching.reasons import as_json
from matchmaking.vocabularies import selectors as vocabularies
from needs.models import TechNeed

if TYPE_CHECKING:
    from matchmaking.engine.changing import Change, Pair
    from matchmaking.engine.policy import Policy


@dataclass(frozen=True)
class Frozen:
    """What a pair is scored under: the digest of the statistics, the policy, and the run that scored under both."""

    digest: str
    policy: Policy
    run: MatchRun | None = None


@dataclass(frozen=True)
class Chance:
    """The share of strong ones among pairs of this score, with its band; all from 0 to 1. `graded`: counted from grades
    given here, and not from those the engine came with."""

    share: float
    low: float
    high: float
    graded: bool


@dataclass(frozen=True)
class Standing:
    """Where a pair stands: its score and reasons, the line, and what would take it across.

    `beyond`: the line is the last place of a full list and not the floor. `worded`: more than single characters carries
    the pair; without it no score is above the line. `changes`: the smallest of every kind that
    crosses, the smallest of all first; `tried`: how many kinds there were to try.
    """

    score: float
    reasons: list[dict[str, Any]]
    excluded: str
    chance: Chance | None
    line: float
    beyond: bool
    above: bool
    worded: bool
    changes: Sequence[Change]
    tried: int

    @property
    def gap(self) -> float:
        """How far the score lies from the line, never negative."""
        return abs(self.score - self.line)


def load_libraries() -> None:
    """Load everything the jobs of matching compute with."""
    import matchmaking.engine.kept
    import matchmaking.engine.kernel.compiled
    import matchmaking.engine.model
    import matchmaking.engine.stored  # noqa: F401


def frozen_now() -> Frozen | None:
    """The statistics by which matches stand, and the policy in force; None before the first fit."""
    policy = snapshot.default_policy()
    standing = StatisticsVersion.objects.standing(policy.version)
    return Frozen(standing.digest, policy) if standing else None


def frozen_of(run: MatchRun | None) -> Frozen | None:
    """What a run scored under, as long as it is kept and this engine reads it; else what is in force now."""
    if run is None:
        return frozen_now()
    kept = StatisticsVersion.objects.readable_by(snapshot.default_policy().version).filter(pk=run.statistics_id)
    digest = kept.values_list("digest", flat=True).first()
    return Frozen(digest, snapshot.policy_from(run.policy), run) if digest else frozen_now()


def line_of(kind: str) -> float:
    """The least score at which the engine proposes a pair of this kind now; 1 where it proposes none."""
    return min(1.0, snapshot.default_policy().floor_of(kind))


def has_run() -> bool:
    """Whether there have ever been statistics: without readable ones a run waits to be made anew, not for the first
    time."""
    return StatisticsVersion.objects.exists()


def stand(need: TechNeed, target: Answer, frozen: Frozen, *, last: float | None = None) -> Standing:
    """Score a pair and look for what would take it across the line: the floor, or the `last` score of a full list.

    The need is loaded with its body and owner, an expert with his organisation, a team with its owner.
    """
    pair = _pair(need, target, frozen)
    found = pair.candidate()
    line, beyond = (last, True) if last is not None and last > pair.index.floor else (pair.index.floor, False)
    changes = pair.smallest(line, bands=vocabularies.codes("PRICE_BAND"), beyond=beyond)
    reasons = as_json(found.reasons)
    chance = _chance(pair, found.score)
    return Standing(found.score, reasons, found.excluded, chance, line, beyond, changes.above, changes.worded,
                    changes.found, len(changes.tried))  # fmt: skip


def _pair(need: TechNeed, target: Answer, frozen: Frozen) -> Pair:
    from matchmaking.engine.changing import Pair  # numerical libraries come with the first question only

    [profile] = snapshot.need_profiles([need])
    answer: Any
    if isinstance(target, Achievement):
        [answer] = snapshot.offer_profiles([target])
    elif isinstance(target, Expert):
        [answer] = snapshot.expert_profiles([target])
    else:
        [answer] = beside.team_profiles([target])
    return Pair.of(profile, answer, beside.model_at_once(frozen.digest), frozen.policy)


def _chance(pair: Pair, score: float) -> Chance | None:
    calibration = pair.index.calibration
    if calibration is None:
        return None
    from matchmaking.engine.beginning import EXPERTS, OFFERS  # comes with the engine

    stated = calibration.state(score)
    graded = calibration.as_steps() not in (OFFERS, EXPERTS) and RankingModel.objects.exists()
    return Chance(stated.probability, stated.low, stated.high, graded)


def warm() -> bool:
    """Load the libraries and the newest fit, and score a pair of two words; return whether there is a fit."""
    frozen = frozen_now()
    if frozen is None:
        return False
    from matchmaking.engine.changing import Pair  # numerical libraries come with the first question only
    from matchmaking.engine.types import NeedProfile, OfferProfile  # see above

    words = "裂纹检测"
    need, offer = NeedProfile(key="need", title=words), OfferProfile(key="offer", title=words)
    pair = Pair.of(need, offer, beside.model_at_once(frozen.digest), frozen.policy)
    pair.candidate()
    pair.smallest(pair.index.floor, bands=vocabularies.codes("PRICE_BAND"))
    return True
