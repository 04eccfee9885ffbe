"""The policy as a value."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace

import pytest

from matchmaking.engine.model import fit
from matchmaking.engine.policy import ExpertSignals, Policy, SignalWeights
from matchmaking.engine.ranking import Index
from matchmaking.engine.scoring import Scorer
from matchmaking.engine.types import ExpertProfile, OfferProfile


def test_a_policy_survives_json():
    policy = replace(Policy(), top=7, signals=SignalWeights(field=0.1))
    again = Policy.from_dict(json.loads(json.dumps(policy.as_dict())))
    assert again == policy
    assert again.digest == policy.digest != Policy().digest


def test_what_is_missing_keeps_its_default():
    assert Policy.from_dict({"signals": {"field": 0.1}}) == replace(Policy(), signals=SignalWeights(field=0.1))


def test_before_version_5_experts_are_weighed_as_everybody():
    then = asdict(replace(Policy(), version="4", signals=SignalWeights(field=0.11, industry=0.07)))
    del then["expert_signals"]
    read = Policy.from_dict(then)
    assert asdict(read.expert_signals) == asdict(read.signals) == then["signals"]
    assert Policy.from_dict(read.as_dict()) == read
    assert Policy.from_dict(then | {"version": "5"}).expert_signals == ExpertSignals()


@pytest.mark.parametrize("kind", ["achievement", "expert", "team"])
def test_a_calibration_raises_the_floor_of_its_kind(kind):
    name = "calibration" if kind == "achievement" else "expert_calibration"
    plain = replace(Policy(), calibration=(), expert_calibration=())
    raised = replace(plain, least_probability=0.1, **{name: ((0.2, 0.05, 90), (0.6, 0.05, 90), (0.8, 0.25, 90))})
    assert plain.floor_of(kind) == (plain.floor if kind == "achievement" else plain.expert_floor)
    assert raised.floor_of(kind) == pytest.approx(0.65)
    assert raised.floor_of("expert" if kind == "achievement" else "achievement") < 0.6
    offer, expert = OfferProfile("A", title="涂层"), ExpertProfile("E", documents=("涂层",))
    model = fit([offer], [expert], [], learning=False)
    assert Index.build([offer if kind == "achievement" else expert], model, raised).floor == raised.floor_of(kind)
    never = replace(plain, **{name: ((0.2, 0.05, 90), (0.6, 0.06, 90))})
    assert never.floor_of(kind) == math.inf


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="flor"):
        Policy.from_dict({"flor": 0.5})
    with pytest.raises(ValueError, match="regoin"):
        Policy.from_dict({"signals": {"regoin": 0.5}})


@pytest.mark.parametrize("weights", [SignalWeights(field=-0.1), SignalWeights(field=0.9)])
def test_weights_that_could_turn_a_score_around_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        replace(Policy(), signals=weights)
    with pytest.raises(ValueError, match="weights"):
        replace(Policy(), expert_signals=ExpertSignals(**asdict(weights)))


def test_what_signals_say_of_experts_is_weighed_apart():
    policy = replace(Policy(), expert_signals=ExpertSignals(field=0.02))
    assert Policy.from_dict(json.loads(json.dumps(policy.as_dict()))) == policy
    assert Scorer.of(policy, experts=True).weights["field"] == 0.02
    assert Scorer.of(policy, experts=False).weights == asdict(Policy().signals)
