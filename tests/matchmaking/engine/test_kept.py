"""Weighed needs kept as a file: the same bits without the texts, and nobody left out who would enter a list."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from matchmaking.engine.kept import KeptNeeds, KeptWeigher
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.statistics import Kind
from matchmaking.engine.stored import DamagedIndexError
from matchmaking.engine.types import ExpertProfile
from matchmaking.engine.weighing import Weigher

from . import builders


def kept_of(needs, index, folder, reach=0.0) -> KeptNeeds:
    kind = index.terms.kind
    return loaded(KeptNeeds.of(needs, index.weigher, {kind: [reach] * len(needs)}), folder, index.weigher)


def loaded(kept, folder, weigher) -> KeptNeeds:
    return KeptNeeds.load(kept.save(folder, weigher), model=weigher.model.digest, policy=weigher.policy.digest)


def without_reading(index: Index, kept: KeptNeeds) -> Index:
    """An index that may not weigh a need itself."""
    return replace(index, weigher=KeptWeigher.of(index.weigher, [kept]))


@builders.unhurried
@given(needs=builders.needs_lists, targets=builders.target_lists)
def test_kept_needs_rank_with_the_same_bits(tmp_path_factory, needs, targets):
    index = Index.build(targets, builders.model_of(*needs, *targets), Policy())
    kept = kept_of(needs, index, tmp_path_factory.mktemp("kept"))
    assert without_reading(index, kept).rank(needs) == index.rank(needs)


@builders.unhurried
@given(needs=builders.needs_lists, targets=builders.target_lists)
def test_nobody_who_would_enter_a_list_is_left_out(tmp_path_factory, needs, targets):
    index = Index.build(targets, builders.model_of(*needs, *targets), Policy())
    folder = tmp_path_factory.mktemp("kept")
    for ranking in index.rank(needs, explain=False):
        for found in ranking.candidates:
            near = kept_of(needs, index, folder, reach=found.score).within_reach(index, [need.key for need in needs])
            assert found.target in near[ranking.need]


def test_who_cannot_enter_a_list_is_not_scored(tmp_path):
    index = builders.index_of(builders.OFFERS)
    [best] = index.rank([builders.COATING_NEED])[0].candidates[:1]
    kept = kept_of([builders.COATING_NEED], index, tmp_path, reach=best.score)
    assert kept.within_reach(index, [builders.COATING_NEED.key]) == {builders.COATING_NEED.key: [best.target]}


def test_a_kept_need_is_not_weighed_again(tmp_path, monkeypatch):
    index = builders.index_of(builders.EXPERTS)
    kept = kept_of([builders.COATING_NEED], index, tmp_path)
    monkeypatch.setattr(Weigher, "weigh", None)
    [ranking] = without_reading(index, kept).rank([builders.COATING_NEED])
    assert ranking.candidates


def test_a_need_that_is_not_kept_is_weighed(tmp_path):
    index = builders.index_of(builders.OFFERS)
    other = replace(builders.COATING_NEED, key="N-002", title="秸秆还田菌剂")
    kept = kept_of([builders.COATING_NEED], index, tmp_path)
    needs = [other, builders.COATING_NEED]
    assert without_reading(index, kept).rank(needs) == index.rank(needs)


def test_needs_of_both_kinds_share_a_file(tmp_path):
    model = builders.model_of(builders.COATING_NEED, *builders.OFFERS, *builders.EXPERTS)
    weigher = Weigher(model, Policy())
    reach = {Kind.OFFER: [0.0], Kind.DOCUMENT: [0.9]}
    kept = loaded(KeptNeeds.of([builders.COATING_NEED], weigher, reach), tmp_path, weigher)
    for targets in (builders.OFFERS, builders.EXPERTS):
        index = Index.build(targets, model, Policy(), weigher=weigher)
        assert without_reading(index, kept).rank([builders.COATING_NEED]) == index.rank([builders.COATING_NEED])
        expert = isinstance(targets[0], ExpertProfile)
        assert bool(kept.within_reach(index, kept.keys)) is not expert


@pytest.mark.parametrize("change", ["model", "policy"])
def test_needs_weighed_under_something_else_are_refused(tmp_path, change):
    index = builders.index_of(builders.OFFERS)
    path = KeptNeeds.of([builders.COATING_NEED], index.weigher, {Kind.OFFER: [0.0]}).save(tmp_path, index.weigher)
    under = {"model": index.weigher.model.digest, "policy": index.policy.digest}
    assert KeptNeeds.load(path, **under).keys == (builders.COATING_NEED.key,)
    with pytest.raises(DamagedIndexError, match="another model"):
        KeptNeeds.load(path, **under | {change: "another"})
