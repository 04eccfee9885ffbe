"""The life cycle of a team: state → states that may follow."""

from experts.teams.enums import TeamState as S
from matchmaking.common.workflow import Workflow

TEAM = Workflow(
    "experts_team",
    {
        S.DRAFT: (S.SUBMITTED, S.LEFT),
        S.SUBMITTED: (S.IN_POOL, S.RETURNED, S.REFUSED, S.LEFT),
        S.RETURNED: (S.SUBMITTED, S.LEFT),
        S.REFUSED: (S.DRAFT, S.SUBMITTED, S.LEFT),
        S.IN_POOL: (S.LEFT,),
        S.LEFT: (S.DRAFT,),
    },
)
