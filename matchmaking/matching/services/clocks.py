"""What time does to a match: answers that do not come, reminders, records that leave their pool."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from catalog.models import Achievement
from experts.models import Expert, Team
from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.roles import managing_roles
from matchmaking.accounts.selectors import holders, holders_of
from matchmaking.activity.services import record
from matchmaking.common.workflow import move
from matchmaking.matching.enums import Answer, MatchState, Side
from matchmaking.matching.models import Match, MatchSide, Reserve
from matchmaking.matching.services.answers import due_of_later, follow_match
from matchmaking.matching.services.people import enterprise_people, people_of, provider_people, reviewers
from matchmaking.matching.services.reserves import move_up
from matchmaking.matching.services.review import match_no
from matchmaking.matching.workflow import MATCH
from matchmaking.notifications.models import Notification
from matchmaking.notifications.services import notify
from matchmaking.vocabularies.workdays import end_of_workday_after, is_known
from needs.models import TechNeed

DECEMBER = 12
OPEN = (MatchState.PROPOSED, MatchState.RELEASED, MatchState.CONTACT_OPENED, MatchState.MEETING, MatchState.NEGOTIATION)


@transaction.atomic
def lapse_overdue() -> int:
    """End released matches in which a side let its clock run out; its officers learn who was silent."""
    late = MatchSide.objects.filter(answer__in=["", Answer.LATER], due_at__lt=timezone.now())
    over = Match.objects.filter(state=MatchState.RELEASED, pk__in=late.values("match"))
    matches = (
        Match.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=MatchState.RELEASED, pk__in=late.values("match"), need__in=_hold_needs(over, skip_locked=True))
        .select_related("need__region", "need__body")
        .order_by("pk")
    )
    count = 0
    for match in matches:
        if not late.filter(match=match).exists():  # answered between the reading and the lock
            continue
        move(match, MatchState.NO_ANSWER, workflow=MATCH, ended_at=timezone.now())
        record(
            by=None,
            verb="match.no_answer",
            about=match,
            kind="match",
            from_state=MatchState.RELEASED,
            to_state=MatchState.NO_ANSWER,
        )
        notify(
            recipients=reviewers(match),
            kind="match_no_answer",
            params={"match": match_no(match)},
            url=match.get_absolute_url(),
            dedupe_key=f"match_no_answer:{match_no(match)}:{match.version}",
        )
        for people in (enterprise_people(match), provider_people(match)):
            notify(
                recipients=people,
                kind="match_lapsed",
                params={"match": match_no(match)},
                url=match.get_absolute_url(),
                dedupe_key=f"match_lapsed:{match_no(match)}:{match.version}",
            )
        move_up(after=match)
        count += 1
    return count


def _hold_needs(matches: QuerySet[Match], *, skip_locked: bool = False) -> list[int]:
    """Lock the needs of these matches in one order, before the matches themselves: so does everybody who moves both."""
    needs = TechNeed.objects.select_for_update(no_key=True, of=("self",), skip_locked=skip_locked)
    return [need.pk for need in needs.filter(pk__in=matches.values("need")).only("pk").order_by("pk")]


@transaction.atomic
def remind_due() -> int:
    """Remind each side once, `settings.REMIND_WORKING_DAYS` before its answer is due, or when “later” has come."""
    count = 0
    for kind, which in (
        ("answer_asked_again", _asked_again()),
        ("answer_due", _due_within(settings.REMIND_WORKING_DAYS)),
    ):
        for side in _waiting(which):
            count += len(_tell_of_due(side, people_of(side.match, side.side), kind))
    return count


@transaction.atomic
def escalate_due() -> int:
    """Tell those who manage the organisation, once, `settings.ESCALATE_WORKING_DAYS` before its answer runs out."""
    count = 0
    for side in _waiting(_due_within(settings.ESCALATE_WORKING_DAYS)):
        match = side.match
        office = match.need.body.owner_id if side.side == Side.ENTERPRISE else match.unit_id
        roles = managing_roles(Organisation.objects.get(pk=office).kind)
        people = holders(Q(organisation=office, role__in=roles))
        count += len(_tell_of_due(side, people, "answer_escalated"))
    return count


@transaction.atomic
def move_clocks() -> int:
    """Reckon open deadlines anew by the table of holidays, which may have come after they began.

    A day that was told stays at least that day: a deadline moves later only. Safe to run again.
    """
    count = 0
    open_sides = MatchSide.objects.filter(answer__in=["", Answer.LATER], match__state=MatchState.RELEASED)
    for side in open_sides.select_for_update(of=("self",)).order_by("pk"):
        due = (
            due_of_later(side.ask_again_on) if side.ask_again_on else end_of_workday_after(side.asked_at, side.workdays)
        )
        if due > side.due_at:
            count += open_sides.filter(pk=side.pk).update(due_at=due)
    return count


def ask_for_holidays() -> int:
    """Tell those who care for code tables, once, from December on, that the days off of the next year are missing:
    its clocks would run over them."""
    today = timezone.localdate()
    if today.month < DECEMBER or is_known(today.year + 1):
        return 0
    told = notify(
        recipients=holders_of("vocabulary.manage"),
        kind="holidays_missing",
        params={"year": today.year + 1},
        url=reverse("portal:vocabulary_detail", args=["HOLIDAY"]),
        dedupe_key=f"holidays_missing:{today.year + 1}",
    )
    return len(told)


def _due_within(workdays: int) -> Q:
    """No answer yet, and so many working days are left at most."""
    now = timezone.now()
    return (Q(answer="") | _asked_again()) & Q(due_at__range=(now, end_of_workday_after(now, workdays)))


def _asked_again() -> Q:
    """Put off until a day that has come."""
    return Q(answer=Answer.LATER, ask_again_on__lte=timezone.localdate())


def _waiting(which: Q) -> QuerySet[MatchSide]:
    found = MatchSide.objects.filter(which, match__state=MatchState.RELEASED)
    return found.select_related("match__need__body__owner", "handed_to").order_by("pk")


def _tell_of_due(side: MatchSide, people: Iterable[User], kind: str) -> list[Notification]:
    match = side.match
    return notify(
        recipients=people,
        kind=kind,
        params={"match": match_no(match), "due": timezone.localdate(side.due_at).isoformat()},
        url=match.get_absolute_url(),
        dedupe_key=f"{kind}:{match_no(match)}:{side.side}:{side.due_at:%Y-%m-%d}",
    )


@transaction.atomic
def age_out() -> int:
    """End proposed matches that no officer has looked at for `settings.PROPOSAL_DAYS`; they can be restored."""
    now = timezone.now()
    matches = (
        Match.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=MatchState.PROPOSED, state_since__lt=now - timedelta(days=settings.PROPOSAL_DAYS))
        .exclude(pk__in=Reserve.objects.waiting().values("match"))
    )
    count = 0
    for match in matches.order_by("pk"):
        move(match, MatchState.AGED_OUT, workflow=MATCH, ended_at=now)
        record(
            by=None,
            verb="match.aged_out",
            about=match,
            kind="match",
            from_state=MatchState.PROPOSED,
            to_state=MatchState.AGED_OUT,
        )
        count += 1
    return count


@transaction.atomic
def close_matches_of(*, noun: str, key: int) -> int:
    """End the open matches of a record that has left its pool; does nothing while it is still in it."""
    pools: dict[str, Any] = {"need": TechNeed, "achievement": Achievement, "expert": Expert, "team": Team}
    if pools[noun].objects.matched().filter(pk=key).exists():
        return 0
    _hold_needs(Match.objects.filter(state__in=OPEN, **{noun: key}))
    matches = (
        Match.objects.select_for_update(of=("self",))
        .filter(state__in=OPEN, **{noun: key})
        .select_related("need__region", "need__body")
        .order_by("pk")
    )
    count = 0
    for match in matches:
        before = match.state
        move(match, MatchState.CLOSED_BY_SOURCE, workflow=MATCH, ended_at=timezone.now(), end_reason=noun)
        record(
            by=None,
            verb="match.closed_by_source",
            about=match,
            kind="match",
            from_state=before,
            to_state=MatchState.CLOSED_BY_SOURCE,
        )
        follow_match(match, by=None)
        if before == MatchState.RELEASED and noun != "need":
            move_up(after=match)
        if before != MatchState.PROPOSED:
            for people in (enterprise_people(match), provider_people(match)):
                notify(
                    recipients=people,
                    kind="match_closed",
                    params={"match": match_no(match)},
                    url=match.get_absolute_url(),
                    dedupe_key=f"match_closed:{match_no(match)}:{match.version}",
                )
        count += 1
    return count
