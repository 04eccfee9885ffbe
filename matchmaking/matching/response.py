"""How organisations answer the requests they get: the response rate (响应率 of lifecycles.md) and how long it takes.

A request is a released match seen from one of its sides. It counts once it was decided on (“interested” or “no”) or
its time ran out without a decision; one that still waits, one that the other side or a record ended first, and a yes
that a side gave by proposing the match are left out. “Later” is no decision. Of a match that was released again the
last clock counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from statistics import median
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from matchmaking.accounts.models import Organisation, User
from matchmaking.matching.enums import Answer, MatchState, Side
from matchmaking.matching.models import Match, MatchSide
from matchmaking.programmes.models import Visibility
from matchmaking.vocabularies.workdays import SHANGHAI, end_of_workday_after

SPAN = timedelta(days=365)
DECIDED = (Answer.INTERESTED, Answer.NO)
_OPEN = Visibility.PUBLIC


@dataclass(frozen=True)
class Figures:
    """Of the requests to one side in the last 12 months: how many counted, were decided, were decided in time."""

    side: Side
    requests: int
    decided: int
    in_time: int
    hours: float | None

    @property
    def rate(self) -> int:
        """Percent of the requests that were decided within their working days."""
        return round(100 * self.in_time / self.requests)


@dataclass(frozen=True)
class Request:
    """A line behind the figures; `hours` from the question to the decision."""

    side: MatchSide
    hours: float | None
    in_time: bool


def may_read_all(user: Any, organisation: Organisation) -> bool:
    """Officers who decide on matches, and whoever answers matches for the organisation or manages it."""
    if not user.is_authenticated:
        return False
    answering = ("match.answer_provider", "match.answer_enterprise", "organisation.manage")
    own = {one.pk for capability in answering for one in user.organisations_with(capability)}
    return user.can("match.review") or organisation.pk in own


def response_of(organisation: Organisation, user: Any) -> list[Figures]:
    """Return the figures of an organisation that the reader may know, one for each side it was asked on; in one query.

    Everybody else reads them from `settings.RESPONSE_FIGURES_FROM` decided requests on, and of pairs that are public on
    both sides only: a figure that moves by one would otherwise tell, to who looks often or knows the other requests,
    that a confidential need, or an owner who is not named, was matched with this organisation and what was said.
    """
    rows = requests_to(organisation)
    everything = may_read_all(user, organisation)
    if not everything:
        rows = rows.filter(_PUBLIC_PAIR)
    facts = list(rows.values_list("side", "answer", "asked_at", "answered_at", "workdays"))
    first_due = _remembered()
    found = []
    for side in Side:
        mine = [fact[1:] for fact in facts if fact[0] == side]
        done = [(asked, answered, days) for answer, asked, answered, days in mine if answer in DECIDED and answered]
        took = [(answered - asked) / timedelta(hours=1) for asked, answered, _days in done]
        in_time = sum(answered <= first_due(asked, days) for asked, answered, days in done)
        if mine and (everything or len(took) >= settings.RESPONSE_FIGURES_FROM):
            found.append(Figures(side, len(mine), len(took), in_time, median(took) if took else None))
    return found


def requests_to(organisation: Organisation) -> QuerySet[MatchSide]:
    """The requests of the last 12 months that count, of both sides."""
    now = timezone.now()
    unit = Q(match__achievement__body__owner=organisation) | Q(match__expert__body__owner=organisation)
    asked = Q(side=Side.PROVIDER) & (unit | Q(match__team__owner=organisation))
    asked |= Q(side=Side.ENTERPRISE, match__need__body__owner=organisation)
    ran_out = Q(match__state=MatchState.RELEASED, due_at__lte=now)
    ran_out |= ~Q(match__state=MatchState.RELEASED) & Q(due_at__lte=F("match__ended_at"))
    decided = Q(answer__in=DECIDED, answered_at__gt=F("asked_at"))  # whoever proposed it has answered as he was asked
    return MatchSide.objects.filter(
        asked, decided | Q(answer__in=["", Answer.LATER]) & ran_out, asked_at__gt=now - SPAN
    )


def lines_of(organisation: Organisation, user: User, side: str) -> QuerySet[MatchSide]:
    """The requests behind a figure whose matches the person reads, the newest first."""
    rows = requests_to(organisation).filter(side=side, match__in=Match.objects.visible_to(user).values("pk"))
    records = ("match__need", "match__achievement", "match__expert", "match__team")
    long = ("match__need__search_vector", "match__achievement__search_vector", "match__expert__search_vector")
    return rows.select_related(*records).defer(*long).order_by("-asked_at", "-pk")


def told(rows: Iterable[MatchSide]) -> list[Request]:
    """Lines with what was made of them."""
    first_due = _remembered()
    found = []
    for row in rows:
        if row.answer in DECIDED and row.answered_at:
            hours = (row.answered_at - row.asked_at) / timedelta(hours=1)
            found.append(Request(row, hours, row.answered_at <= first_due(row.asked_at, row.workdays)))
        else:
            found.append(Request(row, None, in_time=False))
    return found


_PUBLIC_PAIR = Q(match__need__visibility=_OPEN) & (
    Q(match__achievement__visibility=_OPEN) | Q(match__expert__visibility=_OPEN) | Q(match__team__isnull=False)
)


def _remembered() -> Any:
    """The first deadline of a request; a “later” moves `due_at`, not the working days within which one decides."""
    kept: dict[tuple[date, int], datetime] = {}
    return partial(_first_due, kept)


def _first_due(kept: dict[tuple[date, int], datetime], asked_at: datetime, workdays: int) -> datetime:
    key = (asked_at.astimezone(SHANGHAI).date(), workdays)
    if key not in kept:
        kept[key] = end_of_workday_after(asked_at, workdays)
    return kept[key]
