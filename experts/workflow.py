"""The life cycle of an expert: state → states that may follow."""

from experts.enums import ExpertState as S
from matchmaking.common.workflow import Workflow

EXPERT = Workflow(
    "experts_expert",
    {
        S.NOMINATED: (S.CONSENTED, S.LEFT),
        S.CONSENTED: (S.UNIT_AGREED, S.IN_POOL, S.RETURNED, S.REFUSED, S.LEFT),
        S.UNIT_AGREED: (S.IN_POOL, S.RETURNED, S.REFUSED, S.LEFT),
        S.RETURNED: (S.NOMINATED, S.CONSENTED, S.UNIT_AGREED, S.LEFT),
        S.REFUSED: (S.NOMINATED, S.CONSENTED, S.UNIT_AGREED),  # the last two: an appeal was upheld
        S.IN_POOL: (S.SUSPENDED, S.EXPIRED, S.LEFT),
        S.SUSPENDED: (S.IN_POOL, S.LEFT),
        S.EXPIRED: (S.IN_POOL, S.LEFT),
        S.LEFT: (),
    },
)
