"""Who gets whom when capacity is scarce: the assignment with the greatest total score, by minimum-cost flow.

Every need asks for up to its quota of targets, every target bears a least and a greatest load, a need gets at most one
target of a unit, pairs may be locked in. Only pairs that are offered can be chosen, so conflicts and refusals are pairs
left out, and a need without a pair stays uncovered instead of being filled.

    source → need (quota) → unit of the need (1) → target (1, -score) → sink (least load at a bonus, then the rest)
    source → sink (what stays open, 0)

Scores become whole numbers of `GRAIN`, so the optimum is exact and the same on every machine. The flow of a network
with whole capacities is whole (Ahuja, Magnanti, Orlin, Network Flows, 1993, theorem 9.10).

The fair variant first gives every need one target such that the worst-served need is served as well as possible
(relative to the best pair it was offered: a bottleneck assignment, by bisection over maximum flows), locks those in and
fills the rest for the greatest total; the price is the total that this costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python.max_flow import SimpleMaxFlow
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from matchmaking.engine.checks import InputError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
GRAIN = 1_000_000
_NO_UNIT = -1


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs that may be chosen, as positions of needs and targets with their scores in (0, 1]."""

    needs: Ints
    targets: Ints
    scores: Floats

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, float]]) -> Pairs:
        """Pairs from rows (need, target, score)."""
        listed = list(rows)
        return cls(
            np.asarray([need for need, _, _ in listed], dtype=np.int64),
            np.asarray([target for _, target, _ in listed], dtype=np.int64),
            np.asarray([score for _, _, score in listed], dtype=np.float64),
        )

    def where(self, chosen: NDArray[np.bool_] | Ints) -> Pairs:
        """Some of the pairs."""
        return Pairs(self.needs[chosen], self.targets[chosen], self.scores[chosen])


@dataclass(frozen=True, slots=True)
class Capacities:
    """Quota of every need; least and greatest load and unit (-1: none) of every target."""

    quotas: Ints
    least: Ints
    greatest: Ints
    units: Ints

    @classmethod
    def uniform(cls, needs: int, targets: int, *, quota: int, greatest: int, least: int = 0) -> Capacities:
        """The same for all, without units."""
        return cls(
            np.full(needs, quota), np.full(targets, least), np.full(targets, greatest), np.full(targets, _NO_UNIT)
        )


@dataclass(frozen=True, slots=True)
class Assignment:
    """The pairs chosen, as positions among those given, in their order.

    `total` is the sum of their scores, `loads` counts them by target, `uncovered` lists the needs with a quota that got
    nothing, `idle` the targets that stay under their least load. `served` is what the worst-served covered need got as
    its best, relative to the best it was offered. `price` is what fairness cost of the total, 0 otherwise.
    """

    chosen: Ints
    total: float
    loads: Ints
    uncovered: Ints
    idle: Ints
    served: float
    price: float = 0.0


def assign(pairs: Pairs, capacities: Capacities, *, locked: Sequence[int] = ()) -> Assignment:
    """The assignment with the greatest total score. `locked` are positions of pairs that are chosen in any case.

    The order of the pairs does not matter. Raises InputError when a pair is there twice, names what is not there, has
    no score, or when the locked pairs break a quota, a load or a unit.
    """
    _check(pairs, capacities)
    kept = np.asarray(sorted(set(locked)), dtype=np.int64)
    _check_locked(pairs, capacities, kept)
    rest, left = _without(pairs, capacities, kept)
    chosen = np.sort(np.concatenate([kept, rest[_solve(pairs.where(rest), left)]]))
    return _result(pairs, capacities, chosen)


def assign_fairly(
    pairs: Pairs,
    capacities: Capacities,
    *,
    locked: Sequence[int] = (),
    covered: Sequence[int] = (),
    best: Assignment | None = None,
) -> Assignment:
    """The assignment whose worst-served need is served best, and of those a large total; see the module.

    `covered` are needs that have somebody beside these pairs and ask for no first choice; `best` is what `assign` found
    for the same, if it is known. Raises as `assign`.
    """
    best = best or assign(pairs, capacities, locked=locked)
    kept = np.asarray(sorted(set(locked)), dtype=np.int64)
    relative = relative_scores(pairs)
    first = _bottleneck(pairs, capacities, kept, relative, covered)
    fair = assign(pairs, capacities, locked=[*kept.tolist(), *first.tolist()])
    return replace(fair, price=best.total - fair.total)


def relative_scores(pairs: Pairs) -> Floats:
    """The score of every pair relative to the best of its need, in (0, 1]."""
    best = np.zeros(int(pairs.needs.max(initial=-1)) + 1)
    np.maximum.at(best, pairs.needs, pairs.scores)
    relative: Floats = pairs.scores / best[pairs.needs]
    return relative


