"""What the page of a match says of its asking: who could take the request over, who moves up if it comes to nothing."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from matchmaking.accounts.models import User
from matchmaking.matching import rules
from matchmaking.matching.enums import MatchState
from matchmaking.matching.forms import HandOnForm
from matchmaking.matching.models import Match, Reserve
from matchmaking.matching.presenting import ShownTarget, shown_targets
from matchmaking.matching.selectors import proposed_beside, with_records
from matchmaking.matching.services.handing import colleagues
from matchmaking.matching.services.reserves import mark_of
from needs.models import TechNeed

OFFERED = 8  # proposals that are offered for the reserve, the best ones


@dataclass(frozen=True)
class Choice:
    """A proposal that may stand in the reserve: what the officer sees of it, and its place there now (0: none)."""

    match: Match
    target: ShownTarget
    place: int


def reserve_choices(need: TechNeed, user: User, *, but: Match | None = None) -> list[Choice]:
    """The proposals of a need for its reserve: those that stand in it, in their order, then the best others."""
    places = dict(Reserve.objects.visible_to(user).filter(need=need).waiting().values_list("match", "position"))
    offered = list(with_records(proposed_beside(need, user, but=but), sides=False)[: OFFERED + len(places)])
    offered.sort(key=lambda one: places.get(one.pk, len(places) + 1))
    targets = shown_targets(offered, user)
    return [Choice(one, targets[one.pk], places.get(one.pk, 0)) for one in offered]


def asked_of(user: User, match: Match, hand_form: HandOnForm | None = None) -> dict[str, Any]:
    """For the page of a match: the form to hand the request on, and the reserve for whoever decides."""
    found: dict[str, Any] = {"hand_form": None, "reserve": [], "reserve_places": settings.RESERVE_PLACES,
                             "reserve_url": "", "reserve_seen": ""}  # fmt: skip
    if rules.can_hand_on(user, match) and (people := colleagues(match, user)):
        found["hand_form"] = hand_form or HandOnForm(people=people, prefix="hand")
    if rules.can_review(user, match):
        found["reserve"] = reserve_choices(match.need, user, but=match)
        found["reserve_seen"] = mark_of(match.need)
    elif match.state == MatchState.RELEASED and rules.in_review_reach(user, match):
        found["reserve_url"] = reverse("matching:need_reserve", args=[match.need.uuid])
    return found
