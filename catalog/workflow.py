"""The life cycles of an achievement and of a pair of possible duplicates: state → states that may follow."""

from catalog.enums import AchievementState as S
from matchmaking.common.workflow import Workflow
from matchmaking.intake.duplicates.enums import PairState as D

ACHIEVEMENT = Workflow(
    "catalog_achievement",
    {
        S.DRAFT: (S.UNIT_REVIEW, S.SUBMITTED, S.WITHDRAWN),
        S.UNIT_REVIEW: (S.DRAFT, S.SUBMITTED, S.WITHDRAWN),
        S.SUBMITTED: (S.ACCEPTED, S.RETURNED, S.REJECTED, S.WITHDRAWN),
        S.RETURNED: (S.DRAFT, S.UNIT_REVIEW, S.SUBMITTED, S.WITHDRAWN),
        S.REJECTED: (S.DRAFT, S.SUBMITTED, S.ARCHIVED),  # submitted: an appeal was upheld
        S.ACCEPTED: (S.STALE, S.UNDER_NEGOTIATION, S.TRANSFORMED, S.WITHDRAWN, S.SUSPENDED),
        S.STALE: (S.ACCEPTED, S.WITHDRAWN, S.SUSPENDED, S.ARCHIVED),
        S.UNDER_NEGOTIATION: (S.ACCEPTED, S.COMMITTED, S.TRANSFORMED, S.WITHDRAWN, S.SUSPENDED),
        S.COMMITTED: (S.TRANSFORMED, S.ACCEPTED, S.SUSPENDED),
        S.TRANSFORMED: (S.ARCHIVED, S.SUSPENDED),
        S.SUSPENDED: (S.ACCEPTED, S.WITHDRAWN),
        # The last three: a merge into another record was undone.
        S.WITHDRAWN: (S.DRAFT, S.ARCHIVED, S.SUBMITTED, S.ACCEPTED, S.STALE),
        S.ARCHIVED: (),
    },
)
DUPLICATE = Workflow(
    "catalog_duplicatepair",
    {
        D.FOUND: (D.DIFFERENT, D.MERGED),
        D.DIFFERENT: (D.FOUND,),  # undone, or a shared number came to light
        D.MERGED: (D.FOUND,),  # undone, or the owner of the merged record objects
    },
)