def gini(loads: Sequence[int] | Ints) -> float:
    """How unequal the loads are: 0 all the same, towards 1 one bears all (Gini 1912)."""
    ordered = np.sort(np.asarray(loads, dtype=np.float64))
    if not ordered.sum():
        return 0.0
    places = np.arange(1, len(ordered) + 1)
    return float((2 * places - len(ordered) - 1) @ ordered / (len(ordered) * ordered.sum()))


# --- The network -------------------------------------------------------------------------------------------------


def _solve(pairs: Pairs, capacities: Capacities, exactly: int | None = None) -> Ints:
    """Positions of the pairs of the greatest total; of `exactly` so many pairs, where that many can be chosen."""
    if not len(pairs.needs):
        return np.empty(0, dtype=np.int64)
    order = np.lexsort((pairs.targets, pairs.needs))
    ordered = pairs.where(order)
    costs = -np.maximum(1, np.rint(ordered.scores * GRAIN).astype(np.int64))
    needs, targets = len(capacities.quotas), len(capacities.greatest)
    groups, starts = _groups(ordered, capacities.units)
    source, first_target = 0, 1 + needs
    first_group = first_target + targets
    sink = first_group + len(starts)
    everything = int(capacities.quotas.sum()) if exactly is None else exactly
    tails = np.where(groups >= 0, first_group + groups, 1 + ordered.needs)
    at_least = capacities.least
    # One place below a least load counts for more than any total; no bonus where none is asked for keeps costs small.
    bonus = (int(-costs.min()) + 1) * (everything + 1) if at_least.any() else 0
    arcs = [
        (tails, first_target + ordered.targets, np.ones_like(costs), costs),
        (np.full(needs, source), 1 + np.arange(needs), capacities.quotas, np.zeros(needs, dtype=np.int64)),
        (1 + starts, first_group + np.arange(len(starts)), np.ones_like(starts), np.zeros_like(starts)),
        (first_target + np.arange(targets), np.full(targets, sink), at_least, np.full(targets, -bonus)),
        (first_target + np.arange(targets), np.full(targets, sink), capacities.greatest - at_least, np.zeros(targets)),
        (np.array([source]), np.array([sink]), np.array([everything if exactly is None else 0]), np.array([0])),
    ]
    flow = SimpleMinCostFlow()
    tail, head, capacity, cost = (np.concatenate(column).astype(np.int64) for column in zip(*arcs, strict=True))
    flow.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, cost)
    flow.set_nodes_supplies(np.array([source, sink]), np.array([everything, -everything]))
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise RuntimeError(f"the assignment was not solved: {status}")
    used = np.asarray(flow.flows(np.arange(len(costs))), dtype=bool)
    return np.sort(order[used])


def _groups(pairs: Pairs, units: Ints) -> tuple[Ints, Ints]:
    """For every pair the number of its (need, unit), -1 where nothing else of that unit is offered to the need; and
    for every number its need."""
    unit = units[pairs.targets]
    span = int(units.max(initial=0)) + 1
    groups = np.full(len(unit), _NO_UNIT, dtype=np.int64)
    named = np.flatnonzero(unit >= 0)
    keys, numbers, counts = np.unique(pairs.needs[named] * span + unit[named], return_inverse=True, return_counts=True)
    several = counts > 1
    renumbered = np.where(several, np.cumsum(several) - 1, _NO_UNIT)
    groups[named] = renumbered[numbers]
    return groups, keys[several] // span


def _bottleneck(
    pairs: Pairs, capacities: Capacities, kept: Ints, relative: Floats, elsewhere: Sequence[int] = ()
) -> Ints:
    """One pair for every need that can have one, the least relative score as high as possible."""
    open_pairs, left = _without(pairs, capacities, kept)
    covered = np.zeros(len(capacities.quotas), dtype=bool)
    covered[pairs.needs[kept]] = True
    covered[list(elsewhere)] = True
    quotas = np.minimum(left.quotas, np.where(covered, 0, 1))
    one_each = replace(left, quotas=quotas)
    steps = np.unique(relative[open_pairs])

    def first_choices(least: float, most: int) -> Ints:
        """As many as can be; of them those that leave the fewest targets below their least load, then the best."""
        allowed = open_pairs[relative[open_pairs] >= least]
        return allowed[_solve(pairs.where(allowed), one_each, exactly=most)]

    def coverable(least: float) -> int:
        return _most(pairs.where(open_pairs[relative[open_pairs] >= least]), one_each)

    if not len(steps):
        return np.empty(0, dtype=np.int64)
    most = coverable(float(steps[0]))
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if coverable(float(steps[middle])) == most:
            low = middle
        else:
            high = middle - 1
    return first_choices(float(steps[low]), most)


