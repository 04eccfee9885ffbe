"""A cross-encoder from outside: one line for the few best pairs, one score for a pair wherever it is met."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matchmaking.engine import external, stored
from matchmaking.engine.model import Model, fit
from matchmaking.engine.policy import FusionWeights, Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.second import Second

from .builders import COATING_NEED, EXPERTS, OFFERS
from .outside import Spelling, onnx_folder

POLICY = Policy()


class Overlap:
    """The share of letters that two texts have in common, on a scale of its own."""

    name = "overlap"

    def __init__(self, digest="1", loves="\0"):
        self.digest, self.loves = digest, loves
        self.asked: list[tuple[str, str]] = []

    def readings(self, pairs):
        self.asked += pairs
        return np.asarray([self.reading(*pair) for pair in pairs], dtype=np.float64)

    def reading(self, one, other):
        if self.loves in other:
            return 1_000.0
        return 20.0 * len(set(one) & set(other)) / len(set(one) | set(other)) - 11.0


def fitted(reader, **named):
    return fit(OFFERS, EXPERTS, [COATING_NEED], policy=POLICY, reader=reader, **named)


def said(candidate):
    return [reason for reason in candidate.reasons if reason.signal == "second"]


@pytest.mark.parametrize("targets", [OFFERS, EXPERTS], ids=["offers", "experts"])
def test_it_is_one_line_and_the_lines_add_up(targets):
    ranking = Index.build(targets, fitted(Overlap(), sentences=Spelling()), POLICY).rank([COATING_NEED])[0]
    assert ranking.candidates
    for found in ranking.candidates:
        assert [reason.params for reason in said(found)] == [{"name": "overlap"}]
        assert sum(reason.contribution for reason in found.reasons) == pytest.approx(found.score, abs=1e-9)


@pytest.mark.parametrize("targets", [OFFERS, EXPERTS], ids=["offers", "experts"])
def test_a_pair_has_one_score_wherever_it_is_met(targets):
    model = fitted(Overlap())
    index = Index.build(targets, model, POLICY)
    ranked = index.rank([COATING_NEED])[0].candidates
    named = index.score_pairs([(COATING_NEED, found.target) for found in reversed(ranked)])
    for found, again in zip(ranked, reversed(named), strict=True):
        assert replace(found, rank=0) == again
        alone = Index.build([target for target in targets if target.key == found.target], model, POLICY)
        assert alone.rank([COATING_NEED])[0].candidates[0].score == found.score


def test_only_the_best_of_a_need_are_read_and_only_they_are_listed():
    reader = Overlap(loves="叶片")
    narrow = replace(POLICY, read_again=1, top=1)
    index = Index.build(OFFERS, fitted(reader), narrow)
    reader.asked.clear()
    (found,) = index.rank([COATING_NEED])[0].candidates
    assert found.target == "A-001"  # the reader would love another, but was not asked
    assert len(reader.asked) == 1
    listed = index.rank([COATING_NEED], top=2)[0].candidates
    assert len(listed) == 2
    assert all(said(one) for one in listed)


def test_it_can_change_the_order_but_never_makes_a_match_of_nothing():
    loud = replace(POLICY, fusion=FusionWeights(second=9.0))
    model = fitted(Overlap(loves="叶片"))
    ranked = [found.target for found in Index.build(OFFERS, model, loud).rank([COATING_NEED])[0].candidates]
    assert ranked[0] == "A-002"
    assert Index.build(OFFERS, model, loud).rank([COATING_NEED], top=1)[0].candidates[0].target == "A-002"
    nothing = replace(OFFERS[1], key="A-009", title="叶片", summary="", keywords=(), indicators=(), applications=())
    assert nothing.key not in [
        found.target for found in Index.build([*OFFERS, nothing], model, loud).rank([COATING_NEED])[0].candidates
    ]


def test_saying_more_never_lowers_the_score():
    found = []
    for share in (0.0, 0.3, 0.9):
        reader = Overlap()
        reader.reading = lambda _one, other, share=share: share if OFFERS[0].title in other else float(len(other) % 2)
        second = Second("overlap", "1", 0.5, 0.5)
        model = replace(fitted(None), second=second, reader=reader)
        found.append(Index.build(OFFERS, model, POLICY).score_pairs([(COATING_NEED, "A-001")])[0].score)
    assert found[0] < found[1] < found[2]


def test_an_expert_is_read_by_his_three_best_documents():
    reader = Overlap()
    index = Index.build(EXPERTS, fitted(reader), POLICY)
    reader.asked.clear()
    index.score_pairs([(COATING_NEED, "X-001")], explain=False)
    assert len(reader.asked) == 3
    assert "高校实验室安全管理" not in [text for _, text in reader.asked]


# --- What is frozen ---------------------------------------------------------------------------------------------------


def test_its_zero_and_unit_are_frozen_with_the_model():
    model = fitted(Overlap())
    assert model.second.name == "overlap"
    assert model.second.spread > 1.0
    again = Model.from_bytes(model.to_bytes())
    assert (again.second, again.digest) == (model.second, model.digest)
    assert len({model.digest, fitted(Overlap("2")).digest, fitted(None).digest}) == 3


@pytest.mark.parametrize("there", [None, Overlap("2")], ids=["none", "another"])
def test_without_it_the_first_reading_ranks_alone(there):
    frozen = Model.from_bytes(fitted(Overlap(), sentences=Spelling()).to_bytes())
    assert frozen.plugged(Spelling(), POLICY, there).digest == fitted(None, sentences=Spelling()).digest
    assert frozen.plugged(None, POLICY, there).digest == fitted(None).digest
    assert frozen.plugged(None, POLICY, Overlap()).digest == fitted(Overlap()).digest


def test_a_saved_index_wants_it_plugged_in(tmp_path):
    index = Index.build(OFFERS, fitted(Overlap(), sentences=Spelling()), POLICY)
    path = stored.save(index, tmp_path)
    assert stored.load(path, sentences=Spelling(), reader=Overlap()).rank([COATING_NEED]) == index.rank([COATING_NEED])
    with pytest.raises(ValueError, match="overlap"):
        stored.load(path, sentences=Spelling()).rank([COATING_NEED])


def test_what_is_no_number_counts_as_nothing():
    reader = Overlap()
    reader.reading = lambda *_pair: float("nan")
    ranking = Index.build(OFFERS, fitted(reader), POLICY).rank([COATING_NEED])[0]
    assert all(np.isfinite(found.score) and not said(found) for found in ranking.candidates)


# --- By name ----------------------------------------------------------------------------------------------------------


def test_a_folder_of_onnx_is_opened_by_name(tmp_path):
    reader = external.pair_reader(f"onnx:{onnx_folder(tmp_path / 'tiny', pair=True)}")
    pairs = [("steel", "steel rust"), ("straw", "rust soil"), ("paint", "coating")] * 9
    together = reader.readings(pairs)
    assert all(reader.readings([pair])[0] == found for pair, found in zip(pairs, together, strict=True))
    assert together[2] > together[1]
    assert Index.build(OFFERS, fitted(reader), POLICY).rank([COATING_NEED])[0].candidates


def test_a_sentence_encoder_is_no_cross_encoder(tmp_path):
    with pytest.raises(external.NotPlugged, match="numbers for a pair"):
        external.pair_reader(f"onnx:{onnx_folder(tmp_path)}")
