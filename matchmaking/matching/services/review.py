"""The officer's decisions: release, drop, restore, and a match proposed by hand."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Achievement
from experts.models import Expert, Team
from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.common.workflow import IllegalMove, StaleState, move
from matchmaking.matching import rules
from matchmaking.matching.closed import Closed, closed_pair
from matchmaking.matching.enums import Answer, MatchState, Origin, Side
from matchmaking.matching.models import Match, MatchSide
from matchmaking.matching.nouns import noun_of
from matchmaking.matching.services.attention import AttentionSpent, hold_attention
from matchmaking.matching.services.pairs import UNSAID, explain_pair
from matchmaking.matching.services.people import enterprise_people, provider_people
from matchmaking.matching.workflow import MATCH, REFUSED, REVIVABLE
from matchmaking.notifications.services import notify
from matchmaking.vocabularies.workdays import end_of_workday_after
from needs.enums import NeedState
from needs.models import TechNeed
from needs.services import move_need

logger = logging.getLogger(__name__)


class NotAllowed(Exception):
    """The person may not take this decision on this match."""

    message = _("You cannot decide on this match.")


class AlreadyMatched(Exception):
    """The pair is a match already, or was refused and its texts have not changed since."""

    message = _("This pair has been proposed before.")


class NotInPool(Exception):
    """One of the two records is not open to matches."""

    message = _("Only a published need and a record in the pool can be matched.")


class ClosedText(Exception):
    """A side could not read the other one's text: it is shown to invited ones only."""

    def __init__(self, closed: Closed) -> None:
        super().__init__(closed.reason)
        self.message = closed.reason


def match_no(match: Match) -> str:
    """A readable, stable name of a match, made from the public numbers of both records."""
    return f"{match.need.public_no}×{match.target.public_no}"


@transaction.atomic
def release_match(*, by: User, match: Match, though_closed: bool = False) -> Match:
    """Show a proposed match to both sides and start their clocks (working days by setting).

    A side that proposed the match by hand has thereby said yes. `though_closed`: the officer knows that a side cannot
    read the other one's text. Raises NotAllowed, ClosedText, AttentionSpent, IllegalMove or StaleState.
    """
    if not rules.in_review_reach(by, match):
        raise NotAllowed
    return show_to_sides(match, by=by, reviewer=by, verb="match.released", though_closed=though_closed)


def show_to_sides(match: Match, *, by: User | None, reviewer: User, verb: str, though_closed: bool = False) -> Match:
    """Release a match whose release was decided by `reviewer`; `by` is None where the portal carries it out later.

    Runs in the transaction of its caller. Raises NotInPool, ClosedText, AttentionSpent, IllegalMove, StaleState.
    """
    hold_in_pool(match)
    if match.state == MatchState.PROPOSED and not though_closed and (closed := closed_pair(match)):
        raise ClosedText(closed)
    sides = [_side(match, side, timezone.now()) for side in Side]
    if not sides[1].answer:
        hold_attention(match)
    now, due = sides[0].asked_at, sides[0].due_at
    move(match, MatchState.RELEASED, workflow=MATCH, reviewer=reviewer, reviewed_at=now, released_at=now)
    MatchSide.objects.filter(match=match).delete()
    MatchSide.objects.bulk_create(sides)
    if match.need.state == NeedState.PUBLISHED:
        move_need(by=by, need=match.need, target=NeedState.MATCHING)
    record(
        by=by,
        verb=verb,
        about=match,
        kind="match",
        from_state=MatchState.PROPOSED,
        to_state=MatchState.RELEASED,
    )
    for people in (enterprise_people(match), provider_people(match)):
        notify(
            recipients=people,
            kind="match_released",
            params={"match": match_no(match), "due": due.date().isoformat()},
            url=match.get_absolute_url(),
            dedupe_key=f"match_released:{match_no(match)}:{match.version}",
        )
    return match


def _side(match: Match, side: Side, now: datetime) -> MatchSide:
    days = settings.ANSWER_WORKING_DAYS
    asked = MatchSide(match=match, side=side, asked_at=now, workdays=days, due_at=end_of_workday_after(now, days))
    # Interest in a need of which nothing was read is no yes.
    wished = match.origin == Origin.SEALED
    proposed = not wished and match.proposed_by is not None and rules.speaks_for(match.proposed_by, match) == side
    if proposed:
        asked.answer, asked.answered_at, asked.answered_by = Answer.INTERESTED, now, match.proposed_by
    return asked


@transaction.atomic
def drop_match(*, by: User, match: Match, reason: str, note: str = "") -> Match:
    """Keep a proposed match from both sides, with a reason; it is not proposed again until a text changes."""
    if not rules.in_review_reach(by, match):
        raise NotAllowed
    now = timezone.now()
    move(
        match,
        MatchState.DROPPED,
        workflow=MATCH,
        reviewer=by,
        reviewed_at=now,
        drop_reason=reason,
        drop_note=note,
        ended_at=now,
    )
    record(
        by=by,
        verb="match.dropped",
        about=match,
        kind="match",
        from_state=MatchState.PROPOSED,
        to_state=MatchState.DROPPED,
        detail={"reason": reason},
    )
    return match


