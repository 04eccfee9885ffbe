"""Withdrawing what the engine proposed for records whose owner does not want to be matched automatically."""

from django.db import transaction
from django.utils import timezone

from matchmaking.activity.services import record
from matchmaking.common.workflow import move
from matchmaking.matching.automatic import of_whom
from matchmaking.matching.enums import Answer, MatchState, Origin
from matchmaking.matching.models import Match, MatchSide
from matchmaking.matching.workflow import MATCH

OPTED_OUT = "opt_out"


@transaction.atomic
def withdraw_proposals(*, user: int | None, organisation: int | None, most: int = 100) -> int:
    """End proposals of the engine that nobody has answered with yes; those made by hand stay. Returns how many."""
    said_yes = MatchSide.objects.filter(answer=Answer.INTERESTED).values("match")
    standing = Match.objects.filter(
        of_whom(user=user, organisation=organisation),
        origin=Origin.RUN,
        state__in=[MatchState.PROPOSED, MatchState.RELEASED],
    ).exclude(pk__in=said_yes)
    keys = list(standing.order_by("pk").values_list("pk", flat=True)[:most])
    for match in Match.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"):
        before = match.state
        move(match, MatchState.CLOSED_BY_SOURCE, workflow=MATCH, ended_at=timezone.now(), end_reason=OPTED_OUT)
        record(by=None, verb="match.withdrawn_by_opt_out", about=match, kind="match", from_state=before,
               to_state=MatchState.CLOSED_BY_SOURCE)  # fmt: skip
    return len(keys)
