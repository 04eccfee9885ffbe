"""Pairs that people name: what the engine says of them, at once, as a run would say it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matchmaking.matching import beside, snapshot
from matchmaking.matching.enums import MatchState, Origin, RunScope
from matchmaking.matching.models import Match, MatchRun, StatisticsVersion
from needs.models import TechNeed

UNSAID: dict[str, Any] = {"score": None, "probability": None, "reasons": []}


def explain_pair(need: TechNeed, target: beside.Answer) -> dict[str, Any]:
    """Return score, probability and reasons of one pair under the standing fit; nothing of all that before the first.

    Some milliseconds, once the process holds the libraries and the model. An encoder from outside is not waited for:
    the next run over everything says it with that one.
    """
    policy = snapshot.default_policy()
    standing = StatisticsVersion.objects.standing(policy.version)
    if standing is None:
        return dict(UNSAID)
    whole = TechNeed.objects.select_related("body__owner").get(pk=need.pk)
    return beside.score_pairs([(whole, target)], beside.model_at_once(standing.digest), policy)[0]


def explain_waiting(run: MatchRun) -> int:
    """Say of the matches proposed by hand that still wait what the engine says of them under this run's fit, so that
    one queue has one scale; return how many. A run over single records looks only at those of which nothing is said."""
    waiting = Match.objects.filter(origin=Origin.HUMAN, state=MatchState.PROPOSED)
    if run.scope != RunScope.ALL:
        waiting = waiting.filter(score=None)
    rows = waiting.select_for_update(of=("self",), no_key=True).select_related(
        "need__body__owner", "achievement", "expert__organisation", "team__owner").order_by("pk")  # fmt: skip
    matches = list(rows)
    if not matches or run.statistics is None:
        return 0
    model, policy = snapshot.read_model(run.statistics.payload), snapshot.policy_from(run.policy)
    _say(matches, beside.score_pairs([(match.need, match.target) for match in matches], model, policy))
    return len(matches)


def _say(matches: Sequence[Match], said: Sequence[dict[str, Any]]) -> None:
    for match, values in zip(matches, said, strict=True):
        for name, value in values.items():
            setattr(match, name, value)
        match.need_text_version = match.need.text_version
        match.target_text_version = match.target.text_version
    Match.objects.bulk_update(matches, [*UNSAID, "need_text_version", "target_text_version"])
