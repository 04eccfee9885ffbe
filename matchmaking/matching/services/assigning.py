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

from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.matching import solving
from matchmaking.matching.enums import AssignedBecause, RunScope, Uncovered, Variant
from matchmaking.matching.indexes import KINDS
from matchmaking.matching.models import Assignment, AssignmentPlan, MatchRun, NeedOutcome, TargetLoad
from matchmaking.matching.services import scarcity
from matchmaking.matching.services.runs import needs_in_scope
from matchmaking.matching.services.scarcity import Scarcity
from matchmaking.matching.solving import Offer, Solved

# Who is assigned depends on all needs of a scope at once: a single record waits for the next whole run.
WHOLE = (RunScope.ALL, RunScope.PROGRAMME, RunScope.REGION)
# What the pages call the lists.
LIST_NAMES = {"best": Variant.WISHED, "assigned": Variant.BEST, "fair": Variant.FAIR}
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
    """The lists of all needs under one variant, by need; what the worst-served need got, the price, the idle: nothing
    of that of the lists that know no load."""

    by_need: dict[int, list[Place]]
    solved: Solved | None = None

    def total(self, need: int) -> float:
        return sum(place.score or 0.0 for place in self.by_need[need])

    def loads(self) -> Counter[int]:
        return Counter(place.target for places in self.by_need.values() for place in places)


@transaction.atomic
def assign(run: MatchRun) -> dict[str, int]:
    """Assign the stored candidates of a run over all needs it has read, in both variants; what was assigned before is
    replaced.

    Quotas per need, least and greatest loads and live matches are read now, so two calls without a change in between
    leave the same rows. Returns {"assigned": places given, "uncovered": needs that got nobody of any kind}; nothing
    for the run of a single record.
    """
    if run.scope not in WHOLE:
        return {}
    MatchRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    forget(MatchRun.objects.filter(pk=run.pk))
    read = needs_in_scope(run).filter(pk__in=run.lists.values("need"))  # what came meanwhile is of the next run
    needs = list(read.values_list("pk", flat=True))
    kinds = [kind for kind in KINDS if settings.MATCHES_PER_NEED.get(kind)]
    figures: dict[str, Any] = {}
    given: dict[str, int] = dict.fromkeys(Variant.values, 0)
    bare = {variant: set(needs) for variant in Variant.values}
    for kind in kinds:
        scarce = scarcity.read(run, kind, needs)
        offers = scarce.open_offers()
        best, fair = solving.solve(offers, scarce.limits())
        of_kind = {
            Variant.WISHED: _wished(scarce),
            Variant.BEST: _lists(scarce, offers, best),
            Variant.FAIR: _lists(scarce, offers, fair),
        }
        _write(run, scarce, of_kind)
        figures[kind] = {name: _figures(scarce, of_kind[variant]) for name, variant in LIST_NAMES.items()}
        for variant, lists in of_kind.items():
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


@transaction.atomic
def choose_variant(*, by: User, plan: AssignmentPlan, variant: str) -> bool:
    """Let the officers see this variant as the assigned list of a run. False when they see it already."""
    changed = AssignmentPlan.objects.filter(pk=plan.pk).exclude(variant=variant).update(variant=variant)
    if changed:
        record(by=by, verb="run.variant_chosen", about=plan.run, kind="run", detail={"variant": variant})
    return bool(changed)


# --- From offers taken up to lists with reasons -------------------------------------------------------------------


def _wished(scarce: Scarcity) -> Lists:
    """What every need would get if everybody had time for everything: what is held, then the best."""
    found = {}
    for need in scarce.needs:
        held = {one.target for one in scarce.held.get(need, ())}
        free = [offer for offer in scarce.offers[need] if offer.target not in held]
        found[need] = _list(scarce, need, free[: max(0, scarce.places - len(held))], set())
    return Lists(found)


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


def _figures(scarce: Scarcity, lists: Lists) -> dict[str, float]:
    """Needs, covered, total score, what a need gets on average and in the worst-served twentieth (of the needs that
    have an offer), loads; of an assignment also its price and what moved."""
    answerable = [need for need in scarce.needs if scarce.offers[need] or need in scarce.held]
    ordered = sorted(lists.total(need) for need in answerable)
    worst = ordered[: max(1, len(ordered) // _WORST)]
    loads = lists.loads()
    of_all = [loads[target] for target in scarce.most]
    found = {
        "needs": len(scarce.needs),
        "covered": sum(1 for places in lists.by_need.values() if places),
        "places": loads.total(),
        "targets": len(of_all),
        "total": sum(ordered),
        "mean": sum(ordered) / len(ordered) if ordered else 0.0,
        "worst": sum(worst) / len(worst) if worst else 0.0,
        "busiest": max(of_all, default=0),
        "used": sum(1 for load in of_all if load),
        "gini": solving.gini(of_all),
    }
    if lists.solved is None:
        return found
    by_load, by_unit = _left_empty(scarce, lists)
    stayed = (AssignedBecause.BEST, AssignedBecause.HELD)
    moved = sum(place.because not in stayed for places in lists.by_need.values() for place in places)
    solved = lists.solved
    return found | {"served": solved.served, "price": solved.price, "idle": solved.idle, "moved": moved,
                    "empty_load": by_load, "empty_unit": by_unit}  # fmt: skip


def _left_empty(scarce: Scarcity, lists: Lists) -> tuple[int, int]:
    """Places that stay empty though a candidate is left for them: because everybody left is full or asked for more
    elsewhere; because everybody left is of a unit that stands on the list already."""
    by_load = by_unit = 0
    for need, places in lists.by_need.items():
        taken = {place.target for place in places}
        left = [offer.target for offer in scarce.offers[need] if offer.target not in taken]
        empty = min(scarce.places - len(places), len(left))
        if empty > 0:
            there = {scarce.units[target] for target in taken if target in scarce.units}
            others = {scarce.units.get(target, -target) for target in left if scarce.units.get(target) not in there}
            by_load += min(empty, len(others))
            by_unit += empty - min(empty, len(others))
    return by_load, by_unit


def _write(run: MatchRun, scarce: Scarcity, of_kind: dict[Variant, Lists]) -> None:
    """Write the places, what every need got and what every target bears, by COPY."""
    kind = scarce.kind
    places = (
        [
            run.pk,
            variant.value,
            need,
            one.target,
            position,
            _NULL if one.score is None else repr(one.score),
            one.because,
        ]
        for variant, lists in of_kind.items()
        for need, ones in lists.by_need.items()
        for position, one in enumerate(ones, start=1)
    )
    _copy("matching_assignment", f"run_id, variant, need_id, {kind}_id, position, score, because", places)
    assigned = [of_kind[Variant.BEST], of_kind[Variant.FAIR]]
    outcomes = (
        [run.pk, kind, need, len(scarce.held.get(need, ()))]
        + [repr(of_kind[variant].total(need)) for variant in LIST_NAMES.values()]
        + [_why_uncovered(scarce, need, lists) for lists in assigned]
        for need in scarce.needs
    )
    columns = "run_id, kind, need_id, held, best, assigned, fair, why_uncovered, why_uncovered_fair"
    _copy("matching_needoutcome", columns, outcomes)
    held = Counter(one.target for rows in scarce.held.values() for one in rows)
    counts = [of_kind[variant].loads() for variant in LIST_NAMES.values()]
    loads = (
        [run.pk, one, most, scarce.elsewhere[one], held[one], *(count[one] for count in counts)]
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
