"""What the engine learns from the texts by itself: which pairs it takes for paraphrases, and that it never has to."""

from __future__ import annotations

import random
import traceback

import numpy as np
import pytest

from matchmaking.engine import model as models
from matchmaking.engine import paraphrases
from matchmaking.engine.encoder import Encoder, Training
from matchmaking.engine.model import FULL_TEXTS, LEAST_TEXTS, Model, fit
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.statistics import fit as fit_statistics
from matchmaking.engine.text import tokenise
from matchmaking.engine.types import ExpertProfile, NeedProfile, OfferProfile

SMALL = Training(dimensions=8, epochs=2, most_tokens=400)
_SAID = random.Random(4)
_WORDS = [
    "钢",
    "铝",
    "焊接",
    "涂层",
    "腐蚀",
    "轴承",
    "裂纹",
    "检测",
    "算法",
    "秸秆",
    "菌剂",
    "电池",
    "隔膜",
    "催化",
    "薄膜",
]
OFFERS = [OfferProfile(f"A{at:04d}", "".join(_SAID.sample(_WORDS, 4)) + f"{at % 97}") for at in range(LEAST_TEXTS + 50)]
NEED = NeedProfile("N1", "铝焊接裂纹检测")


@pytest.fixture(scope="module")
def learned():
    return fit(OFFERS, needs=[NEED], training=SMALL)


def test_the_order_of_the_records_teaches_nothing(learned):
    assert fit(OFFERS[::-1], needs=[NEED], training=SMALL).digest == learned.digest


def test_a_code_is_the_same_in_any_company(learned):
    texts = [{"钢": 1.0, "铝": 2.0}, {}, {"焊接": 1.0, "裂纹": 0.3, "unknown": 9.0}]
    together = learned.encoder.codes(texts)
    assert (together[1] == 0.0).all()
    for text, found in zip(texts, together, strict=True):
        assert learned.encoder.codes([text])[0].tobytes() == found.tobytes()


def test_it_is_frozen_byte_for_byte(learned):
    written = learned.encoder.to_bytes()
    assert Encoder.from_bytes(written).to_bytes() == written
    for damaged in (b"", written[:-1], b"x" + written):
        with pytest.raises(ValueError, match="encoder"):
            Encoder.from_bytes(damaged)


def test_its_share_grows_with_the_texts(learned):
    policy = Policy()
    full = learned.mix(policy)[2]
    assert full == pytest.approx(0.4 * (LEAST_TEXTS + 51) / FULL_TEXTS / (0.6 + 0.4 * (LEAST_TEXTS + 51) / FULL_TEXTS))
    assert fit(OFFERS[: LEAST_TEXTS - 1]).mix(policy)[2] == 0.0


def test_where_there_is_much_to_read_it_is_read_less_often(learned):
    wide = {"dimensions": 8, "most_tokens": 400}
    once = fit(OFFERS, training=Training(epochs=1, **wide)).encoder.to_bytes()
    assert fit(OFFERS, training=Training(epochs=9, most_read=1, least_epochs=1, **wide)).encoder.to_bytes() == once
    assert fit(OFFERS, training=Training(epochs=2, **wide)).encoder.to_bytes() != once


def test_long_texts_ask_by_their_weightiest_terms():
    """Texts of hundreds of terms: a pair that shares its rare words is found among all that share common ones."""
    common = "".join(chr(0x4E00 + number) for number in range(300))
    others = [f"{common}{chr(0x5E00 + 2 * at)}{chr(0x5E01 + 2 * at)}" for at in range(40)]
    texts = sorted([f"{common}铼铱锇钌铑", f"铼铱锇钌铑{common}", *others])
    statistics = fit_statistics([OfferProfile(text, text) for text in texts])
    pairs = paraphrases.mutual(texts, statistics, Policy(), tokenise).tolist()
    rare = [at for at, text in enumerate(texts) if "铼" in text]
    assert rare in pairs


# --- Pairs that say the same ------------------------------------------------------------------------------------------


