"""An encoder from outside: one line of the explanation, exact in any company, and never needed."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from matchmaking.engine import external, stored
from matchmaking.engine.coding import Coder, Named
from matchmaking.engine.encoder import CODE_GRID
from matchmaking.engine.model import Model, fit
from matchmaking.engine.policy import FusionWeights, Policy
from matchmaking.engine.ranking import Index

from .builders import COATING_NEED, EXPERTS, OFFERS
from .outside import Spelling, onnx_folder

POLICY = Policy()
SYNONYM = ((COATING_NEED.title, OFFERS[0].title),)


def fitted(sentences, policy=POLICY):
    return fit(OFFERS, EXPERTS, [COATING_NEED], policy=policy, sentences=sentences)


def only(ranking, signal):
    return [[reason for reason in found.reasons if reason.signal == signal] for found in ranking.candidates]


@pytest.mark.parametrize("targets", [OFFERS, EXPERTS], ids=["offers", "experts"])
def test_it_is_one_line_and_the_lines_add_up(targets):
    ranking = Index.build(targets, fitted(Spelling(SYNONYM)), POLICY).rank([COATING_NEED])[0]
    assert ranking.candidates
    for found, lines in zip(ranking.candidates, only(ranking, "outside"), strict=True):
        assert len(lines) == 1
        assert lines[0].params == {"name": "spelling"}
        assert lines[0].contribution > 0.0
        assert sum(reason.contribution for reason in found.reasons) == pytest.approx(found.score, abs=1e-9)


def test_what_it_reads_counts():
    """To this encoder the titles of the need and of the best achievement are one."""
    plain, knowing = (
        only(Index.build(OFFERS, fitted(Spelling(same)), POLICY).rank([COATING_NEED])[0], "outside")[0][0].contribution
        for same in ((), SYNONYM)
    )
    assert knowing > plain > 0.0


@pytest.mark.parametrize("targets", [OFFERS, EXPERTS], ids=["offers", "experts"])
def test_a_pair_has_one_score_in_any_company(targets):
    model = fitted(Spelling(SYNONYM))
    whole = Index.build(targets, model, POLICY).rank([COATING_NEED], explain=False)[0]
    for found in whole.candidates:
        alone = Index.build([target for target in targets if target.key == found.target], model, POLICY)
        assert alone.rank([COATING_NEED], explain=False)[0].candidates[0].score == found.score


def test_without_one_nothing_changes():
    """A policy may name a share for an encoder from outside; without one the others have it all."""
    loud = Policy(fusion=FusionWeights(outside=9.0))
    scores = [
        [found.score for found in Index.build(OFFERS, fitted(None, policy), policy).rank([COATING_NEED])[0].candidates]
        for policy in (POLICY, loud)
    ]
    assert scores[0] == scores[1]


# --- What is frozen ---------------------------------------------------------------------------------------------------


def test_the_model_freezes_its_name_and_digest():
    one, same, other = (fitted(Spelling(digest=digest)) for digest in ("1", "1", "2"))
    assert one.digest == same.digest
    assert len({one.digest, other.digest, fitted(None).digest}) == 3
    assert Model.from_bytes(one.to_bytes()).outside == Named("spelling", "1", 64)


def test_a_model_that_is_read_again_wants_it_plugged_in():
    frozen = Model.from_bytes(fitted(Spelling()).to_bytes())
    with pytest.raises(ValueError, match="spelling"):
        Index.build(OFFERS, frozen, POLICY)
    again = frozen.plugged(Spelling(), POLICY)
    assert again.digest == frozen.digest
    ranked = [Index.build(OFFERS, model, POLICY).rank([COATING_NEED]) for model in (fitted(Spelling()), again)]
    assert ranked[0] == ranked[1]


@pytest.mark.parametrize("there", [None, Spelling(digest="2")], ids=["none", "another"])
def test_without_it_the_others_rank_alone(there):
    model = Model.from_bytes(fitted(Spelling()).to_bytes()).plugged(there, POLICY)
    assert model.digest == fitted(None).digest
    assert Index.build(OFFERS, model, POLICY).rank([COATING_NEED])[0].candidates[0].target == "A-001"


def test_a_model_without_one_stays_as_it_is():
    model = fitted(None)
    assert model.plugged(Spelling(), POLICY) is model


# --- Codes ------------------------------------------------------------------------------------------------------------


def test_codes_are_of_unit_length_and_on_the_grid():
    codes = Coder(None, Spelling()).codes([{}, {}, {}], ["防腐涂层附着力", "", " \n"])
    assert np.linalg.norm(codes, axis=1) == pytest.approx([1.0, 0.0, 0.0], abs=0.01)
    assert (codes * CODE_GRID == np.rint(codes * CODE_GRID)).all()


def test_an_encoder_is_never_asked_about_nothing():
    sentences = Spelling()
    empty = replace(OFFERS[0], key="A-009", title="", summary="", key_points="", problem_solved="", keywords=(),
                    indicators=())  # fmt: skip
    fit([*OFFERS, empty], sentences=sentences)
    assert sentences.asked
    assert all(text.strip() for text in sentences.asked)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_vector_that_is_no_number_counts_as_nothing(number):
    sentences = Spelling()
    sentences.vector = lambda _text: np.full(64, number)
    assert not Coder(None, sentences).codes([{}], ["steel"]).any()


# --- By name ----------------------------------------------------------------------------------------------------------


def test_a_folder_of_onnx_is_opened_by_name(tmp_path):
    opened = external.sentence_encoder(f"onnx:{onnx_folder(tmp_path / 'tiny')}")
    assert (opened.name, opened.dimensions) == ("tiny", 8)
    one, same, other = opened.vectors(["Steel coating", "steel paint", "straw"])
    assert one == pytest.approx(same, abs=1e-6)
    assert np.linalg.norm(one) == pytest.approx(1.0, abs=1e-6)
    assert one @ other < 0.9


def test_a_text_has_one_vector_in_any_company(tmp_path):
    opened = external.sentence_encoder(f"onnx:{onnx_folder(tmp_path)}")
    texts = [" ".join(["steel", "rust", "soil", "straw", "adhesion"][:length] * 3) for length in range(1, 6)] * 9
    together = opened.vectors(texts)
    assert all(
        opened.vectors([text])[0].tobytes() == found.tobytes() for text, found in zip(texts, together, strict=True)
    )


def test_a_long_text_is_cut(tmp_path):
    opened = external.sentence_encoder(f"onnx:{onnx_folder(tmp_path)}")
    assert (opened.vectors(["steel " * 6])[0] == opened.vectors(["steel " * 6 + "straw " * 9_000])[0]).all()


def test_the_digest_follows_the_files(tmp_path):
    folder = onnx_folder(tmp_path / "tiny")
    before = external.sentence_encoder(f"onnx:{folder}").digest
    assert external.sentence_encoder(f"onnx:{folder}").digest == before
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 7}')
    assert external.sentence_encoder(f"onnx:{folder}").digest != before


def test_a_package_that_carries_a_model_is_opened_by_name(tmp_path, monkeypatch):
    onnx_folder(tmp_path / "some_reader" / "data" / "tiny")
    (tmp_path / "some_reader" / "__init__.py").write_text("raise RuntimeError('never imported')")
    monkeypatch.syspath_prepend(tmp_path)
    assert external.sentence_encoder("package:some_reader").name == "tiny"


def test_the_whole_way_with_onnx(tmp_path):
    sentences = external.sentence_encoder(f"onnx:{onnx_folder(tmp_path / 'tiny')}")
    ranking = Index.build(OFFERS, fitted(sentences), POLICY).rank([COATING_NEED])[0]
    assert {line.params["name"] for lines in only(ranking, "outside") for line in lines} == {"tiny"}


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ("somewhere", "none of"),
        ("http://somewhere/model", "none of"),
        ("onnx:", "none of"),
        ("onnx:{}/absent", "no folder"),
        ("package:no_such_package_is_here", "no package"),
        ("package:../x", "no package"),
        ("package:email", "carries no model"),
    ],
)
def test_what_cannot_be_plugged_in_is_said(named, why, tmp_path):
    with pytest.raises(external.NotPlugged, match=why):
        external.sentence_encoder(named.format(tmp_path))


def test_a_broken_file_is_a_refusal(tmp_path):
    folder = onnx_folder(tmp_path)
    (folder / "model.onnx").write_bytes(b"no model")
    with pytest.raises(external.NotPlugged):
        external.sentence_encoder(f"onnx:{folder}")


@pytest.mark.parametrize(("named", "library"), [("onnx", "onnxruntime"), ("st", "sentence_transformers")])
def test_a_missing_library_is_a_refusal(named, library, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(external.NotPlugged, match=library):
        external.sentence_encoder(f"{named}:{tmp_path}")


def test_an_encoder_that_cannot_make_up_its_mind_is_refused(monkeypatch, tmp_path):
    class Moody(Spelling):
        def vectors(self, texts):
            return np.random.default_rng().standard_normal((len(texts), 64))

    monkeypatch.setattr(external.OnnxEncoder, "open", lambda _folder: Moody())
    with pytest.raises(external.NotPlugged, match="two vectors"):
        external.sentence_encoder(f"onnx:{tmp_path}")


def test_a_saved_index_wants_it_plugged_in(tmp_path):
    index = Index.build(OFFERS, fitted(Spelling(SYNONYM)), POLICY)
    path = stored.save(index, tmp_path)
    again = stored.load(path, sentences=Spelling(SYNONYM))
    assert again.rank([COATING_NEED]) == index.rank([COATING_NEED])
    for there in (None, Spelling(digest="2")):
        with pytest.raises(ValueError, match="spelling"):
            stored.load(path, sentences=there).rank([COATING_NEED])


# --- What is remembered -----------------------------------------------------------------------------------------------


def test_a_text_is_read_once_by_all_processes(tmp_path):
    file = tmp_path / "kept" / "vectors.sqlite3"
    texts = ["steel", "rust", "steel"]
    first, second = Spelling(), Spelling()
    made = external.Remembering(first, file).vectors(texts)
    again = external.Remembering(second, file).vectors([*texts, "soil"])
    assert (first.asked, second.asked) == (["steel", "rust"], ["soil"])
    assert again[:3].tobytes() == made.tobytes() == Spelling().vectors(texts).tobytes()


def test_what_another_encoder_made_is_not_taken(tmp_path):
    file = tmp_path / "vectors.sqlite3"
    external.Remembering(Spelling(), file).vectors(["steel"])
    other = Spelling((("steel", "soil"),), digest="2")
    assert (external.Remembering(other, file).vectors(["steel"]) == other.vectors(["soil"])).all()


def test_a_file_that_cannot_be_read_remembers_nothing(tmp_path):
    file = tmp_path / "vectors.sqlite3"
    file.write_bytes(b"no database" * 99)
    for place in (file, file / "below"):
        assert external.Remembering(Spelling(), place).vectors(["steel"]).any()
