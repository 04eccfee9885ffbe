"""Who may link two needs as one challenge. No writes here."""

from matchmaking.accounts.models import User
from matchmaking.intake.duplicates.enums import PairState
from matchmaking.programmes.reviewing import reviewing_organisation
from needs.enums import COMPARED
from needs.models import NeedPair


def can_decide(user: User, pair: NeedPair) -> bool:
    """An officer who decides on one of both; nothing is taken from the owner of the other one."""
    return any(
        reviewing_organisation(user, need, "need.publish", "need") is not None for need in (pair.first, pair.second)
    )


def can_tell_apart(user: User, pair: NeedPair) -> bool:
    return pair.state == PairState.FOUND and can_decide(user, pair)


def can_link(user: User, pair: NeedPair) -> bool:
    both_stand = pair.first.state in COMPARED and pair.second.state in COMPARED
    return pair.state == PairState.FOUND and both_stand and can_decide(user, pair)


def can_undo(user: User, pair: NeedPair) -> bool:
    return pair.state in (PairState.DIFFERENT, PairState.MERGED) and can_decide(user, pair)
