"""The life cycles of a match and of a disputed line: state → states that may follow."""

from matchmaking.common.workflow import Workflow
from matchmaking.matching.enums import DisputeState, RankingState
from matchmaking.matching.enums import MatchState as S

MATCH = Workflow(
    "matching_match",
    {
        S.PROPOSED: (S.RELEASED, S.DROPPED, S.AGED_OUT, S.CLOSED_BY_SOURCE),
        S.DROPPED: (S.PROPOSED,),
        S.AGED_OUT: (S.PROPOSED,),
        S.RELEASED: (S.CONTACT_OPENED, S.DECLINED, S.NO_ANSWER, S.CLOSED_BY_SOURCE),
        S.DECLINED: (S.PROPOSED,),
        S.NO_ANSWER: (S.RELEASED, S.PROPOSED),
        S.CONTACT_OPENED: (S.MEETING, S.NEGOTIATION, S.SIGNED, S.FAILED, S.CLOSED_BY_SOURCE),
        S.MEETING: (S.NEGOTIATION, S.SIGNED, S.FAILED, S.CLOSED_BY_SOURCE),
        S.NEGOTIATION: (S.SIGNED, S.FAILED, S.CLOSED_BY_SOURCE),
        S.SIGNED: (S.FAILED,),
        S.FAILED: (S.PROPOSED,),
        S.CLOSED_BY_SOURCE: (S.PROPOSED,),
    },
)

# An officer may think again, but a dispute that was looked at is never open once more.
DISPUTE = Workflow(
    "matching_dispute",
    {
        DisputeState.OPEN: (DisputeState.NOTED, DisputeState.ACCEPTED),
        DisputeState.NOTED: (DisputeState.ACCEPTED,),
        DisputeState.ACCEPTED: (DisputeState.NOTED,),
    },
)

# What was learned is put away for a newer one and may be taken up again; nothing becomes new once more.
RANKING = Workflow(
    "matching_rankingmodel",
    {
        RankingState.CANDIDATE: (RankingState.LIVE,),
        RankingState.LIVE: (RankingState.RETIRED,),
        RankingState.RETIRED: (RankingState.LIVE,),
    },
)

# Somebody decided against the pair: it comes back only when one of its texts has changed since.
REFUSED = (S.DROPPED, S.DECLINED, S.NO_ANSWER, S.FAILED)
# Nobody did: a record left the pool, or no officer found the time. Such a pair may come back as it is.
REVIVABLE = (*REFUSED, S.AGED_OUT, S.CLOSED_BY_SOURCE)