@transaction.atomic
def restore_match(*, by: User, match: Match) -> Match:
    """Bring a dropped or aged-out match back into the queue."""
    if not rules.in_review_reach(by, match):
        raise NotAllowed
    hold_in_pool(match)
    before = match.state
    move(match, MatchState.PROPOSED, workflow=MATCH, drop_reason="", drop_note="", ended_at=None)
    record(by=by, verb="match.restored", about=match, kind="match", from_state=before, to_state=MatchState.PROPOSED)
    return match


def release_matches(*, by: User, matches: Iterable[Match]) -> tuple[list[Match], list[Match], list[tuple[Match, Any]]]:
    """Release many, each in a transaction of its own. Returns (released, passed over because they had moved, passed
    over because a side could not read the other one's text or has enough to answer, with the reason)."""
    done, moved, closed = [], [], []
    for match in matches:
        try:
            done.append(release_match(by=by, match=match))
        except (ClosedText, AttentionSpent) as refusal:
            closed.append((match, refusal.message))
        except (StaleState, IllegalMove, NotInPool):
            moved.append(match)
    return done, moved, closed


def drop_matches(*, by: User, matches: Iterable[Match], reason: str, note: str = "") -> tuple[list[Match], list[Match]]:
    """Drop many with one reason, each in a transaction of its own. Returns (dropped, passed over)."""
    done, moved = [], []
    for match in matches:
        try:
            done.append(drop_match(by=by, match=match, reason=reason, note=note))
        except (StaleState, IllegalMove, NotInPool):
            moved.append(match)
    return done, moved


def propose_match(*, by: User, need: TechNeed, target: Achievement | Expert | Team, note: str = "") -> Match:
    """Propose a pair by hand; it enters the officer's queue like one of the engine, with the same explanation.

    A pair that the engine has proposed and nobody has decided on becomes the proposal of whoever joins it; he cannot
    know of it. Raises NotInPool, and AlreadyMatched when the pair was proposed by hand, lives, or was refused and no
    text has changed since.
    """
    said = _said_at_once(need, target)  # seconds in a fresh process: nobody waits for them at a lock
    kind = noun_of(target)
    stamp = {"origin": Origin.HUMAN, "proposed_by": by, "proposal_note": note,
             "need_text_version": need.text_version, "target_text_version": target.text_version, **said}  # fmt: skip
    with transaction.atomic():
        hold_in_pool(Match(need=need, **{kind: target}))
        match, created = Match.objects.get_or_create(need=need, **{kind: target}, defaults=stamp)
        if not created:
            bring_back(match, stamp)
        record(by=by, verb="match.proposed", about=match, kind="match", to_state=MatchState.PROPOSED)
    return match


def _said_at_once(need: TechNeed, target: Achievement | Expert | Team) -> dict[str, Any]:
    """What the engine says of a pair. When it fails it says nothing: the proposal stands, the next run explains it."""
    try:
        with transaction.atomic():
            return explain_pair(need, target)
    except Exception:
        logger.exception("the engine could not explain %s × %s", need.public_no, target.public_no)
        return dict(UNSAID)


def bring_back(match: Match, stamp: dict[str, Any]) -> None:
    """Propose an ended pair once more if nobody refused it, or a text has changed since. Raises AlreadyMatched."""
    if match.state == MatchState.PROPOSED and match.origin == Origin.RUN:
        _join(match, stamp)
        return
    unchanged = (match.need_text_version, match.target_text_version) == (
        stamp["need_text_version"],
        stamp["target_text_version"],
    )
    if match.state not in REVIVABLE or (match.state in REFUSED and unchanged):
        raise AlreadyMatched
    match.sides.all().delete()
    move(
        match, MatchState.PROPOSED, workflow=MATCH, drop_reason="", drop_note="", ended_at=None, end_reason="", **stamp
    )


def _join(match: Match, stamp: dict[str, Any]) -> None:
    """Put somebody's hand under a proposal of the engine. Raises AlreadyMatched when it has moved meanwhile."""
    waiting = Match.objects.filter(pk=match.pk, state=MatchState.PROPOSED, origin=Origin.RUN)
    if not waiting.update(**stamp, version=F("version") + 1):
        raise AlreadyMatched
    match.refresh_from_db()


def hold_in_pool(match: Match) -> None:
    """Lock both records of a match against leaving their pools until the transaction ends.

    Raises NotInPool if one of them has left already: a match of a withdrawn record must not move on.
    """
    records: list[QuerySet[Any]] = [TechNeed.objects.matched().filter(pk=match.need_id)]
    if match.achievement_id:
        records.append(Achievement.objects.matched().filter(pk=match.achievement_id))
    if match.expert_id:
        records.append(Expert.objects.matched().filter(pk=match.expert_id))
    if match.team_id:
        # With its lead, whom the query joins: talks of a team are his, and whoever counts his has to wait.
        records.append(Team.objects.matched().filter(pk=match.team_id))
    for rows in records:
        if not rows.select_for_update(no_key=True).values_list("pk").first():
            raise NotInPool
