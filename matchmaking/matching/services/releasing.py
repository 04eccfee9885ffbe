"""Releasing what an assignment gives: places on the lists of needs become released matches, within the loads of now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.common.workflow import IllegalMove, StaleState, move
from matchmaking.matching.closed import closed_pair
from matchmaking.matching.enums import LIVE, MatchState, Origin
from matchmaking.matching.models import Assignment, Candidate, Match, Reserve, RunNeed, RunTarget
from matchmaking.matching.services.attention import AttentionSpent
from matchmaking.matching.services.review import (
    AlreadyMatched,
    ClosedText,
    NotAllowed,
    NotInPool,
    bring_back,
    hold_in_pool,
    release_match,
)
from matchmaking.matching.services.scarcity import capacity_of, eligible, held_matches, units_of
from matchmaking.matching.workflow import MATCH
from needs.models import TechNeed


class NoRoom(Exception):
    """The need's places are held by live matches, or the target has as many of them as it takes."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message


class NotOffered(Exception):
    """The run does not offer this pair any more."""

    message = _("Excluded since the run: the same unit, a declared conflict or a refusal; or the run’s lists are gone.")


class TextChanged(NotOffered):
    """The run has read other texts than those of now: its score and its quotes are not of them."""

    message = _("A text has changed since the run; the next run reads it anew.")


def release_assigned(*, by: User, places: Iterable[Assignment]) -> tuple[list[Match], list[tuple[Assignment, Any]]]:
    """Release the matches of these places, each in a transaction of its own, in the order given.

    Returns (released, passed over with the reason): places somebody else has filled meanwhile, pairs that were decided
    on or excluded since, records that have left, loads that are full by now, needs he does not decide on, texts that
    a side could not read.
    """
    done: list[Match] = []
    passed: list[tuple[Assignment, Any]] = []
    for place in places:
        try:
            done.append(_release(by, place))
        except (
            StaleState,
            IllegalMove,
            NotInPool,
            AlreadyMatched,
            NotAllowed,
            ClosedText,
            NotOffered,
            NoRoom,
            AttentionSpent,
        ) as refusal:
            passed.append((place, refusal.message))
    return done, passed


@transaction.atomic
def _release(by: User, place: Assignment) -> Match:
    """One place: the need and its target are locked, so that two officers never fill the same room."""
    kind, target = place.target_kind, place.target
    need = TechNeed.objects.select_for_update(of=("self",), no_key=True).select_related("region", "body__owner").get(
        pk=place.need_id
    )  # fmt: skip
    pair: dict[str, Any] = {"need": need, kind: target}
    hold_in_pool(Match(**pair))  # before the room is counted
    match = Match.objects.select_for_update(of=("self",)).filter(**pair).first()
    if match is not None and match.state in LIVE and match.state != MatchState.PROPOSED:
        raise AlreadyMatched
    _check_texts(place, kind, need)
    candidate = eligible(place.run, kind).filter(**pair).first()
    if candidate is None:
        closed = closed_pair(place)
        raise ClosedText(closed) if closed else NotOffered
    _check_room(match, kind, pair)
    if match is None:
        match = Match.objects.create(origin=Origin.RUN, **pair, **_said(candidate))
    elif match.state != MatchState.PROPOSED:
        bring_back(match, {"origin": Origin.RUN, **_said(candidate)})
    match.need = need
    released = release_match(by=by, match=match)
    _make_room(need, kind)
    return released


def _check_texts(place: Assignment, kind: str, need: TechNeed) -> None:
    """Raise TextChanged unless both texts are those that the run has read; need and target are locked."""
    target = place.target
    version = type(target)._default_manager.values_list("text_version", flat=True).get(pk=target.pk)  # noqa: SLF001
    needs = RunNeed.objects.filter(run=place.run_id, need=need, text_version=need.text_version)
    targets = RunTarget.objects.filter(run=place.run_id, kind=kind, target=target.pk, text_version=version)
    if not (needs.exists() and targets.exists()):
        raise TextChanged


def _said(candidate: Candidate) -> dict[str, Any]:
    """What the run says of the pair."""
    return {
        "candidate": candidate,
        "score": candidate.score,
        "probability": candidate.probability,
        "reasons": candidate.reasons,
        "need_text_version": candidate.need.text_version,
        "target_text_version": candidate.target.text_version,
    }


def _check_room(match: Match | None, kind: str, pair: dict[str, Any]) -> None:
    """Raise NoRoom unless the need has a place, none of the same unit, and the target time for one more."""
    others = held_matches(kind).exclude(pk=match.pk) if match else held_matches(kind)
    holding = list(others.filter(need=pair["need"]).values_list(f"{kind}_id", flat=True))
    if len(holding) >= settings.MATCHES_PER_NEED[kind]:
        raise NoRoom(_("All places of the need are held."))
    units = units_of(kind, {*holding, pair[kind].pk})
    if pair[kind].pk in units and units[pair[kind].pk] in {units.get(one) for one in holding}:
        raise NoRoom(_("Its unit holds a place of the need already."))
    most = capacity_of(kind, pair[kind])
    borne = others.filter(**{kind: pair[kind]}).count()
    if kind == "expert":
        borne += held_matches("team").filter(team__lead=pair[kind]).count()
    if borne >= most:
        raise NoRoom(_("Full: %(borne)s of %(most)s.") % {"borne": borne, "most": most})


def _make_room(need: TechNeed, kind: str) -> None:
    """The weakest proposals of the engine give way when a need has more live matches than places."""
    live = Match.objects.filter(need=need, state__in=LIVE, **{f"{kind}__isnull": False})
    beyond = live.count() - settings.MATCHES_PER_NEED[kind]
    if beyond <= 0:
        return
    waiting = live.filter(state=MatchState.PROPOSED, origin=Origin.RUN).select_for_update(of=("self",))
    waiting = waiting.exclude(pk__in=Reserve.objects.waiting().values("match"))
    for match in waiting.order_by(F("score").asc(nulls_first=True), "-pk")[:beyond]:
        move(match, MatchState.AGED_OUT, workflow=MATCH, ended_at=timezone.now())
