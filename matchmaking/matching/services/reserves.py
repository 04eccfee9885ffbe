"""The reserve of a need: approved by the officer with the release, moved up by the portal when an answer fails."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.matching import rules
from matchmaking.matching.enums import IN_TALKS, MatchState
from matchmaking.matching.models import Match, Reserve
from matchmaking.matching.services.attention import AttentionSpent
from matchmaking.matching.services.people import reviewers
from matchmaking.matching.services.review import (
    ClosedText,
    NotAllowed,
    NotInPool,
    match_no,
    release_match,
    show_to_sides,
)
from matchmaking.notifications.services import notify
from needs.models import TechNeed


class ReserveRefused(Exception):
    """What was ticked cannot be the reserve; the message says why."""

    def __init__(self, message: object) -> None:
        super().__init__(message)
        self.message = message


@transaction.atomic
def approve_reserve(*, by: User, need: TechNeed, matches: Sequence[Match], seen: str | None = None) -> int:
    """Let these proposed matches of a need move up by themselves, in this order; they take the place of those that
    wait there now. None of them empties the reserve. Returns how many.

    `seen` is the mark of the reserve that the officer looked at (`mark_of`). Raises NotAllowed; StaleState when the
    reserve was changed meanwhile; ReserveRefused for more than `settings.RESERVE_PLACES` and for a match that is none
    of the need or waits for no decision any more.
    """
    TechNeed.objects.select_for_update(no_key=True).get(pk=need.pk)
    if not rules.decides_on(by, need):
        raise NotAllowed
    if seen is not None and seen != mark_of(need):
        raise StaleState(need.public_no)
    if len(matches) > settings.RESERVE_PLACES:
        raise ReserveRefused(_("At most %(n)s candidates can wait in the reserve.") % {"n": settings.RESERVE_PLACES})
    rows = Match.objects.filter(need=need, state=MatchState.PROPOSED, pk__in=[one.pk for one in matches])
    proposed = rows.select_for_update(of=("self",)).in_bulk()
    if len(proposed) != len(matches):
        raise ReserveRefused(_("One of them is not proposed any more. Look at the list again."))
    before = dict(Reserve.objects.filter(need=need).waiting().values_list("match", "position"))
    Reserve.objects.filter(need=need, moved_up_at=None).delete()
    Reserve.objects.filter(match__in=matches).delete()  # it moved up once, and was proposed anew since
    places = [_place(proposed[one.pk], at, by) for at, one in enumerate(matches, start=1)]
    Reserve.objects.bulk_create(places)
    for place in places:
        if before.pop(place.match_id, None) != place.position:
            record(by=by, verb="match.put_in_reserve", about=place.match, kind="match", capability="match.review",
                   detail={"position": place.position})  # fmt: skip
    for match in Match.objects.filter(pk__in=before).select_related("need"):
        record(by=by, verb="match.taken_from_reserve", about=match, kind="match", capability="match.review")
    return len(places)


def _place(match: Match, position: int, by: User) -> Reserve:
    texts = {"need_text_version": match.need.text_version, "target_text_version": match.target.text_version}
    return Reserve(need_id=match.need_id, match=match, position=position, approved_by=by,
                   match_version=match.version, **texts)  # fmt: skip


def mark_of(need: TechNeed) -> str:
    """What tells one state of a reserve from another: its matches in their order."""
    return "-".join(str(pk) for pk in Reserve.objects.filter(need=need).waiting().values_list("match", flat=True))


@transaction.atomic
def release_with_reserve(
    *, by: User, match: Match, reserve: Sequence[Match] | None, seen: str | None = None, though_closed: bool = False
) -> Match:
    """Release a match and approve who moves up if it comes to nothing, both or neither; None leaves the reserve as it
    is. Raises as both do."""
    TechNeed.objects.select_for_update(no_key=True).get(pk=match.need_id)
    if reserve is not None:
        approve_reserve(by=by, need=match.need, matches=reserve, seen=seen)
    return release_match(by=by, match=match, though_closed=though_closed)


def move_up(*, after: Match) -> Match | None:
    """Release the next approved candidate of the need whose match has just ended without talks; None without one.

    Called in the transaction in which `after` ended, which holds the need. A candidate that cannot be asked now (left
    the pool, closed text, its team has enough to answer, a text that has changed since the officer read it) is passed
    over and keeps its place; when nobody could be asked, the officers are told. While another match of the need is in
    talks nobody moves up.
    """
    waiting = list(Reserve.objects.filter(need=after.need_id).waiting())
    if not waiting or Match.objects.filter(need=after.need_id, state__in=IN_TALKS).exists():
        return None
    for place in waiting:
        match = Match.objects.select_related("need__body__owner").get(pk=place.match_id)
        try:
            with transaction.atomic():
                if _changed(place, match):
                    raise StaleState(match_no(match))
                show_to_sides(match, by=None, reviewer=place.approved_by, verb="match.moved_up")
        except (StaleState, IllegalMove, NotInPool, ClosedText, AttentionSpent):
            continue
        Reserve.objects.filter(pk=place.pk).update(moved_up_at=timezone.now())
        _tell_officers("match_moved_up", match, {"match": match_no(match), "after": match_no(after)})
        return match
    _tell_officers("reserve_waits", after, {"match": match_no(after)})
    return None


def _tell_officers(kind: str, match: Match, params: dict[str, str]) -> None:
    notify(recipients=reviewers(match), kind=kind, params=params, url=match.get_absolute_url(),
           dedupe_key=f"{kind}:{match_no(match)}:{match.version}")  # fmt: skip


def _changed(place: Reserve, match: Match) -> bool:
    read = (place.need_text_version, place.target_text_version)
    return read != (match.need.text_version, match.target.text_version)
