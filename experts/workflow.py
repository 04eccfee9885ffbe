"""The life cycles of an expert and of a pair that may be one person: state → states that may follow."""

from experts.enums import ExpertState as S
from matchmaking.common.workflow import Workflow
from matchmaking.intake.duplicates.enums import PairState as P

EXPERT = Workflow(
    "experts_expert",
    {
        S.NOMINATED: (S.CONSENTED, S.LEFT),
        S.CONSENTED: (S.UNIT_AGREED, S.IN_POOL, S.RETURNED, S.REFUSED, S.LEFT, S.MERGED),
        S.UNIT_AGREED: (S.IN_POOL, S.RETURNED, S.REFUSED, S.LEFT, S.MERGED),
        S.RETURNED: (S.NOMINATED, S.CONSENTED, S.UNIT_AGREED, S.LEFT),
        S.REFUSED: (S.NOMINATED, S.CONSENTED, S.UNIT_AGREED),  # the last two: an appeal was upheld
        S.IN_POOL: (S.SUSPENDED, S.EXPIRED, S.LEFT, S.MERGED),
        S.SUSPENDED: (S.IN_POOL, S.LEFT, S.MERGED),
        S.EXPIRED: (S.IN_POOL, S.LEFT, S.MERGED),
        S.LEFT: (),
        # Undone: back to where it stood.
        S.MERGED: (S.CONSENTED, S.UNIT_AGREED, S.IN_POOL, S.SUSPENDED, S.EXPIRED, S.LEFT),
    },
)
SAME_PERSON = Workflow(
    "experts_expertpair",
    {P.FOUND: (P.DIFFERENT, P.MERGED), P.DIFFERENT: (P.FOUND,), P.MERGED: (P.FOUND,)},  # going back: undone
)
