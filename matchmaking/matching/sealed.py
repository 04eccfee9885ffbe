"""Sealed matching: a confidential need is held against every pool, and neither side is shown the other.

Its enterprise reads how many fit and where, in steps so coarse that nobody is told. Who answers for an achievement that
fits reads the field and a band of strength; the need is named by a code that is good for this pair alone.
Experts are told nothing: whoever declares conflicts of his own would find out whose need it is.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from catalog.models import Achievement
from matchmaking.accounts.models import User
from matchmaking.matching import whatif
from matchmaking.matching.enums import MatchState, Origin
from matchmaking.matching.fitting import own_achievements, standing
from matchmaking.matching.models import Candidate, Match
from matchmaking.programmes.models import Visibility
from matchmaking.vocabularies.selectors import label, region_label
from needs.models import NeedInvitation, TechNeed

FEW = 5  # fewer than that are not counted apart: neither all of them, nor those of a region
FEW_UNITS = 3  # a region whose records are those of one or two units would name them
STRENGTHS = (_("fits"), _("fits well"), _("fits very well"))
BAND = 0.1  # of a score from 0 to 1, above the line from which a pair is proposed


@dataclass(frozen=True)
class SealedNeed:
    """All that a reader is told of a confidential need that fits his own record."""

    code: uuid.UUID
    ours: Achievement
    field: str
    strength: Any
    said_at: datetime | None


@dataclass(frozen=True)
class SealedCounts:
    """What an enterprise is told of those who fit its confidential need: rough numbers only."""

    number: Any
    strengths: list[tuple[Any, Any]]
    regions: list[tuple[str, Any]]
    elsewhere: bool
    wished: bool


def rough(number: int) -> Any:
    """A number as a step that tells nobody apart."""
    if number >= 20:
        return _("20 or more")
    if number >= 10:
        return _("10 to 19")
    if number >= FEW:
        return _("5 to 9")
    return _("fewer than 5") if number else _("none yet")


def strength(score: float, line: float) -> int:
    """0, 1 or 2: how far a score lies above the line of proposals."""
    return min(2, max(0, int((score - line) / BAND)))


def code_of(need: TechNeed, achievement: Achievement) -> uuid.UUID:
    """A name of a pair that stays the same and tells nothing: two readers cannot find out that they were told of the
    same need."""
    digest = salted_hmac("matching.sealed", f"{need.uuid}:{achievement.uuid}", algorithm="sha256").digest()
    return uuid.UUID(bytes=digest[:16])


def sealed_pairs(user: User) -> QuerySet[Candidate]:
    """The standing candidates above the floor between the person's own achievements and needs that are closed to their
    unit and to himself. Pairs that are a match already are none, unless they wait for the officer as wished."""
    ours = own_achievements(user, of_park=False)
    guests = NeedInvitation.objects.filter(need=OuterRef("need"), organisation=OuterRef("achievement__body__owner"))
    confidential = TechNeed.objects.matched().filter(visibility=Visibility.INVITED)
    hidden = confidential.exclude(pk__in=TechNeed.objects.visible_to(user).values("pk"))
    pair = Match.objects.filter(need=OuterRef("need"), achievement=OuterRef("achievement"))
    quiet = (MatchState.AGED_OUT, MatchState.CLOSED_BY_SOURCE)
    decided = pair.exclude(state=MatchState.PROPOSED).exclude(state__in=quiet)
    best = (
        standing(Candidate.objects.filter(achievement__in=ours.values("pk"), above_floor=True))
        .filter(~Exists(guests), ~Exists(decided), need__in=hidden.values("pk"))
        .order_by("need", "achievement", "-run")
        .distinct("need", "achievement")
    )
    return Candidate.objects.filter(pk__in=best.values("pk")).select_related("need", "achievement")


def sealed_rows(found: Iterable[Candidate], user: User) -> list[SealedNeed]:
    """Return what the person reads of these pairs, the strongest first, without an order within a band that would tell
    more."""
    pairs = list(found)
    wished = Match.objects.filter(
        origin=Origin.SEALED, state=MatchState.PROPOSED, need__in=[one.need_id for one in pairs]
    )
    said = {(match.need_id, match.achievement_id): match.created_at for match in wished}
    line = whatif.line_of("achievement")
    placed = [(strength(one.score, line), code_of(one.need, one.achievement), one) for one in pairs]  # type: ignore[arg-type]
    placed.sort(key=lambda place: (-place[0], place[1]))
    return [
        SealedNeed(
            code,
            one.achievement,  # type: ignore[arg-type]
            label("HNTE8", one.need.tech_field),
            STRENGTHS[band],
            said.get((one.need_id, one.achievement_id)),
        )
        for band, code, one in placed
    ]


def find_sealed(user: User, code: uuid.UUID) -> Candidate | None:
    """The pair that a code names to this person."""
    return next((one for one in sealed_pairs(user) if code_of(one.need, one.achievement) == code), None)  # type: ignore[arg-type]


def sealed_counts(need: TechNeed) -> SealedCounts:
    """Return how many records fit a confidential need and where, for its enterprise."""
    best = _best_of(need)
    line = whatif.line_of("achievement")
    bands = Counter(strength(score, line) for score, _place, _unit in best)
    places = Counter(place for _score, place, _unit in best)
    units = Counter(place for place, _unit in {(place, unit) for _score, place, unit in best})
    named = [place for place in places if place and places[place] >= FEW and units[place] >= FEW_UNITS]
    told = sorted(named, key=lambda place: (-places[place], place))
    return SealedCounts(
        rough(len(best)),
        [(STRENGTHS[band], rough(bands[band])) for band in (2, 1, 0)] if len(best) >= FEW else [],
        [(region_label(place), rough(places[place])) for place in told],
        bool(told) and sum(places[place] for place in told) < len(best),
        Match.objects.filter(need=need, origin=Origin.SEALED, state=MatchState.PROPOSED).exists(),
    )


def _best_of(need: TechNeed) -> list[tuple[float, str, int]]:
    """(score, province, unit that answers) of every record that fits, each counted once."""
    columns = ["achievement", "expert", "score"]
    columns += ["achievement__region__path", "expert__organisation__region__path"]
    columns += ["achievement__body__owner", "expert__body__owner"]
    best: dict[tuple[int | None, int | None], tuple[float, str, int]] = {}
    for row in standing(Candidate.objects.filter(need=need, above_floor=True)).values_list(*columns):
        achievement, expert, score, of_achievement, of_expert, owner, nominator = row
        path = of_achievement or of_expert or [""]
        known = best.get((achievement, expert))
        if known is None or known[0] < score:
            best[achievement, expert] = score, path[0], owner or nominator
    return list(best.values())


def is_sealed(need: TechNeed) -> bool:
    """Whether a need is matched without being shown."""
    return need.visibility == Visibility.INVITED
