"""What must hold for any records whatever."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.engine import ranking as ranking_module
from matchmaking.engine import terms as terms_module
from matchmaking.engine.checks import check_validity
from matchmaking.engine.encoder import Encoder
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.types import ExpertProfile, NeedProfile, OfferProfile

from . import builders

POLICY = Policy()
pairs_of_keys = st.sets(st.tuples(st.sampled_from(["N0", "N1", "N2"]), st.sampled_from(["T0", "T1", "T2"])), max_size=5)


def rank(needs, targets, statistics, **options):
    return Index.build(targets, statistics, POLICY).rank(needs, **options)


def by_need(rankings):
    return {ranking.need: ranking for ranking in rankings}


@builders.unhurried
@given(needs=builders.needs_lists, targets=builders.target_lists, refused=pairs_of_keys)
def test_every_ranking_keeps_its_promises(needs, targets, refused):
    statistics = builders.model_of(*needs, *targets)
    assert check_validity(rank(needs, targets, statistics, exclude=refused), exclude=refused) == []


@builders.unhurried
@given(needs=builders.needs_lists, targets=builders.target_lists, refused=pairs_of_keys)
def test_an_excluded_pair_never_appears(needs, targets, refused):
    statistics = builders.model_of(*needs, *targets)
    known = {target.key: target for target in targets}
    owners = {need.key: need.owner for need in needs}
    for ranking in rank(needs, targets, statistics, exclude=refused):
        for candidate in ranking.candidates:
            target, owner = known[candidate.target], owners[ranking.need]
            assert (ranking.need, target.key) not in refused
            assert not owner or owner not in (*target.units, *getattr(target, "conflicts", ()))


@builders.unhurried
@given(st.data())
def test_permuting_the_input_never_changes_the_output(data):
    needs, targets = data.draw(builders.needs_lists), data.draw(builders.target_lists)
    statistics = builders.model_of(*needs, *targets)
    plain = by_need(rank(needs, targets, statistics))
    shuffled = rank(data.draw(st.permutations(needs)), data.draw(st.permutations(targets)), statistics)
    assert by_need(shuffled) == plain


@builders.unhurried
@given(needs=builders.needs_lists, targets=builders.target_lists)
def test_chunks_of_any_size_and_a_target_alone_give_the_same_bits(needs, targets):
    # The fit is older than most of the records.
    statistics = builders.model_of(needs[0], targets[0])
    index = Index.build(targets, statistics, POLICY)
    whole = by_need(index.rank(needs))
    for need in needs:
        assert index.rank([need]) == [whole[need.key]]
    for target in targets:
        alone = Index.build([target], statistics, POLICY)
        for ranking in alone.rank(needs):
            among = [found for found in whole[ranking.need].candidates if found.target == target.key]
            assert [replace(found, rank=1) for found in among] == list(ranking.candidates)


@builders.unhurried
@given(needs=builders.needs_lists, targets=builders.target_lists, cut=st.integers(0, 5), data=st.data())
def test_shards_swapped_repeated_or_answered_twice_change_nothing(needs, targets, cut, data):
    index = Index.build(targets, builders.model_of(*needs, *targets), POLICY)
    whole = by_need(index.rank(needs))
    shards = [shard for shard in (needs[:cut], needs[cut:]) if shard]
    order = data.draw(st.permutations([*shards, *shards]))
    found = [ranking for shard in order for ranking in index.rank(shard)]
    assert all(ranking == whole[ranking.need] for ranking in found)
    assert by_need(found) == whole


@builders.unhurried
@given(needs=builders.needs_lists, targets=builders.target_lists)
def test_a_batch_read_by_compiled_loops_gives_the_same_bits(needs, targets):
    index = Index.build(targets, builders.model_of(*needs, *targets), POLICY)
    whole = index.rank(needs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(terms_module, "COMPILED_FROM", 0)
        assert index.rank(needs) == whole


@builders.unhurried
@given(needs=builders.needs_lists, targets=builders.target_lists)
def test_the_size_of_a_block_changes_nothing(needs, targets):
    index = Index.build(targets, builders.model_of(*needs, *targets), POLICY)
    whole = index.rank(needs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking_module, "_LONGEST_BLOCK", 2)
        assert index.rank(needs) == whole


@builders.unhurried
@given(needs=builders.needs_lists, targets=builders.target_lists)
def test_named_pairs_get_what_the_ranking_gives(needs, targets):
    index = Index.build(targets, builders.model_of(*needs, *targets), POLICY)
    for need, ranking in zip(needs, index.rank(needs), strict=True):
        pairs = [(need, candidate.target) for candidate in ranking.candidates]
        assert index.score_pairs(pairs) == [replace(candidate, rank=0) for candidate in ranking.candidates]


@builders.unhurried
@given(needs=builders.needs_lists, targets=builders.target_lists)
def test_contributions_add_up_to_the_score_for_every_pair(needs, targets):
    index = Index.build(targets, builders.model_of(*needs, *targets), POLICY)
    for candidate in index.score_pairs([(need, target.key) for need in needs for target in targets]):
        total = math.fsum(reason.contribution for reason in candidate.reasons)
        assert total == pytest.approx(candidate.score, abs=1e-9)
        words = candidate.reasons[0]
        parts = math.fsum(value for _, value in words.params["terms"]) + words.params["rest"]
        assert parts == pytest.approx(words.contribution, abs=1e-9)


@builders.unhurried
@given(needs=builders.needs_lists, targets=builders.target_lists)
def test_contributions_add_up_with_an_encoder_too(needs, targets):
    tokens = {token: row for row, token in enumerate("涂层附着力盐雾腐蚀秸秆菌剂")}
    table = np.random.default_rng(5).standard_normal((len(tokens), 8)).astype(np.float32)
    model = replace(
        builders.model_of(*needs, *targets), encoder=Encoder(tokens, table, 2), references={}, learned=5_000
    )
    index = Index.build(targets, model, POLICY)
    for ranking in index.rank(needs):
        for candidate in ranking.candidates:
            total = math.fsum(reason.contribution for reason in candidate.reasons)
            assert total == pytest.approx(candidate.score, abs=1e-9)


def test_many_long_records_give_the_same_bits_in_any_company():
    draw = random.Random(7)
    characters = [chr(code) for code in range(0x4E00, 0x4E00 + 400)]

    def text(length):
        return "".join(draw.choices(characters, k=length))

    needs = [NeedProfile(f"N{at:03}", text(20), problem=text(200), goal=text(80)) for at in range(40)]
    offers = [OfferProfile(f"T{at:03}", text(20), summary=text(300), key_points=text(300)) for at in range(60)]
    experts = [ExpertProfile(f"T{at:03}", tuple(text(draw.randint(1, 60)) for _ in range(at % 12))) for at in range(60)]
    statistics = builders.model_of(*needs, *offers, *experts)
    for targets in (offers, experts):
        whole = Index.build(targets, statistics, POLICY).rank(needs, top=60, explain=False)
        scores = {(found.need, each.target): each.score for found in whole for each in found.candidates}
        for some in (targets[:1], targets[3:50:7], targets[::-1]):
            for ranking in reversed(Index.build(some, statistics, POLICY).rank(needs[::-1], top=60)):
                for candidate in ranking.candidates:
                    assert candidate.score == scores[ranking.need, candidate.target]


IMPROVEMENTS = {
    "field": lambda need: {"tech_field": need.tech_field},
    "industry": lambda need: {"applications": (need.industry,)},
    "maturity": lambda need: {"trl": 9},
    "modes": lambda need: {"coop_modes": tuple(mode for mode in need.coop_modes if mode != "open") or ("open",)},
    "budget": lambda need: {"price_band": "b1"},
    "region": lambda need: {"region": need.region},
    "indicators": lambda need: {"indicators": need.indicators},
}


@builders.unhurried
@given(need=builders.need_profiles("N0"), offer=builders.offer_profiles("T0"), name=st.sampled_from([*IMPROVEMENTS]))
def test_a_better_fit_never_lowers_the_score(need, offer, name):
    # The words of indicator lines are text too; here only their values may speak.
    need = replace(need, owner="", indicators=tuple(replace(line, text="") for line in need.indicators))
    offer = replace(offer, indicators=need.indicators if name != "indicators" else ())
    better = replace(offer, **IMPROVEMENTS[name](need))
    statistics = builders.model_of(need, offer)
    if name == "indicators":
        better = replace(offer, indicators=need.indicators)
        before, after = (Index.build([each], statistics, POLICY).structure for each in (offer, better))
        codes = ranking_module.NeedCodes.of(need)
        assert after.lift(codes)[0] >= before.lift(codes)[0]
        return
    scores = [Index.build([each], statistics, POLICY).score_pairs([(need, "T0")])[0].score for each in (offer, better)]
    assert scores[1] >= scores[0]


@builders.unhurried
@given(
    evidence=st.floats(0, 100),
    more=st.floats(0, 10),
    lift=st.floats(-1, 1),
    higher=st.floats(0, 1),
    half=st.floats(0.1, 50),
)
def test_more_evidence_and_more_lift_never_lower_the_score(evidence, more, lift, higher, half):
    from matchmaking.engine.scoring import Scorer

    scorer = Scorer({}, half)
    low, stronger, lifted = (
        scorer.score(np.asarray([words]), np.asarray([signals]))[0]
        for words, signals in ((evidence, lift), (evidence + more, lift), (evidence, lift + higher))
    )
    assert 0.0 <= low <= stronger
    assert low <= lifted <= 1.0
