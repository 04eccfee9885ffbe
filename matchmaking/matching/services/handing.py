"""A request is handed to a colleague of the unit that was asked; its clock runs on."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.common.workflow import StaleState
from matchmaking.matching import rules
from matchmaking.matching.enums import Answer, MatchState, Side
from matchmaking.matching.models import Match, MatchSide
from matchmaking.matching.services.review import NotAllowed, match_no
from matchmaking.notifications.services import notify
from matchmaking.programmes.reviewing import holders

ANSWERING = (Role.RESEARCHER, Role.EXPERT, Role.UNIVERSITY_OFFICER)


def colleagues(match: Match, by: User) -> list[User]:
    """To whom a request may be handed: people of the unit who answer matches, but whoever hands it on. Nobody for a
    completer of another unit, who does not know its people."""
    if match.unit_id not in by.organisation_ids:
        return []
    found = holders(Q(organisation=match.unit_id, role__in=ANSWERING))
    return [one for one in found if one.pk != by.pk]


@transaction.atomic
def hand_on(*, by: User, match: Match, to: User) -> Match:
    """Let a colleague answer in the place of whoever was asked, by the same day. He reads what his unit reads.

    Raises NotAllowed (not the side that was asked, no colleague of it), StaleState (answered or ended meanwhile).
    """
    match = Match.objects.select_for_update(of=("self",)).select_related("need__body").get(pk=match.pk)
    if rules.speaks_for(by, match) != Side.PROVIDER or to.pk not in {one.pk for one in colleagues(match, by)}:
        raise NotAllowed
    door = MatchSide.objects.filter(match=match, side=Side.PROVIDER, answer__in=["", Answer.LATER])
    if match.state != MatchState.RELEASED or door.update(handed_to=to) != 1:
        raise StaleState(match_no(match))
    Match.objects.filter(pk=match.pk).update(version=F("version") + 1)
    match.refresh_from_db()
    record(by=by, verb="match.handed_on", about=match, kind="match", capability="match.answer_provider",
           detail={"side": Side.PROVIDER, "to": to.pk})  # fmt: skip
    due = timezone.localdate(door.get().due_at).isoformat()
    notify(recipients=[to], kind="match_handed_on", params={"match": match_no(match), "due": due},
           url=match.get_absolute_url(), dedupe_key=f"match_handed_on:{match_no(match)}:{match.version}")  # fmt: skip
    return match