def _most(pairs: Pairs, capacities: Capacities) -> int:
    """How many pairs can be chosen at all when every quota is 0 or 1, so that units cannot be in the way."""
    needs, targets = len(capacities.quotas), len(capacities.greatest)
    source, sink = 0, 1 + needs + targets
    tail = np.concatenate([np.full(needs, source), 1 + pairs.needs, 1 + needs + np.arange(targets)])
    head = np.concatenate([1 + np.arange(needs), 1 + needs + pairs.targets, np.full(targets, sink)])
    capacity = np.concatenate([capacities.quotas, np.ones_like(pairs.needs), capacities.greatest])
    flow = SimpleMaxFlow()
    flow.add_arcs_with_capacity(tail, head, capacity)
    if flow.solve(source, sink) != flow.OPTIMAL:
        raise RuntimeError("the assignment was not solved")
    return int(flow.optimal_flow())


def _without(pairs: Pairs, capacities: Capacities, kept: Ints) -> tuple[Ints, Capacities]:
    """Positions of the pairs that are open beside the locked ones, and the capacities that are left."""
    quotas = capacities.quotas - np.bincount(pairs.needs[kept], minlength=len(capacities.quotas))
    loads = np.bincount(pairs.targets[kept], minlength=len(capacities.greatest))
    is_open = np.ones(len(pairs.needs), dtype=bool)
    is_open[kept] = False
    units = capacities.units[pairs.targets]
    taken = set(zip(pairs.needs[kept].tolist(), units[kept].tolist(), strict=True))
    if any(unit >= 0 for _, unit in taken):
        for at in np.flatnonzero(is_open & (units >= 0)).tolist():
            is_open[at] = (int(pairs.needs[at]), int(units[at])) not in taken
    left = Capacities(
        quotas, np.maximum(capacities.least - loads, 0), capacities.greatest - loads, capacities.units
    )  # fmt: skip
    return np.flatnonzero(is_open), left


def _result(pairs: Pairs, capacities: Capacities, chosen: Ints) -> Assignment:
    loads = np.bincount(pairs.targets[chosen], minlength=len(capacities.greatest))
    covered = np.bincount(pairs.needs[chosen], minlength=len(capacities.quotas)) > 0
    best = np.zeros(len(capacities.quotas))
    np.maximum.at(best, pairs.needs[chosen], relative_scores(pairs)[chosen] if len(chosen) else np.empty(0))
    return Assignment(
        chosen,
        float(np.sort(pairs.scores[chosen]).sum()),
        loads,
        np.flatnonzero(~covered & (capacities.quotas > 0)),
        np.flatnonzero(loads < capacities.least),
        float(best[covered].min(initial=1.0)),
    )


# --- Checks ------------------------------------------------------------------------------------------------------


def _check(pairs: Pairs, capacities: Capacities) -> None:
    needs, targets = len(capacities.quotas), len(capacities.greatest)
    if not len(pairs.needs) == len(pairs.targets) == len(pairs.scores):
        raise InputError("needs, targets and scores of the pairs differ in number")
    if not len(capacities.least) == len(capacities.units) == targets:
        raise InputError("loads and units of the targets differ in number")
    for name, places, size in (("need", pairs.needs, needs), ("target", pairs.targets, targets)):
        if len(places) and (places.min() < 0 or places.max() >= size):
            raise InputError(f"a pair names a {name} that is not there")
    if len(np.unique(pairs.needs * max(targets, 1) + pairs.targets)) < len(pairs.needs):
        raise InputError("a pair is there twice")
    if not np.all((pairs.scores > 0.0) & (pairs.scores <= 1.0)):
        raise InputError("a pair has no score between 0 and 1")
    if min(capacities.quotas.min(initial=0), capacities.least.min(initial=0), capacities.greatest.min(initial=0)) < 0:
        raise InputError("a quota or load is negative")
    if np.any(capacities.least > capacities.greatest):
        raise InputError("a least load is greater than the greatest")


def _check_locked(pairs: Pairs, capacities: Capacities, kept: Ints) -> None:
    if len(kept) and (kept[0] < 0 or kept[-1] >= len(pairs.needs)):
        raise InputError("a locked pair is not among the pairs")
    if np.any(np.bincount(pairs.needs[kept], minlength=len(capacities.quotas)) > capacities.quotas):
        raise InputError("the locked pairs of a need are more than its quota")
    if np.any(np.bincount(pairs.targets[kept], minlength=len(capacities.greatest)) > capacities.greatest):
        raise InputError("the locked pairs of a target are more than its greatest load")
    units = capacities.units[pairs.targets[kept]]
    named = pairs.needs[kept][units >= 0] * (int(units.max(initial=0)) + 1) + units[units >= 0]
    if len(np.unique(named)) < len(named):
        raise InputError("two locked pairs of a need are of one unit")
