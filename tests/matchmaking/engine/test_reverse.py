"""One target held against all needs is what ranking says of it, to the bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.reverse import AskingNeeds
from matchmaking.engine.types import NeedProfile

from .builders import ANTICORROSION, COATING_NEED, EXPERTS, OFFERS, index_of, model_of

NEEDS = [
    COATING_NEED,
    replace(COATING_NEED, key="N-002", title="轴承早期失效", goal="延长寿命", problem="轴承滚道剥落。", indicators=()),
    replace(COATING_NEED, key="N-003", title="", goal="", problem="", background="", indicators=(), keywords=()),
    replace(COATING_NEED, key="N-004", title="盐雾中钢结构的防腐", goal="", problem="", background="", indicators=()),
]


def without_codes(record):
    """A record of texts alone, as a pasted paragraph is one."""
    emptied = {"tech_field": "", "trl": None, "region": "", "coop_modes": (), "indicators": ()}
    own = {"industry": "", "budget_band": "", "due_months": None, "owner": ""}
    offered = {"discipline": "", "applications": (), "price_band": "", "units": ()}
    return replace(record, **emptied, **(own if hasattr(record, "industry") else offered))


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.key)
def test_the_reverse_of_a_ranking_has_its_scores(offer):
    index = Index.build([without_codes(offer)], model_of(*OFFERS, *EXPERTS, *NEEDS), Policy())
    needs = [without_codes(need) for need in NEEDS]

    found = AskingNeeds.of(needs, index.weigher).scores(index)

    wanted = [one.score for one in index.score_pairs([(need, offer.key) for need in needs])]
    assert found.tolist() == wanted


@pytest.mark.parametrize("least", [0.0, 0.35])
def test_what_may_be_proposed_is_what_ranking_says(least):
    """Also of a text that shares single characters only."""
    policy = replace(Policy(), floor=0.2, least_wording=least, least_probability=0.0, calibration=())
    powder = replace(without_codes(ANTICORROSION), title="料粉", summary="粉与料", key_points="", keywords=(),
                     problem_solved="", application_text="")  # fmt: skip
    needs = [*(without_codes(need) for need in NEEDS), NeedProfile("N-9", "虾的料", problem="粉的配比")]
    said = []
    for offer in (powder, *(without_codes(offer) for offer in OFFERS)):
        index = Index.build([offer], model_of(*OFFERS, *EXPERTS, *NEEDS), policy)
        asking = AskingNeeds.of(needs, index.weigher)
        found = asking.above_floor(index, asking.scores(index)).tolist()
        assert found == [one.above_floor for one in index.score_pairs([(need, offer.key) for need in needs])]
        said += found
    assert set(said) == {True, False}
    assert said[4] is (least == 0.0)


def test_what_answers_everybody_counts_less_there_too():
    index = Index.build([without_codes(ANTICORROSION)], model_of(*OFFERS, *NEEDS), Policy())
    hub = replace(index, hubs=np.asarray([0.7]))
    needs = [without_codes(need) for need in NEEDS]
    found = AskingNeeds.of(needs, hub.weigher).scores(hub)
    assert found.tolist() == [one.score for one in hub.score_pairs([(need, ANTICORROSION.key) for need in needs])]
    assert found.tolist() != AskingNeeds.of(needs, index.weigher).scores(index).tolist()


def test_blocks_of_any_size_give_the_same_bits():
    index = index_of([without_codes(ANTICORROSION)])
    weigher = index.weigher
    needs = [without_codes(need) for need in NEEDS]
    whole = AskingNeeds.of(needs, weigher).scores(index).tolist()
    assert whole == [AskingNeeds.of([need], weigher).scores(index)[0] for need in needs]
    assert max(whole) > min(whole)


def test_more_than_one_target_is_refused():
    with pytest.raises(ValueError, match="one target"):
        AskingNeeds.of(NEEDS, index_of(OFFERS).weigher).scores(index_of(OFFERS))
