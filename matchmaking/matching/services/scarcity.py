"""What an assignment starts from: who may still be given to whom, who holds places already, how much everybody bears.
Achievements and experts, the kinds that runs rank; teams are proposed by hand, and their talks count for their leads.

A handful of queries a kind, whatever the number of records. Needs and targets come in the order of their public
numbers, so that equal scores are decided the same way in every database.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from catalog.models import Achievement, CompletingUnit
from experts.models import Conflict, Expert
from matchmaking.matching.closed import open_to_both
from matchmaking.matching.enums import LIVE, Kind, MatchState, Origin
from matchmaking.matching.models import Candidate, Match, MatchRun
from matchmaking.matching.solving import Limits, Offer
from matchmaking.matching.workflow import REFUSED


@dataclass(frozen=True)
class Held:
    """A live match that keeps its place: released, or proposed by hand."""

    target: int
    score: float | None


@dataclass(frozen=True)
class Scarcity:
    """One kind of target of a run. `offers` are its candidates above the floor that nothing excludes, by need, best
    first; `most` and `units` stand by target; `elsewhere` counts what a target holds for needs outside the run."""

    kind: str
    places: int
    needs: list[int]
    most: dict[int, int]
    least: int
    units: dict[int, int]
    offers: dict[int, list[Offer]]
    held: dict[int, list[Held]]
    elsewhere: Counter[int]
    found: set[int]

    def open_offers(self) -> list[Offer]:
        """Offers that can be taken up: not held already, and not of a unit that holds a place of the need."""
        found = []
        for need, offers in self.offers.items():
            held = {one.target for one in self.held.get(need, ())}
            taken = {self.units[target] for target in held if target in self.units}
            found += [
                offer for offer in offers if offer.target not in held and self.units.get(offer.target) not in taken
            ]
        return found

    def limits(self) -> Limits:
        """What is left to give away beside what is held; live matches may be more than a limit allows by now."""
        borne = self.elsewhere + Counter(one.target for held in self.held.values() for one in held)
        left = {target: max(0, most - borne[target]) for target, most in self.most.items()}
        return Limits(
            {need: max(0, self.places - len(self.held.get(need, ()))) for need in self.needs},
            {target: min(max(0, self.least - borne[target]), left[target]) for target in self.most},
            left,
            self.units,
            frozenset(self.held),
        )


def read(run: MatchRun, kind: str, needs: list[int]) -> Scarcity:
    """Read one kind of a run whose needs are given, in the order of their numbers."""
    most = _capacities(kind)
    held, elsewhere = _held(kind, set(needs))
    return Scarcity(
        kind=kind,
        places=settings.MATCHES_PER_NEED.get(kind, 0),
        needs=needs,
        most=most,
        least=settings.LEAST_LOAD[kind],
        units=units_of(kind),
        offers=_offers(run, kind, needs, most),
        held=held,
        elsewhere=elsewhere,
        found=set(above_floor(run, kind).order_by().values_list("need", flat=True).distinct()),
    )


def above_floor(run: MatchRun, kind: str) -> QuerySet[Candidate]:
    return Candidate.objects.of_run(run).filter(above_floor=True, **{f"{kind}__isnull": False})


def eligible(run: MatchRun, kind: str) -> QuerySet[Candidate]:
    """Candidates above the floor that nothing excludes now: same institution, a declared conflict, an earlier refusal
    of the same texts, a text that one side cannot read. The engine has left out all but the last as well; what happened
    since is seen here."""
    refused = Match.objects.filter(
        need=OuterRef("need"),
        state__in=REFUSED,
        need_text_version=OuterRef("need__text_version"),
        target_text_version=OuterRef(f"{kind}__text_version"),
        **{kind: OuterRef(kind)},
    )
    rows = above_floor(run, kind).filter(~Exists(refused), open_to_both(kind))
    owner = OuterRef("need__body__owner")
    if kind == Kind.ACHIEVEMENT:
        own = CompletingUnit.objects.filter(achievement=OuterRef("achievement"), organisation=owner)
        return rows.filter(~Exists(own))
    other = Q(expert__organisation=None) | ~Q(expert__organisation=F("need__body__owner"))
    return rows.filter(other, ~Exists(Conflict.objects.filter(expert=OuterRef("expert"), organisation=owner)))


def _offers(run: MatchRun, kind: str, needs: list[int], most: dict[int, int]) -> dict[int, list[Offer]]:
    """By need, best first, equal scores in the order of the targets' numbers."""
    place = {target: at for at, target in enumerate(most)}
    found: dict[int, list[Offer]] = {need: [] for need in needs}
    for need, target, score in eligible(run, kind).order_by().values_list("need_id", f"{kind}_id", "score"):
        if need in found and target in place:
            found[need].append(Offer(need, target, score))
    for offers in found.values():
        offers.sort(key=lambda offer: (-offer.score, place[offer.target]))
    return found


def held_matches(kind: str) -> QuerySet[Match]:
    """Live matches with this kind of target that nobody takes a place from: all but the engine's own proposals."""
    live = Match.objects.filter(state__in=LIVE, **{f"{kind}__isnull": False})
    return live.exclude(state=MatchState.PROPOSED, origin=Origin.RUN)


def capacity_of(kind: str, target: Any) -> int:
    """How many needs a target takes."""
    said = getattr(target, "capacity", None)
    return int(settings.MOST_LOAD[kind] if said is None else said)


def _capacities(kind: str) -> dict[int, int]:
    """How many needs every target of the pool takes, by what it says itself or by setting."""
    default = settings.MOST_LOAD[kind]
    if kind == Kind.ACHIEVEMENT:
        return dict.fromkeys(Achievement.objects.matched().order_by("public_no").values_list("pk", flat=True), default)
    return dict(Expert.objects.matched().order_by("public_no").values_list("pk", Coalesce("capacity", default)))


def units_of(kind: str, targets: Collection[int] | None = None) -> dict[int, int]:
    """The unit of a target (of all without `targets`) of which a need gets one at most: the first completing one, the
    expert's employer. Which kinds have the rule is a setting."""
    if kind not in settings.ONE_PER_UNIT:
        return {}
    if kind == Kind.ACHIEVEMENT:
        of_all = CompletingUnit.objects.order_by("achievement", "position", "pk").distinct("achievement")
        first = of_all if targets is None else of_all.filter(achievement__in=targets)
        return dict(first.values_list("achievement_id", "organisation_id"))
    employed = Expert.objects.exclude(organisation=None)
    found = employed if targets is None else employed.filter(pk__in=targets)
    return dict(found.values_list("pk", "organisation_id"))


def _held(kind: str, needs: set[int]) -> tuple[dict[int, list[Held]], Counter[int]]:
    """Live matches nobody takes a place from: those of the needs of the run by need, the others counted by target."""
    held: dict[int, list[Held]] = defaultdict(list)
    elsewhere: Counter[int] = Counter()
    rows = held_matches(kind).order_by("need_id", F("score").desc(nulls_last=True), "pk")
    for need, target, score in rows.values_list("need_id", f"{kind}_id", "score"):
        if need in needs:
            held[need].append(Held(target, score))
        else:
            elsewhere[target] += 1
    if kind == Kind.EXPERT:
        # Talks of a team are talks of its lead.
        elsewhere.update(held_matches("team").values_list("team__lead_id", flat=True))
    return dict(held), elsewhere
