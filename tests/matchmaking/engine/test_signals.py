"""What the codes say: every signal by example."""

from __future__ import annotations

import pytest

from matchmaking.engine import signals
from matchmaking.engine.policy import Policy
from matchmaking.engine.signals import SIGNALS
from matchmaking.engine.types import ExpertProfile, NeedProfile, OfferProfile


def fit(name, need, target):
    signal = next(signal for signal in SIGNALS if signal.name == name)
    need_key, target_key = signal.need_key(need), signal.target_key(target)
    if need_key is None or target_key is None:
        return None
    found = signal.compare(need_key, target_key, Policy())
    return None if found is None else found.value


def need(**given):
    return NeedProfile("N", "t", **given)


def offer(**given):
    return OfferProfile("A", "t", **given)


def test_every_signal_has_a_weight_and_every_weight_a_signal():
    from dataclasses import asdict

    assert [*(signal.name for signal in SIGNALS), "indicators"] == list(asdict(Policy().signals))


def test_what_is_not_stated_says_nothing():
    for signal in SIGNALS:
        assert signal.need_key(need()) is None
        assert signal.target_key(offer()) is None
        assert signal.target_key(ExpertProfile("X")) is None


def test_field_same_near_far():
    values = [fit("field", need(tech_field="0405"), offer(tech_field=code)) for code in ("0405", "0401", "0801")]
    assert values == sorted(values, reverse=True)
    assert values[0] == 1.0
    assert values[2] < 0


def test_an_expert_counts_by_his_closest_field():
    assert fit("field", need(tech_field="0405"), ExpertProfile("X", fields=("0801", "0405"))) == 1.0


def test_industry_among_the_applications():
    assert fit("industry", need(industry="33"), offer(applications=("26", "33"))) == 1.0
    assert fit("industry", need(industry="33"), offer(applications=("01",))) < 0
    assert 0 < fit("industry", need(industry="C"), offer(applications=("C33",))) < 1


def test_maturity_costs_by_the_missing_level():
    values = [fit("maturity", need(trl=7), offer(trl=level)) for level in (9, 7, 6, 4, 2)]
    assert values == [1.0, 1.0, 0.5, -0.5, -1.0]


def test_the_deadline_only_ever_speaks_against_a_pair():
    assert fit("deadline", need(trl=7, due_months=36), offer(trl=5)) is None
    assert fit("deadline", need(trl=7, due_months=12), offer(trl=7)) is None
    assert fit("deadline", need(trl=7, due_months=10), offer(trl=5)) == -0.5
    assert fit("deadline", need(trl=9, due_months=1), offer(trl=1)) == -1.0


@pytest.mark.parametrize(
    ("wanted", "offered", "value"),
    [
        (("assign", "equity"), ("equity",), 1.0),
        (("assign",), ("equity",), -0.6),
        (("open",), ("equity",), 0.3),
        (("open",), ("open",), 0.3),
    ],
)
def test_cooperation_modes(wanted, offered, value):
    assert fit("modes", need(coop_modes=wanted), offer(coop_modes=offered)) == value


def test_budget_against_price():
    assert fit("budget", need(budget_band="b4"), offer(price_band="b4")) == 1.0
    assert fit("budget", need(budget_band="b4"), offer(price_band="b2")) == 1.0
    assert fit("budget", need(budget_band="b2"), offer(price_band="b4")) == -0.5
    assert fit("budget", need(budget_band="b0"), offer(price_band="b4")) is None, "negotiable says nothing"


def test_another_region_is_no_fault():
    assert fit("region", need(region="3702"), offer(region="3702")) == 1.0
    assert 0 < fit("region", need(region="3702"), offer(region="37")) < 1
    assert fit("region", need(region="3702"), offer(region="22")) == 0.0


def test_params_are_codes_and_numbers():
    found = signals.compare_budget("b2", "b4", Policy())
    assert found.params == {"need": "b2", "target": "b4"}
