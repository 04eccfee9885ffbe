"""Scores as honest percentages."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.engine.calibration import LEAST_GRADED, LEAST_PAIRS, Calibration, Knot, calibrate
from matchmaking.engine.metrics import expected_calibration_error
from tests.matchmaking.engine.builders import unhurried


def graded(count, seed=1):
    """Scores whose square is the chance of a strong fit."""
    draw = random.Random(seed)
    scores = [draw.random() for _ in range(count)]
    return scores, [draw.random() < score * score for score in scores]


def test_what_is_stated_on_unseen_pairs_is_what_happens():
    calibration = calibrate(*graded(4_000))
    scores, strong = graded(20_000, seed=2)
    stated = [calibration.probability(score) for score in scores]
    assert expected_calibration_error(stated, strong) < 0.02
    assert expected_calibration_error(scores, strong) > 0.1


def test_a_higher_score_never_states_less_and_the_band_holds_what_is_stated():
    calibration = calibrate(*graded(1_000))
    found = [calibration.state(place / 50 - 0.5) for place in range(100)]
    assert [one.probability for one in found] == sorted(one.probability for one in found)
    assert all(0 < one.low <= one.probability <= one.high < 1 for one in found)
    assert found[0].probability < 0.1
    assert found[-1].probability > 0.7


@unhurried
@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=LEAST_GRADED, max_size=400), st.randoms())
def test_any_grades_give_rising_steps_whatever_their_order(pairs, shuffle):
    scores, strong = zip(*pairs, strict=True)
    found = calibrate(scores, strong)
    if found is None:
        assert len(set(strong)) == 1
        return
    mixed = list(pairs)
    shuffle.shuffle(mixed)
    assert calibrate(*zip(*mixed, strict=True)) == found
    assert Calibration.from_json(found.to_json()) == found
    assert all(knot.pairs >= LEAST_PAIRS and 0 < knot.probability < 1 for knot in found.knots)
    assert sum({knot.probability: knot.pairs for knot in found.knots}.values()) == len(pairs)


def test_few_grades_or_grades_all_alike_calibrate_nothing():
    assert calibrate(*graded(LEAST_GRADED - 1)) is None
    assert calibrate([0.1] * 300, [True] * 300) is None
    with pytest.raises(ValueError, match="its outcome"):
        calibrate([0.1], [])


@pytest.mark.parametrize("text", ["[]", "[[0.5, 0.2, 30], [0.4, 0.3, 30]]", "[[0.5, 0.2, 30], [0.6, 0.1, 30]]"])
def test_knots_that_do_not_ascend_are_refused(text):
    with pytest.raises(ValueError, match="ascend"):
        Calibration.from_json(text)


def test_a_wide_step_states_its_share_for_all_its_scores():
    """Weak pairs at every score up to .5, a third of strong ones above: what is weak is not lifted by them."""
    scores = [place / 1_000 for place in range(700)]
    strong = [place > 500 and place % 3 == 0 for place in range(700)]
    found = calibrate(scores, strong)
    stated = [found.probability(score) for score in scores[:490]]
    assert max(stated) == min(stated) < 0.01
    assert expected_calibration_error([found.probability(score) for score in scores], strong) < 0.01


def test_one_half_is_stated_only_above_the_lower_edge_of_its_step():
    scores = [place / 1_000 for place in range(1_000)]
    found = calibrate(scores, [place >= 900 or (place % 10 == 0 and place >= 300) for place in range(1_000)])
    assert found.probability(0.9) < 0.5 < found.probability(0.95)
    assert found.least_score(0.5) == pytest.approx(0.915, abs=0.01)


def test_between_two_steps_the_probability_lies_between():
    steps = Calibration((Knot(0.2, 0.1, 100), Knot(0.4, 0.5, 400)))
    assert steps.probability(0.3) == pytest.approx(0.3)
    assert steps.probability(0.0) == 0.1
    assert steps.probability(0.9) == 0.5
    assert steps.state(0.4).high - steps.state(0.4).low < steps.state(0.3).high - steps.state(0.3).low


def test_drawing_a_small_step_towards_the_mean_does_not_lift_it_above_the_next():
    groups = [(1.0, 12, 25), (2.0, 85, 175), (3.0, 100, 100)]
    pairs = [(score, place < hits) for score, hits, count in groups for place in range(count)]
    found = calibrate(*zip(*pairs, strict=True))
    assert [(knot.score, knot.pairs) for knot in found.knots] == [(1.0, 200), (2.0, 200), (3.0, 100)]
    assert Calibration.from_json(found.to_json()) == found
