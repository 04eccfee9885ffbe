"""The assignment of a run: places of needs given to targets under load, kept beside the best list of every need."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from matchmaking.matching import solving
from matchmaking.matching.enums import AssignedBecause, Kind, RunScope, Uncovered, Variant
from matchmaking.matching.models import Assignment, AssignmentPlan, MatchRun, NeedOutcome, TargetLoad
from matchmaking.matching.services import scarcity
from matchmaking.matching.services.runs import needs_in_scope
from matchmaking.matching.services.scarcity import Scarcity
from matchmaking.matching.solving import Offer, Solved

# Who is assigned depends on all needs of a scope at once: a single record waits for the next whole run.
WHOLE = (RunScope.ALL, RunScope.PROGRAMME, RunScope.REGION)
_WORST = 20  # the worst-served twentieth
_NULL = r"\N"


@dataclass(frozen=True)
class Place:
    """A place on the list of a need."""

    target: int
    score: float | None
    because: str


@dataclass(frozen=True)
class Lists:
    """The lists of all needs under one variant, by need; what the worst-served need got, the price, the idle."""

    by_need: dict[int, list[Place]]
    solved: Solved

    def total(self, need: int) -> float:
        return sum(place.score or 0.0 for place in self.by_need[need])

    def loads(self) -> Counter[int]:
        return Counter(place.target for places in self.by_need.values() for place in places)


@transaction.atomic
def assign(run: MatchRun) -> dict[str, int]:
    """Assign the stored candidates of a run over all its needs, in both variants; what was assigned before is replaced.

    Quotas per need, least and greatest loads and live matches are read now, so two calls without a change in between
    leave the same rows. Returns {"assigned": places given, "uncovered": needs that got nobody of any kind}; nothing
    for the run of a single record.
    """
    if run.scope not in WHOLE:
        return {}
    MatchRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    forget(MatchRun.objects.filter(pk=run.pk))
    needs = list(needs_in_scope(run).values_list("pk", flat=True))
    kinds = [kind for kind in Kind.values if settings.MATCHES_PER_NEED.get(kind)]
    figures: dict[str, Any] = {}
    given: dict[str, int] = dict.fromkeys(Variant.values, 0)
    bare = {variant: set(needs) for variant in Variant.values}
    for kind in kinds:
        scarce = scarcity.read(run, kind, needs)
        offers = scarce.open_offers()
        best, fair = (_lists(scarce, offers, solved) for solved in solving.solve(offers, scarce.limits()))
        _write(run, scarce, best, fair)
        figures[kind] = _figures(scarce, best, fair)
        for variant, lists in ((Variant.BEST, best), (Variant.FAIR, fair)):
            given[variant] += lists.loads().total()
            bare[variant] -= {need for need, places in lists.by_need.items() if places}
    limits = {"places": settings.MATCHES_PER_NEED, "least": settings.LEAST_LOAD, "most": settings.MOST_LOAD}
    plan, _new = AssignmentPlan.objects.update_or_create(
        run=run,
        defaults={"limits": limits, "figures": figures},
        create_defaults={"limits": limits, "figures": figures, "variant": settings.ASSIGNMENT_VARIANT},
    )
    return {"assigned": given[plan.variant], "uncovered": len(bare[plan.variant])}


def forget(runs: QuerySet[MatchRun]) -> int:
    """Delete the rows of these runs; their plans with the figures stay. Returns how many places were deleted."""
    keys = runs.values("pk")
    NeedOutcome.objects.filter(run__in=keys).delete()
    TargetLoad.objects.filter(run__in=keys).delete()
    deleted, _details = Assignment.objects.filter(run__in=keys).delete()
    return deleted


# --- From offers taken up to lists with reasons -------------------------------------------------------------------


def best_list(scarce: Scarcity, need: int) -> list[Offer]:
    """What the need would get if everybody had time for everything."""
    return scarce.offers[need][: scarce.places]


def wished_total(scarce: Scarcity, need: int) -> float:
    return sum(offer.score for offer in best_list(scarce, need))


def _lists(scarce: Scarcity, offers: Sequence[Offer], solved: Solved) -> Lists:
    chosen: dict[int, list[Offer]] = defaultdict(list)
    for at in solved.chosen:
        chosen[offers[at].need].append(offers[at])
    loads = scarce.elsewhere + Counter(one.target for held in scarce.held.values() for one in held)
    loads.update(offers[at].target for at in solved.chosen)
    full = {target for target, most in scarce.most.items() if loads[target] >= most}
    return Lists({need: _list(scarce, need, chosen.get(need, []), full) for need in scarce.needs}, solved)


def _list(scarce: Scarcity, need: int, chosen: Sequence[Offer], full: set[int]) -> list[Place]:
    """The places of a need: what is held first, then by score."""
    found = {offer.target: offer.score for offer in scarce.offers[need]}
    held = scarce.held.get(need, [])
    places = [Place(one.target, found.get(one.target, one.score), AssignedBecause.HELD) for one in held]
    order = {offer.target: at for at, offer in enumerate(scarce.offers[need])}
    taken = {place.target for place in places} | {offer.target for offer in chosen}
    for offer in sorted(chosen, key=lambda one: order[one.target]):
        better = [one.target for one in scarce.offers[need][: order[offer.target]] if one.target not in taken]
        places.append(Place(offer.target, offer.score, _because(scarce, order[offer.target], better, taken, full)))
    return places


def _because(scarce: Scarcity, rank: int, better: Sequence[int], taken: set[int], full: set[int]) -> str:
    """Why somebody has a place though others are better."""
    if rank < scarce.places or not better:
        return AssignedBecause.BEST
    if not full.isdisjoint(better):
        return AssignedBecause.LOAD
    units = {scarce.units[target] for target in taken if target in scarce.units}
    return AssignedBecause.UNIT if any(scarce.units.get(one) in units for one in better) else AssignedBecause.BALANCE


def _why_uncovered(scarce: Scarcity, need: int, lists: Lists) -> str:
    if lists.by_need[need]:
        return ""
    if scarce.offers[need]:
        return Uncovered.ALL_FULL
    return Uncovered.EXCLUDED if need in scarce.found else Uncovered.NO_CANDIDATE


# --- Figures and rows ---------------------------------------------------------------------------------------------


def _figures(scarce: Scarcity, best: Lists, fair: Lists) -> dict[str, dict[str, float]]:
    """By list (best, assigned, fair): needs, covered, total score, what a need gets on average and in the worst-served
    twentieth (of the needs that have an offer), loads. The best list knows no load."""
    answerable = [need for need in scarce.needs if scarce.offers[need] or need in scarce.held]
    totals = {need: wished_total(scarce, need) for need in scarce.needs}
    loads = Counter(offer.target for need in scarce.needs for offer in best_list(scarce, need))
    found = {"best": _summary(scarce, answerable, totals, loads)}
    for name, lists in (("assigned", best), ("fair", fair)):
        totals = {need: lists.total(need) for need in scarce.needs}
        found[name] = _summary(scarce, answerable, totals, lists.loads()) | {
            "covered": sum(1 for places in lists.by_need.values() if places),
            "served": lists.solved.served,
            "price": lists.solved.price,
            "idle": lists.solved.idle,
            "moved": sum(
                place.because not in (AssignedBecause.BEST, AssignedBecause.HELD)
                for places in lists.by_need.values()
                for place in places
            ),
        }
    return found


def _summary(
    scarce: Scarcity, answerable: Sequence[int], totals: dict[int, float], loads: Counter[int]
) -> dict[str, float]:
    ordered = sorted(totals[need] for need in answerable)
    worst = ordered[: max(1, len(ordered) // _WORST)]
    of_all = [loads[target] for target in scarce.most]
    return {
        "needs": len(scarce.needs),
        "covered": len(answerable),
        "targets": len(of_all),
        "total": sum(ordered),
        "mean": sum(ordered) / len(ordered) if ordered else 0.0,
        "worst": sum(worst) / len(worst) if worst else 0.0,
        "busiest": max(of_all, default=0),
        "used": sum(1 for load in of_all if load),
        "gini": solving.gini(of_all),
    }


def _write(run: MatchRun, scarce: Scarcity, best: Lists, fair: Lists) -> None:
    """Write the places, what every need got and what every target bears, by COPY."""
    kind = scarce.kind
    variants = ((Variant.BEST.value, best), (Variant.FAIR.value, fair))
    places = (
        [run.pk, variant, need, one.target, position, _NULL if one.score is None else repr(one.score), one.because]
        for variant, lists in variants
        for need, ones in lists.by_need.items()
        for position, one in enumerate(ones, start=1)
    )
    _copy("matching_assignment", f"run_id, variant, need_id, {kind}_id, position, score, because", places)
    outcomes = (
        [run.pk, kind, need, len(scarce.held.get(need, ())), repr(wished_total(scarce, need))]
        + [repr(lists.total(need)) for _variant, lists in variants]
        + [_why_uncovered(scarce, need, lists) for _variant, lists in variants]
        for need in scarce.needs
    )
    columns = "run_id, kind, need_id, held, best, assigned, fair, why_uncovered, why_uncovered_fair"
    _copy("matching_needoutcome", columns, outcomes)
    wished = Counter(offer.target for need in scarce.needs for offer in best_list(scarce, need))
    held = Counter(one.target for rows in scarce.held.values() for one in rows)
    assigned, fairly = best.loads(), fair.loads()
    loads = (
        [run.pk, one, most, scarce.elsewhere[one], held[one], wished[one], assigned[one], fairly[one]]
        for one, most in scarce.most.items()
    )
    _copy("matching_targetload", f"run_id, {kind}_id, most, elsewhere, held, best, assigned, fair", loads)


def _copy(table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows on the connection of the running transaction."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    buffer.seek(0)
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT csv, NULL '{_NULL}')", buffer)
