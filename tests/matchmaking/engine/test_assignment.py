"""The assignment under load: optimal, within every limit, the same whatever the order."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.engine.assignment import Capacities, Pairs, assign, assign_fairly, gini, relative_scores
from matchmaking.engine.checks import InputError
from tests.matchmaking.engine.builders import unhurried


@st.composite
def problems(draw):
    """Up to seven pairs of up to four needs and four targets: small enough to try every choice."""
    needs, targets = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    places = [(need, target) for need in range(needs) for target in range(targets)]
    chosen = draw(st.lists(st.sampled_from(places), unique=True, min_size=1, max_size=7))
    rows = [(need, target, draw(st.integers(1, 20)) / 20) for need, target in chosen]
    greatest = [draw(st.integers(0, 3)) for _ in range(targets)]
    capacities = Capacities(
        np.array([draw(st.integers(0, 3)) for _ in range(needs)]),
        np.array([draw(st.integers(0, most)) for most in greatest]),
        np.array(greatest),
        np.array([draw(st.integers(-1, 1)) for _ in range(targets)]),
    )
    return rows, capacities


def is_allowed(rows, capacities):
    """Whether a choice keeps to quotas, greatest loads and units."""
    needs, targets = [row[0] for row in rows], [row[1] for row in rows]
    units = [(row[0], capacities.units[row[1]]) for row in rows if capacities.units[row[1]] >= 0]
    return (
        all(needs.count(need) <= capacities.quotas[need] for need in needs)
        and all(targets.count(target) <= capacities.greatest[target] for target in targets)
        and len(units) == len(set(units))
    )


def choices(rows, capacities):
    """Every choice that is allowed."""
    for size in range(len(rows) + 1):
        yield from (some for some in itertools.combinations(rows, size) if is_allowed(some, capacities))


def places_below(rows, capacities):
    """How many places are missing to the least loads."""
    loads = np.bincount([row[1] for row in rows], minlength=len(capacities.least)) if rows else 0
    return int(np.maximum(capacities.least - loads, 0).sum())


@unhurried
@given(problems())
def test_no_allowed_choice_is_better(problem):
    rows, capacities = problem
    found = assign(Pairs.of(rows), capacities)
    chosen = [rows[at] for at in found.chosen]
    assert is_allowed(chosen, capacities)
    best = min((places_below(some, capacities), -sum(row[2] for row in some)) for some in choices(rows, capacities))
    assert (places_below(chosen, capacities), -found.total) == pytest.approx(best)


@unhurried
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_means_nothing(problem, random):
    rows, capacities = problem
    shuffled = random.sample(rows, len(rows))
    for method in (assign, assign_fairly):
        one, other = method(Pairs.of(rows), capacities), method(Pairs.of(shuffled), capacities)
        assert sorted(rows[at] for at in one.chosen) == sorted(shuffled[at] for at in other.chosen)


@unhurried
@given(problems())
def test_the_fair_variant_serves_the_worst_served_need_best(problem):
    rows, capacities = problem
    capacities = Capacities(capacities.quotas, np.zeros_like(capacities.least), capacities.greatest, capacities.units)
    pairs = Pairs.of(rows)
    relative = {row[:2]: share for row, share in zip(rows, relative_scores(pairs), strict=True)}

    def worth(some):
        covered = {row[0] for row in some}
        return len(covered), min((max(relative[r[:2]] for r in some if r[0] == need) for need in covered), default=1.0)

    found = assign_fairly(pairs, capacities)
    chosen = [rows[at] for at in found.chosen]
    assert is_allowed(chosen, capacities)
    assert worth(chosen) == pytest.approx(max(worth(some) for some in choices(rows, capacities)))
    assert found.served == pytest.approx(worth(chosen)[1])
    assert found.price == pytest.approx(assign(pairs, capacities).total - found.total)
    assert found.price > -1e-6


def test_among_equals_the_order_of_the_pairs_decides_nothing():
    rows = [(need, target, 0.5) for need in range(12) for target in range(12)]
    limits = Capacities.uniform(12, 12, quota=1, greatest=1)
    one, other = assign(Pairs.of(rows), limits), assign(Pairs.of(rows[::-1]), limits)
    assert [rows[at] for at in one.chosen] == sorted(rows[::-1][at] for at in other.chosen)


def test_fairness_covers_a_need_before_it_adds_to_the_total():
    pairs = Pairs.of([(0, 0, 1.0), (0, 1, 0.35), (1, 0, 0.3)])
    limits = Capacities.uniform(2, 2, quota=1, greatest=1)
    assert assign(pairs, limits).uncovered.tolist() == [1]
    assert assign_fairly(pairs, limits).chosen.tolist() == [1, 2]


def test_fairness_gives_a_need_with_a_locked_pair_no_second_first_choice():
    pairs = Pairs.of([(0, 0, 0.2), (0, 1, 1.0), (1, 1, 0.5), (1, 2, 0.4)])
    found = assign_fairly(pairs, Capacities.uniform(2, 3, quota=2, greatest=1), locked=[0])
    assert found.chosen.tolist() == [0, 2, 3]


def test_fairness_gives_a_need_that_has_somebody_elsewhere_no_first_choice():
    pairs = Pairs.of([(0, 0, 1.0), (1, 0, 0.9), (1, 1, 0.45)])
    limits = Capacities.uniform(2, 2, quota=1, greatest=1)
    assert assign_fairly(pairs, limits).chosen.tolist() == [0, 2]
    assert assign_fairly(pairs, limits, covered=[0]).chosen.tolist() == [1]


def test_of_equally_fair_choices_the_one_that_leaves_the_fewest_idle_is_taken():
    pairs = Pairs.of([(0, 0, 1.0), (0, 1, 0.9), (1, 0, 0.7), (2, 2, 0.8), (3, 2, 0.8), (3, 3, 0.64)])
    limits = Capacities(np.ones(4, int), np.ones(4, int), np.array([2, 1, 1, 1]), np.full(4, -1))
    found = assign_fairly(pairs, limits)
    assert found.served == pytest.approx(0.8)
    assert found.chosen.tolist() == [1, 2, 3, 5]
    assert not found.idle.tolist()


def test_a_loaded_expert_is_spared_where_it_costs_least():
    pairs = Pairs.of([(0, 0, 0.9), (0, 1, 0.8), (1, 0, 0.9), (1, 1, 0.2)])
    found = assign(pairs, Capacities.uniform(2, 2, quota=1, greatest=1))
    assert [(pairs.needs[at], pairs.targets[at]) for at in found.chosen] == [(0, 1), (1, 0)]
    assert found.total == pytest.approx(1.7)
    assert found.loads.tolist() == [1, 1]


def test_a_least_load_brings_work_to_the_idle_and_what_cannot_be_met_is_named():
    pairs = Pairs.of([(0, 0, 0.9), (0, 1, 0.1)])
    found = assign(pairs, Capacities.uniform(1, 3, quota=1, greatest=1, least=1))
    assert len(found.chosen) == 1
    assert found.idle.tolist() == [1, 2]
    limits = Capacities(np.array([1]), np.array([0, 1, 0]), np.array([1, 1, 1]), np.array([-1, -1, -1]))
    assert assign(pairs, limits).chosen.tolist() == [1]


def test_a_need_gets_one_target_of_a_unit_and_stays_uncovered_rather_than_filled():
    pairs = Pairs.of([(0, 0, 0.9), (0, 1, 0.8), (0, 2, 0.1)])
    limits = Capacities(np.array([2, 1]), np.zeros(3, int), np.full(3, 5), np.array([7, 7, 8]))
    found = assign(pairs, limits)
    assert found.chosen.tolist() == [0, 2]
    assert found.uncovered.tolist() == [1]


def test_a_locked_pair_stays_and_its_unit_is_taken():
    pairs = Pairs.of([(0, 0, 0.9), (0, 1, 0.1), (0, 2, 0.5)])
    limits = Capacities(np.array([2]), np.zeros(3, int), np.full(3, 1), np.array([7, 7, -1]))
    assert assign(pairs, limits, locked=[1]).chosen.tolist() == [1, 2]
    with pytest.raises(InputError, match="of one unit"):
        assign(pairs, limits, locked=[0, 1])
    with pytest.raises(InputError, match="more than its quota"):
        assign(pairs, Capacities.uniform(1, 3, quota=1, greatest=1), locked=[0, 1])
    with pytest.raises(InputError, match="greatest load"):
        assign(pairs, Capacities.uniform(1, 3, quota=1, greatest=0), locked=[0])
    with pytest.raises(InputError, match="not among the pairs"):
        assign(pairs, limits, locked=[3])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(0, 0, 0.5), (0, 0, 0.6)], "twice"),
        ([(1, 0, 0.5)], "a need that is not there"),
        ([(0, 9, 0.5)], "a target that is not there"),
        ([(0, 0, 0.0)], "no score"),
        ([(0, 0, float("nan"))], "no score"),
    ],
)
def test_input_that_makes_no_sense_is_refused(rows, said):
    with pytest.raises(InputError, match=said):
        assign(Pairs.of(rows), Capacities.uniform(1, 1, quota=1, greatest=1))


def test_limits_that_make_no_sense_are_refused():
    pairs = Pairs.of([(0, 0, 0.5)])
    with pytest.raises(InputError, match="greater than the greatest"):
        assign(pairs, Capacities.uniform(1, 1, quota=1, greatest=1, least=2))
    with pytest.raises(InputError, match="negative"):
        assign(pairs, Capacities.uniform(1, 1, quota=-1, greatest=1))
    with pytest.raises(InputError, match="differ in number"):
        assign(pairs, Capacities(np.array([1]), np.array([0]), np.array([1, 1]), np.array([-1, -1])))


def test_nothing_to_choose_from_covers_nothing():
    for method in (assign, assign_fairly):
        found = method(Pairs.of([]), Capacities.uniform(2, 2, quota=1, greatest=1))
        assert (found.total, found.uncovered.tolist(), found.loads.tolist()) == (0.0, [0, 1], [0, 0])


def test_inequality_of_loads():
    assert gini([2, 2, 2]) == 0.0
    assert gini([]) == gini([0, 0]) == 0.0
    assert gini([0, 0, 0, 4]) == pytest.approx(0.75)
