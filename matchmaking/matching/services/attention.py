"""How much one team is asked at a time: requests that wait for its answer, over all its records together."""

from __future__ import annotations

from django.conf import settings
from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Achievement, Completer
from experts.models import Team
from matchmaking.accounts.models import User
from matchmaking.matching.enums import Answer, MatchState, Side
from matchmaking.matching.models import Match, MatchSide


class AttentionSpent(Exception):
    """The team has as many unanswered requests as it is sent at a time."""

    def __init__(self, waiting: int) -> None:
        said = _("This team has %(n)s requests waiting for its answer, the most that it is sent at a time.")
        self.message = said % {"n": waiting}
        super().__init__(self.message)


def lead_of(match: Match) -> int | None:
    """The id of the person who answers for the team first: the first completer with an account, else the author of the
    achievement; the expert; the lead of the team. None for an expert without an account."""
    target = match.target
    if isinstance(target, Team):
        return target.lead.body.user_id
    if isinstance(target, Achievement):
        own = Completer.objects.filter(achievement=target, user__isnull=False).order_by("position", "pk")
        return own.values_list("user_id", flat=True).first() or target.body.created_by_id
    return target.body.user_id


def open_requests(lead: int) -> QuerySet[Match]:
    """Released matches that wait for the answer of this person's team."""
    own = Completer.objects.filter(achievement=OuterRef("achievement"), user__isnull=False).order_by("position", "pk")
    first = Coalesce(Subquery(own.values("user")[:1]), "achievement__body__created_by", output_field=BigIntegerField())
    again = Q(answer=Answer.LATER, ask_again_on__lte=timezone.localdate())
    waiting = MatchSide.objects.filter(Q(answer="") | again, side=Side.PROVIDER).values("match")
    his = Q(first=lead) | Q(expert__body__user=lead) | Q(team__lead__body__user=lead)
    return Match.objects.filter(state=MatchState.RELEASED, pk__in=waiting).annotate(first=first).filter(his)


def hold_attention(match: Match) -> None:
    """Lock the budget of the team until the transaction ends. Raises AttentionSpent when it has no room."""
    lead = lead_of(match)
    if lead is None:
        return
    User.objects.select_for_update(no_key=True).get(pk=lead)
    waiting = open_requests(lead).count()
    if waiting >= settings.OPEN_REQUESTS:
        raise AttentionSpent(waiting)
