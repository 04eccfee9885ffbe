"""Use cases of teams: writing, the way into the pool, and out of it."""

from experts.teams.services.joining import (
    admit_team,
    dissolve_team,
    refuse_team,
    reopen_team,
    return_team,
    step_out,
    submit_team,
)
from experts.teams.services.refusals import Incomplete, NotAllowed, ReasonMissing
from experts.teams.services.revising import REVISING, revise_team
from experts.teams.services.writing import bulk_create_teams, create_team, update_team

__all__ = [
    "REVISING",
    "Incomplete",
    "NotAllowed",
    "ReasonMissing",
    "admit_team",
    "bulk_create_teams",
    "create_team",
    "dissolve_team",
    "refuse_team",
    "reopen_team",
    "return_team",
    "revise_team",
    "step_out",
    "submit_team",
    "update_team",
]
