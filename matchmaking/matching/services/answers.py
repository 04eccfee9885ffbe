"""The two sides' answers in any order, each with its own clock; contact opens when both have said yes."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.enums import AchievementState
from catalog.models import Achievement, AchievementBody
from catalog.services import set_negotiation
from experts.models import ExpertBody, Team
from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.common.workflow import StaleState, move
from matchmaking.matching import rules
from matchmaking.matching.enums import Answer, MatchState, Side
from matchmaking.matching.models import Contact, ContactReveal, Match, MatchSide
from matchmaking.matching.services.people import enterprise_people, provider_people, reviewers
from matchmaking.matching.services.reserves import move_up
from matchmaking.matching.services.review import NotAllowed, hold_in_pool, match_no
from matchmaking.matching.shown import note_opened
from matchmaking.matching.workflow import MATCH
from matchmaking.notifications.services import notify
from matchmaking.vocabularies.workdays import end_of_day, end_of_workday_after
from needs.enums import NeedState
from needs.models import TechNeed
from needs.services import move_need


class AnswerIncomplete(Exception):
    """A “no” needs a reason, a “later” a date after today. `field` names what is missing."""

    def __init__(self, field: str, message: Any) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def check_later(day: date | None) -> None:
    """Raise AnswerIncomplete unless a “later” names a day after today and within the limit."""
    today = timezone.localdate()
    if day is None or day <= today:
        raise AnswerIncomplete("ask_again_on", _("Please give a date after today on which we may ask again."))
    if day > today + timedelta(days=settings.LATER_MAX_DAYS):
        raise AnswerIncomplete("ask_again_on", _("Please give a date within half a year."))


def due_of_later(day: date) -> datetime:
    """Asked again on that day, a side has as long for its answer as at the first time."""
    return end_of_workday_after(end_of_day(day), settings.ANSWER_WORKING_DAYS)


@transaction.atomic
def answer_match(
    *, by: User, match: Match, answer: str, reason: str = "", note: str = "", ask_again_on: date | None = None,
    way: str = "",
) -> Match:  # fmt: skip
    """Take one side's answer. Both yes opens the contact; a no ends the match and is remembered.

    `way` names how it came (enums.Way) where not from the page of the match.
    The match row is locked first, so that two answers at the same moment see each other.
    Raises NotAllowed, AnswerIncomplete, StaleState.
    """
    # The need before the match, as everybody who moves both: a no lets the next candidate of the need move up.
    TechNeed.objects.select_for_update(no_key=True).get(pk=match.need_id)
    match = Match.objects.select_for_update(of=("self",)).select_related("need__body").get(pk=match.pk)
    side = rules.speaks_for(by, match)
    if side is None:
        raise NotAllowed
    if match.state != MatchState.RELEASED:
        raise StaleState(match_no(match))
    if answer == Answer.NO and not reason:
        raise AnswerIncomplete("reason", _("Please give the reason for the no."))
    if answer == Answer.LATER:
        check_later(ask_again_on)
    if answer == Answer.INTERESTED:
        hold_in_pool(match)
    now = timezone.now()
    changes = {
        "answer": answer,
        "answered_at": now,
        "answered_by": by,
        "note": note,
        "reason": reason if answer == Answer.NO else "",
        "ask_again_on": ask_again_on if answer == Answer.LATER else None,
    }
    if answer == Answer.LATER and ask_again_on is not None:
        changes["due_at"] = due_of_later(ask_again_on)
    door = MatchSide.objects.filter(match=match, side=side, answer__in=["", Answer.LATER])
    if door.update(**changes) != 1:
        raise StaleState(match_no(match))
    record(by=by, verb=f"match.answered_{answer}", about=match, kind="match", capability=f"match.answer_{side}",
           detail={"side": side, "reason": reason} | ({"way": way} if way else {}))  # fmt: skip
    if answer == Answer.NO:
        _decline(match, by=by, side=side)
    elif not match.sides.exclude(answer=Answer.INTERESTED).exists():
        _open_contact(match, by=by)
    else:
        _tell_the_other(match, side, answer)
    return match


def _decline(match: Match, *, by: User, side: Side) -> None:
    move(match, MatchState.DECLINED, workflow=MATCH, ended_at=timezone.now())
    record(
        by=by,
        verb="match.declined",
        about=match,
        kind="match",
        capability=f"match.answer_{side}",
        from_state=MatchState.RELEASED,
        to_state=MatchState.DECLINED,
        detail={"side": side},
    )
    _tell_the_other(match, side, Answer.NO)
    move_up(after=match)


def _open_contact(match: Match, *, by: User) -> None:
    move(match, MatchState.CONTACT_OPENED, workflow=MATCH, contact_opened_at=timezone.now())
    record(
        by=by,
        verb="match.contact_opened",
        about=match,
        kind="match",
        from_state=MatchState.RELEASED,
        to_state=MatchState.CONTACT_OPENED,
    )
    for people in (enterprise_people(match), provider_people(match), reviewers(match)):
        notify(
            recipients=people,
            kind="contact_opened",
            params={"match": match_no(match)},
            url=match.get_absolute_url(),
            dedupe_key=f"contact_opened:{match_no(match)}:{match.version}",
        )


def _tell_the_other(match: Match, side: Side, answer: str) -> None:
    people = provider_people(match) if side == Side.ENTERPRISE else enterprise_people(match)
    notify(
        recipients=people,
        kind=f"match_answered_{answer}",
        params={"match": match_no(match)},
        url=match.get_absolute_url(),
        dedupe_key=f"match_answered:{match_no(match)}:{side}:{answer}:{match.version}",
    )


@transaction.atomic
def advance_match(*, by: User, match: Match, target: str, note: str = "") -> Match:
    """Record a meeting, the start of a negotiation, a signing, or the failure of the talks (with its reason).

    The first two-sided contact brings the need into docking; a negotiation marks the achievement; a signing
    contracts the need; when all talks have failed, both are open again.
    Raises NotAllowed, IllegalMove, StaleState, AnswerIncomplete.
    """
    if not rules.can_advance(by, match):
        raise NotAllowed
    if target == MatchState.FAILED and not note:
        raise AnswerIncomplete("note", _("Please say why the talks failed."))
    before = match.state
    ended = {"ended_at": timezone.now(), "end_reason": note} if target == MatchState.FAILED else {}
    move(match, target, workflow=MATCH, **ended)
    side = rules.speaks_for(by, match) or ""
    Contact.objects.create(match=match, step=target, summary=note, side=side, by=by)
    record(by=by, verb=f"match.{target}", about=match, kind="match", from_state=before, to_state=target)
    follow_match(match, by=by)
    return match


def follow_match(match: Match, *, by: User | None) -> None:
    """Let need and achievement follow what their matches have come to (lifecycles.md).

    Talks bring a need into docking and a signing contracts it; when the last talks have ended without one, it is open
    again. An achievement is under negotiation as long as one of its matches is.
    """
    need = TechNeed.objects.get(pk=match.need_id)
    reached = set(Match.objects.filter(need=need).values_list("state", flat=True))
    if reached & {MatchState.MEETING, MatchState.NEGOTIATION, MatchState.SIGNED}:
        if need.state in (NeedState.PUBLISHED, NeedState.MATCHING):
            need = move_need(by=by, need=need, target=NeedState.DOCKING)
        if MatchState.SIGNED in reached and need.state == NeedState.DOCKING:
            move_need(by=by, need=need, target=NeedState.CONTRACTED)
    elif need.state in (NeedState.DOCKING, NeedState.CONTRACTED):
        move_need(by=by, need=need, target=NeedState.PUBLISHED)
    if match.achievement_id:
        achievement = Achievement.objects.get(pk=match.achievement_id)
        talking = Match.objects.filter(
            achievement=achievement, state__in=[MatchState.NEGOTIATION, MatchState.SIGNED]
        ).exists()
        if talking and achievement.state == AchievementState.ACCEPTED:
            set_negotiation(by=by, achievement=achievement, target=AchievementState.UNDER_NEGOTIATION)
        elif not talking and achievement.state == AchievementState.UNDER_NEGOTIATION:
            set_negotiation(by=by, achievement=achievement, target=AchievementState.ACCEPTED)


@transaction.atomic
def open_contact_data(*, by: User, match: Match) -> dict:
    """Return the other side's contact data and write down that it was shown. Raises NotAllowed before both yes."""
    if not rules.can_see_contact(by, match):
        raise NotAllowed
    side = rules.speaks_for(by, match)
    shown = Side.PROVIDER if side == Side.ENTERPRISE else Side.ENTERPRISE
    body = match.need.body if shown == Side.ENTERPRISE else _provider_body(match)
    contact: dict[str, Any] = body.contact or {}  # type: ignore[assignment]  # decrypted by the field
    entitled = match.need.body.owner if side == Side.ENTERPRISE else _provider_body(match).owner
    ContactReveal.objects.create(match=match, side=shown, shown_to=by, organisation=entitled)
    blank = dict.fromkeys(("name", "position", "phone", "email"), "")
    note_opened(match, shown, body, by=by, organisation=entitled)
    return {"organisation": body.owner, **blank, **contact}


def _provider_body(match: Match) -> AchievementBody | ExpertBody:
    target = match.target
    return target.lead.body if isinstance(target, Team) else target.body
