"""Bad input is refused by name, and broken promises are found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matchmaking.engine.checks import InputError, check_inputs, check_validity
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.types import Candidate, NeedProfile, OfferProfile, Ranking, Reason

from . import builders


def test_keys_must_be_there_and_differ():
    need = NeedProfile("N1", "t")
    with pytest.raises(InputError, match="need keys repeat: N1"):
        check_inputs([need, need], [])
    with pytest.raises(InputError, match="need has no key"):
        check_inputs([NeedProfile("", "t")], [])
    with pytest.raises(InputError, match="target keys repeat: A1"):
        check_inputs([], [OfferProfile("A1", "t"), OfferProfile("A1", "u")])
    with pytest.raises(InputError, match="ExpertProfile and OfferProfile"):
        check_inputs([], [*builders.OFFERS, *builders.EXPERTS])


def test_the_index_checks_what_it_is_given():
    statistics = builders.model_of(*builders.OFFERS)
    with pytest.raises(InputError):
        Index.build([*builders.OFFERS, builders.ANTICORROSION], statistics, Policy())
    with pytest.raises(InputError):
        Index.build(builders.OFFERS, statistics, Policy()).rank([builders.COATING_NEED, builders.COATING_NEED])


def test_a_good_ranking_has_no_problems():
    assert check_validity(builders.index_of(builders.OFFERS).rank([builders.COATING_NEED])) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"rank": 2}, "count from 1"),
        ({"score": 1.5}, "score 1.5"),
        ({"score": 0.4}, "contributions of 0.5"),
        ({"excluded": "same_owner"}, "is excluded"),
        ({"above_floor": False}, "says why"),
    ],
)
def test_broken_promises_are_found(change, problem):
    good = Candidate("A1", 1, 0.5, True, (Reason("text", 0.5),))
    assert check_validity([Ranking("N1", (good,))]) == []
    assert any(problem in found for found in check_validity([Ranking("N1", (replace(good, **change),))]))


def test_order_repetition_and_exclusion_are_checked():
    one, two = Candidate("A1", 1, 0.5, True), Candidate("A2", 2, 0.6, True)
    assert "out of order" in check_validity([Ranking("N1", (one, two))])[0]
    assert "appears twice" in check_validity([Ranking("N1", (one, replace(one, rank=2)))])[0]
    assert "is excluded" in check_validity([Ranking("N1", (one,))], exclude={("N1", "A1")})[0]
