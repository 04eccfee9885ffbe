"""“Interested in principle”: the answering side's word on a confidential need of which it has read nothing."""

import uuid

from django.db import transaction

from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.matching.enums import MatchState, Origin
from matchmaking.matching.models import Match
from matchmaking.matching.sealed import find_sealed
from matchmaking.matching.services.review import NotInPool, bring_back, hold_in_pool


@transaction.atomic
def say_interested(*, by: User, code: uuid.UUID) -> Match:
    """Let a sealed pair become a match that waits for the officer, as a proposal of the answering side does; neither
    side reads anything before the release. Raises NotInPool where the code names no pair to this person any more, and
    AlreadyMatched where it was said already.
    """
    pair = find_sealed(by, code)
    if pair is None:
        raise NotInPool
    achievement = pair.achievement
    stamp = {
        "origin": Origin.SEALED, "proposed_by": by, "proposal_note": "", "candidate": pair, "score": pair.score,
        "probability": pair.probability, "reasons": pair.reasons, "need_text_version": pair.need.text_version,
        "target_text_version": achievement.text_version if achievement else 0,
    }  # fmt: skip
    hold_in_pool(Match(need=pair.need, achievement=achievement))
    match, created = Match.objects.get_or_create(need=pair.need, achievement=achievement, defaults=stamp)
    if not created:
        bring_back(match, stamp)
    record(by=by, verb="match.wished", about=match, kind="match", capability="match.answer_provider",
           to_state=MatchState.PROPOSED)  # fmt: skip
    return match
