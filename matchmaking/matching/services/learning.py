"""Weights learned from grades: learned at night, taken up when needs they have not seen gain, put away at a word."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.common.workflow import move
from matchmaking.matching import lessons, snapshot
from matchmaking.matching.enums import RankingState
from matchmaking.matching.models import RankingModel, StatisticsVersion
from matchmaking.matching.services.labels import graded_pairs
from matchmaking.matching.workflow import RANKING

if TYPE_CHECKING:
    from matchmaking.engine.policy import Policy


class OfAnotherEngine(Exception):
    """The weights were learned by another version of the engine."""

    message = _("These weights belong to another version of the engine and cannot be used.")


def live_policy() -> Policy:
    """The policy to rank by now."""
    return snapshot.default_policy()


def learn(*, alive: Callable[[], None] = lambda: None) -> dict[str, Any] | None:
    """Learn from all grades under the newest statistics; None when there is nothing (new) to learn from. It takes
    minutes and writes nothing: `keep` does. `alive` is called in between.

    Weights are learned anew from those of the engine and not from the last ones, which have seen the same grades.
    """
    pairs = graded_pairs()
    if len(pairs) < lessons.least_pairs():
        return None
    policy = snapshot.policy_from({})
    newest = StatisticsVersion.objects.readable_by(policy.version).first()
    if newest is None:
        return None
    read = json.dumps([pairs, policy.digest, newest.digest])
    digest = hashlib.sha256(read.encode()).hexdigest()
    if RankingModel.objects.filter(input_digest=digest).exists():
        return None
    found = lessons.learn(pairs, snapshot.read_model(newest.payload), policy, alive)
    return found | {
        "engine_version": policy.version,
        "input_digest": digest,
        "pairs": len(pairs),
        "needs": len({pair[0] for pair in pairs}),
    }


@transaction.atomic
def keep(found: dict[str, Any]) -> RankingModel:
    """Keep what was learned, and take it up: weights that gain nothing were left out before, see `engine.learning`.

    Whoever has put learned weights away by hand is asked first: then it stays a candidate.
    """
    made, created = RankingModel.objects.get_or_create(input_digest=found["input_digest"], defaults=found)
    if created:
        record(by=None, verb="ranking.learned", about=made, kind="ranking", detail=_figures(made))
        if not _put_away_by_hand():
            take_up(by=None, model=made)
    return made


def _put_away_by_hand() -> bool:
    """Weights were learned before and none is in use: somebody has decided so."""
    used = RankingModel.objects.exclude(state=RankingState.CANDIDATE)
    return used.exists() and not used.filter(state=RankingState.LIVE).exists()


def _figures(model: RankingModel) -> dict[str, Any]:
    return {"verdict": model.verdict, "pairs": model.pairs, "needs": model.needs}


@transaction.atomic
def take_up(*, by: User | None, model: RankingModel) -> RankingModel:
    """Rank by these weights from the next run on. Raises OfAnotherEngine, IllegalMove or StaleState."""
    if model.engine_version != snapshot.policy_from({}).version:
        raise OfAnotherEngine
    if model.state == RankingState.LIVE:
        return model
    put_away(by=by)
    move(model, RankingState.LIVE, workflow=RANKING)
    record(by=by, verb="ranking.taken_up", about=model, kind="ranking", detail=_figures(model))
    return model


@transaction.atomic
def put_away(*, by: User | None) -> int:
    """Rank by the weights of the engine from the next run on; return how many were put away: one or none."""
    live = list(RankingModel.objects.select_for_update().filter(state=RankingState.LIVE))
    for model in live:
        move(model, RankingState.RETIRED, workflow=RANKING)
        record(by=by, verb="ranking.put_away", about=model, kind="ranking", detail=_figures(model))
    return len(live)
