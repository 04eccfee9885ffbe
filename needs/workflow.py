"""The life cycles of a technical need and of a pair that may be one challenge: state → states that may follow."""

from matchmaking.common.workflow import Workflow
from matchmaking.intake.duplicates.enums import PairState as P
from needs.enums import NeedState as S

TECH_NEED = Workflow(
    "needs_techneed",
    {
        S.DRAFT: (S.SUBMITTED, S.WITHDRAWN),
        S.SUBMITTED: (S.CHECKED, S.PUBLISHED, S.RETURNED, S.REJECTED, S.WITHDRAWN),
        S.CHECKED: (S.PUBLISHED, S.RETURNED, S.REJECTED, S.WITHDRAWN),
        S.RETURNED: (S.DRAFT, S.SUBMITTED, S.WITHDRAWN),
        S.REJECTED: (S.DRAFT, S.SUBMITTED, S.CHECKED, S.ARCHIVED),  # back in review: an appeal was upheld
        S.PUBLISHED: (S.MATCHING, S.DOCKING, S.EXPIRED, S.WITHDRAWN, S.CLOSED_UNSOLVED),
        S.MATCHING: (S.DOCKING, S.PUBLISHED, S.EXPIRED, S.WITHDRAWN, S.CLOSED_UNSOLVED),
        S.DOCKING: (S.CONTRACTED, S.PUBLISHED, S.WITHDRAWN, S.CLOSED_UNSOLVED),
        S.CONTRACTED: (S.SOLVED, S.PUBLISHED, S.CLOSED_UNSOLVED),
        S.SOLVED: (S.ARCHIVED,),
        S.CLOSED_UNSOLVED: (S.ARCHIVED,),
        S.WITHDRAWN: (S.DRAFT, S.ARCHIVED),
        S.EXPIRED: (S.PUBLISHED, S.ARCHIVED),
        S.ARCHIVED: (),
    },
)
SAME_CHALLENGE = Workflow(
    "needs_needpair",
    {P.FOUND: (P.DIFFERENT, P.MERGED), P.DIFFERENT: (P.FOUND,), P.MERGED: (P.FOUND,)},  # going back: undone
)
