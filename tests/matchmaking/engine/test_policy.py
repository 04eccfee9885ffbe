"""The policy as a value."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from matchmaking.engine.policy import ExpertSignals, Policy, SignalWeights
from matchmaking.engine.scoring import Scorer


def test_a_policy_survives_json():
    policy = replace(Policy(), top=7, signals=SignalWeights(field=0.1))
    again = Policy.from_dict(json.loads(json.dumps(policy.as_dict())))
    assert again == policy
    assert again.digest == policy.digest != Policy().digest


def test_what_is_missing_keeps_its_default():
    assert Policy.from_dict({"signals": {"field": 0.1}}) == replace(Policy(), signals=SignalWeights(field=0.1))


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
