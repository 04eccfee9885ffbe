"""Weights learned from grades: learned at night, taken up when needs they have not seen gain, put away at a word."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Min, Q
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.common.workflow import move
from matchmaking.matching import lessons, snapshot
from matchmaking.matching.enums import DeclineReason, MatchState, RankingState, Strength
from matchmaking.matching.models import Match, RankingModel, StatisticsVersion
from matchmaking.matching.services.labels import Pair, graded_by_one, graded_pairs
from matchmaking.matching.workflow import RANKING

Grade = tuple[str, str, str, int]  # a pair and what it was given
# Of the pairs that are learned from, one organisation may stand behind so many alone: a party must not teach by itself
# what a good match is.
ONE_SHARE = 0.2

# Released by an officer, whatever the sides made of it; a side's no may have many reasons.
_WANTED = (
    MatchState.RELEASED,
    MatchState.CONTACT_OPENED,
    MatchState.MEETING,
    MatchState.NEGOTIATION,
    MatchState.SIGNED,
)
_FALLS_SHORT = (DeclineReason.INDICATOR_GAP, DeclineReason.MATURITY)
_AS_GRADE = {MatchState.SIGNED: Strength.VERY_STRONG, MatchState.DROPPED: Strength.VERY_WEAK}


class OfAnotherEngine(Exception):
    """The weights were learned by another version of the engine."""

    message = _("These weights belong to another version of the engine and cannot be used.")


def learn(*, alive: Callable[[], None] = lambda: None) -> dict[str, Any] | None:
    """Learn from all grades under the newest statistics; None when there is nothing (new) to learn from. It takes
    minutes and writes nothing: `keep` does. `alive` is called in between.

    Weights are learned anew from those of the engine and not from the last ones, which have seen the same grades.
    """
    pairs = bounded(graded_pairs(), graded_by_one())
    if len(pairs) < lessons.least_pairs():
        return None
    decisions = decided_pairs()
    policy = snapshot.policy_from({})
    newest = StatisticsVersion.objects.readable_by(policy.version).first()
    if newest is None:
        return None
    read = json.dumps([pairs, decisions, policy.digest, newest.digest])
    digest = hashlib.sha256(read.encode()).hexdigest()
    if RankingModel.objects.filter(input_digest=digest).exists():
        return None
    found = lessons.learn(pairs, decisions, snapshot.read_model(newest.payload), policy, alive)
    return found | {
        "engine_version": policy.version,
        "input_digest": digest,
        "pairs": len(pairs),
        "needs": len({pair[0] for pair in pairs}),
    }


def bounded(pairs: Sequence[Grade], speakers: Mapping[Pair, int]) -> list[Grade]:
    """Leave out so many pairs that no organisation alone stands behind more than `ONE_SHARE` of those that stay.

    `speakers` names the organisation of the pairs that only one has graded. Which of its pairs stay is drawn by their
    numbers, so that it can neither be chosen nor change with what others grade.
    """
    own = Counter(speakers[pair[:3]] for pair in pairs if pair[:3] in speakers)
    free = len(pairs) - own.total()
    most = max(own.values(), default=0)
    while most and most > ONE_SHARE * (free + sum(min(one, most) for one in own.values())):
        most -= 1
    drawn = sorted(pairs, key=lambda pair: hashlib.sha256("\n".join(pair[:3]).encode()).digest())
    taken: Counter[int] = Counter()
    kept = set()
    for pair in drawn:
        speaker = speakers.get(pair[:3])
        if speaker is None or taken[speaker] < most:
            kept.add(pair)
        if speaker is not None:
            taken[speaker] += 1
    return [pair for pair in pairs if pair in kept]


def decided_pairs() -> list[tuple[str, str, str, int, int]]:
    """Return (need number, target number, kind, as if of this grade, place) of the matches that somebody saw in a list
    and decided on, in the order of the numbers. The place is the best at which it was shown.

    Only what speaks of the pair itself counts: a released match as strong, a signed one as very strong, and one that
    was dropped because it falls short as very weak. A price or a lack of time says nothing about the fit. Changed texts
    make a decision void, as they do with grades.
    """
    found = []
    for kind in lessons.KINDS:
        rows = (
            Match.objects.filter(_spoken(), need_text_version=F("need__text_version"), **{f"{kind}__isnull": False})
            .filter(target_text_version=F(f"{kind}__text_version"))
            .annotate(place=Min("exposures__position"))
            .exclude(place=None)
        )
        for need, target, state, place in rows.values_list("need__public_no", f"{kind}__public_no", "state", "place"):
            grade = _AS_GRADE.get(MatchState(state), Strength.STRONG)
            found.append((need, target, kind, int(grade), max(1, place)))
    return sorted(found)


def _spoken() -> Q:
    return Q(state__in=_WANTED) | Q(state=MatchState.DROPPED, drop_reason__in=_FALLS_SHORT)


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
