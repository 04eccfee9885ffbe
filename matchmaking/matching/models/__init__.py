"""Runs of the engine, their candidates, and the matches people decide on."""

from matchmaking.matching.models.assignment import Assignment, AssignmentPlan, NeedOutcome, TargetLoad
from matchmaking.matching.models.disclosures import (
    ContactReveal,
    Disclosure,
    DisclosureQuerySet,
    NdaAcceptance,
    NdaAcceptanceQuerySet,
    Question,
    QuestionQuerySet,
)
from matchmaking.matching.models.labels import Dispute, DisputeQuerySet, MatchGrade
from matchmaking.matching.models.learning import RankingModel, RankingModelQuerySet
from matchmaking.matching.models.looks import FittingLook
from matchmaking.matching.models.matches import (
    Contact,
    Exposure,
    Match,
    MatchQuerySet,
    MatchSide,
)
from matchmaking.matching.models.reserves import Reserve, ReserveQuerySet
from matchmaking.matching.models.runs import (
    Candidate,
    CandidateQuerySet,
    MatchRun,
    MatchRunQuerySet,
    StatisticsVersion,
    StatisticsVersionQuerySet,
    Target,
    exactly_one_target,
)
from matchmaking.matching.models.shards import RunNeed, RunShard, RunTarget

__all__ = [
    "Assignment",
    "AssignmentPlan",
    "Candidate",
    "CandidateQuerySet",
    "Contact",
    "ContactReveal",
    "Disclosure",
    "DisclosureQuerySet",
    "Dispute",
    "DisputeQuerySet",
    "Exposure",
    "FittingLook",
    "Match",
    "MatchGrade",
    "MatchQuerySet",
    "MatchRun",
    "MatchRunQuerySet",
    "MatchSide",
    "NdaAcceptance",
    "NdaAcceptanceQuerySet",
    "NeedOutcome",
    "Question",
    "QuestionQuerySet",
    "RankingModel",
    "RankingModelQuerySet",
    "Reserve",
    "ReserveQuerySet",
    "RunNeed",
    "RunShard",
    "RunTarget",
    "StatisticsVersion",
    "StatisticsVersionQuerySet",
    "Target",
    "TargetLoad",
    "exactly_one_target",
]