def test_texts_that_are_each_others_best_match_are_paraphrases():
    texts = sorted(
        ["防腐涂层附着力试验", "防腐涂层的附着力", "秸秆腐解菌剂发酵", "秸秆腐解的菌剂", "轴承裂纹检测", "古籍修复"]
    )
    statistics = fit_statistics([OfferProfile(text, text) for text in texts])
    pairs = paraphrases.mutual(texts, statistics, Policy(), tokenise).tolist()
    said = [{texts[one], texts[other]} for one, other in pairs]
    assert {"防腐涂层附着力试验", "防腐涂层的附着力"} in said
    assert {"秸秆腐解菌剂发酵", "秸秆腐解的菌剂"} in said


@pytest.mark.parametrize(("works", "pairs"), [(1, 0), (2, 1), (8, 28), (9, 27), (60, 180), (61, 0)])
def test_works_of_one_expert_are_pairs_but_not_too_many(works, pairs):
    texts = [f"text {number:02d}" for number in range(70)]
    found = paraphrases.related(texts, [ExpertProfile("X", (*texts[:works], "no text of the fit"))])
    assert found.shape == (pairs, 2)
    assert (found[:, 0] < found[:, 1]).all()
    if pairs:
        assert len(np.unique(found)) == works


# --- Texts beside the records -----------------------------------------------------------------------------------------


def test_texts_beside_are_counted_and_stand_for_no_target():
    experts = [ExpertProfile(f"X{at}", (f"焊接裂纹{at}",)) for at in range(5)]
    plain, more = fit(experts=experts), fit(experts=experts, beside=["铝焊接", "铝涂层"])
    assert more.statistics.texts == (0, 7, 0)
    assert more.statistics.frequency("铝") == 2
    kinds = [{kind: found.keys for kind, found in model.references.items()} for model in (plain, more)]
    assert kinds[0] == kinds[1]


# --- A training that fails --------------------------------------------------------------------------------------------


def test_a_training_that_fails_leaves_the_words(monkeypatch):
    def failing(*_args, **_named):
        raise MemoryError("no room")

    monkeypatch.setattr(models, "train", failing)
    model = fit(OFFERS, needs=[NEED], training=SMALL)
    assert (model.encoder, model.learned, model.failure) == (None, 0, "MemoryError: no room")
    assert Model.from_bytes(model.to_bytes()).failure == model.failure
    assert Index.build(OFFERS, model, Policy()).rank([NEED])[0].candidates


def test_vectors_that_are_no_numbers_are_a_failure(monkeypatch, learned):
    broken = Encoder(learned.encoder.tokens, np.full_like(learned.encoder.table, np.nan), learned.encoder.seeds)
    monkeypatch.setattr(models, "train", lambda *_args, **_named: broken)
    assert fit(OFFERS, needs=[NEED], training=SMALL).failure == "the vectors are no numbers"


@pytest.fixture
def always(monkeypatch):
    """A sign of life at every step, not once a second."""
    monkeypatch.setattr(models, "_seldom", lambda alive: alive)


@pytest.mark.parametrize("step", ["fit", "mutual", "_spans", "_descended"])
def test_being_told_to_stop_is_no_failure_at_any_step(step, always):
    def stop():
        if step in {frame.name for frame in traceback.extract_stack()[-4:-1]}:
            raise KeyError("the lease is gone")

    with pytest.raises(KeyError, match="lease"):
        fit(OFFERS, needs=[NEED], training=SMALL, alive=stop)


@pytest.mark.parametrize("step", ["statistics.py", "paraphrases.py", "_spans", "encoder.py"])
def test_every_long_step_gives_signs_of_life(step, always):
    """Between two of them a worker must not be taken for dead, however many texts there are."""
    said = []

    def alive():
        said.extend(f"{frame.filename} {frame.name}" for frame in traceback.extract_stack()[-4:-1])

    fit(OFFERS, needs=[NEED], training=SMALL, alive=alive)
    assert sum(step in one for one in said) >= 2


def test_signs_of_life_come_once_a_second(monkeypatch):
    now, said = [100.0], []
    monkeypatch.setattr(models.time, "monotonic", lambda: now[0])
    alive = models._seldom(lambda: said.append(now[0]))
    for later in (0.2, 0.7, 0.3, 0.6, 1.5):
        now[0] += later
        alive()
    assert said == [pytest.approx(101.2), pytest.approx(103.3)]


def test_learning_can_be_left_out():
    model = fit(OFFERS, needs=[NEED], training=SMALL, learning=False)
    assert (model.encoder, model.failure) == (None, "")
