"""The life cycle of a talent post: state → states that may follow."""

from matchmaking.common.workflow import Workflow
from needs.talent.enums import PostState as S

TALENT_POST = Workflow(
    "needs_talentpost",
    {
        S.DRAFT: (S.SUBMITTED, S.WITHDRAWN),
        S.SUBMITTED: (S.PUBLISHED, S.RETURNED, S.REJECTED, S.WITHDRAWN),
        S.RETURNED: (S.SUBMITTED, S.WITHDRAWN),
        S.REJECTED: (S.DRAFT, S.SUBMITTED),
        S.PUBLISHED: (S.FILLED, S.EXPIRED, S.WITHDRAWN),
        S.FILLED: (S.PUBLISHED,),
        S.EXPIRED: (S.PUBLISHED, S.FILLED, S.WITHDRAWN),
        S.WITHDRAWN: (S.DRAFT,),
    },
)
