"""Runs of the engine, their candidates, and the matches people decide on."""

from matchmaking.matching.models.matches import (
    Contact,
    Disclosure,
    Exposure,
    Match,
    MatchQuerySet,
    MatchSide,
)
from matchmaking.matching.models.runs import (
    Candidate,
    MatchRun,
    MatchRunQuerySet,
    StatisticsVersion,
    StatisticsVersionQuerySet,
    Target,
    exactly_one_target,
)

__all__ = [
    "Candidate",
    "Contact",
    "Disclosure",
    "Exposure",
    "Match",
    "MatchQuerySet",
    "MatchRun",
    "MatchRunQuerySet",
    "MatchSide",
    "StatisticsVersion",
    "StatisticsVersionQuerySet",
    "Target",
    "exactly_one_target",
]
