"""Links in mails by which whoever was asked answers without signing in: for one person, one match and one clock.

A link is signed and stored nowhere. It names the state of the side at its birth and works as long as that stands: an
answer, of whomever, a new release or another colleague asked make every link before it useless, so each is used once.
It opens nothing to read: who may answer is looked up anew when it is used, as if the person had signed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core import signing
from django.db import transaction
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.accounts.sign_in.second_factor import has_second_factor, needs_second_factor
from matchmaking.matching import rules
from matchmaking.matching.enums import MatchState, Side, Way
from matchmaking.matching.models import Match, MatchSide
from matchmaking.matching.services.answers import answer_match
from matchmaking.notifications.kinds import Personal
from needs.models import TechNeed

SALT = "matching.answer_by_mail"


@dataclass(frozen=True)
class Asked:
    """What a link names: who is asked, about which match, and the clock of his side."""

    person: User
    match: Match
    side: MatchSide


class LinkOver(Exception):
    """The link was not made here, or nothing can be answered by it now; which of the two is not said."""


class LinkUsed(LinkOver):
    """The side has answered since the link was made. `asked` says what and when, for one who may still read it."""

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self.asked = asked


def links(url: str, people: Sequence[User]) -> dict[int, str]:
    """Return {id of a person: address of his link} for a notice about the match at `url`; officers whose role demands
    a second factor, and all who may not answer for the provider side, get none."""
    match = Match.objects.select_related("need__body").get(uuid=resolve(url).kwargs["uuid"])
    side = match.sides.get(side=Side.PROVIDER)
    return {
        person.pk: reverse("matching:answer_by_mail", args=[_token(person, match, side)])
        for person in people
        if may_answer(person, match)
    }


OWN_LINK = Personal(_("Answer with two taps, without signing in: %(link)s"), links)


def may_answer(person: User, match: Match) -> bool:
    """Whether the person may answer by a link. Who has a second factor, or must have one, is asked for it: a mail is
    only one factor."""
    if not person.active_memberships or has_second_factor(person) or needs_second_factor(person):
        return False
    return rules.speaks_for(person, match) == Side.PROVIDER


def read_link(token: str, *, lock: bool = False) -> Asked:
    """Return what a link names. `lock` holds the match until the transaction ends. Raises LinkUsed, LinkOver."""
    try:
        match_key, person_key, version, asked_at, answered_at = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise LinkOver from error
    if lock:  # the need first, as in `answer_match`
        list(TechNeed.objects.select_for_update(no_key=True, of=("self",)).filter(matches__uuid=match_key).only("pk"))
    rows = Match.objects.select_for_update(of=("self",)) if lock else Match.objects.all()
    match = rows.select_related("need__body").filter(uuid=match_key).first()
    person = User.objects.filter(uuid=person_key).first()
    side = MatchSide.objects.filter(match=match, side=Side.PROVIDER).first() if match else None
    if match is None or person is None or side is None or not may_answer(person, match):
        raise LinkOver
    if _stamp(side.asked_at) != asked_at:
        raise LinkOver  # released again since: another clock
    asked = Asked(person, match, side)
    if _stamp(side.answered_at) != answered_at and side.due_at > timezone.now():
        raise LinkUsed(asked)
    if match.state != MatchState.RELEASED or match.version != version or side.due_at <= timezone.now():
        raise LinkOver
    return asked


@transaction.atomic
def answer_by_link(
    *, token: str, answer: str, reason: str = "", note: str = "", ask_again_on: date | None = None
) -> Asked:
    """Carry the answer of the person whom a link names; afterwards no link of this clock works.

    Raises LinkUsed, LinkOver, and what `answer_match` raises.
    """
    asked = read_link(token, lock=True)
    answer_match(by=asked.person, match=asked.match, answer=answer, reason=reason, note=note,
                 ask_again_on=ask_again_on, way=Way.MAIL_LINK)  # fmt: skip
    return Asked(asked.person, asked.match, MatchSide.objects.get(pk=asked.side.pk))


def _token(person: User, match: Match, side: MatchSide) -> str:
    named = [match.uuid.hex, person.uuid.hex, match.version, _stamp(side.asked_at), _stamp(side.answered_at)]
    return signing.dumps(named, salt=SALT)


def _stamp(moment: datetime | None) -> Any:
    return moment.isoformat() if moment else ""
