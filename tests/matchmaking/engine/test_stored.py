"""A stored index: the same bits, one name for one content, damage found out."""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from matchmaking.engine import stored
from matchmaking.engine.calibration import Calibration, Knot
from matchmaking.engine.encoder import Encoder
from matchmaking.engine.model import Model
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index

from . import builders

KINDS = [builders.OFFERS, builders.EXPERTS]


def built(targets=builders.OFFERS, **options) -> Index:
    return builders.index_of(targets, **options)


def with_encoder(index: Index) -> Index:
    """The same records under a model that has (untrained) vectors."""
    tokens = {token: row for row, token in enumerate(list(index.terms.vocabulary)[:60])}
    table = np.random.default_rng(3).standard_normal((len(tokens), 8)).astype(np.float32)
    model = index.weigher.model
    model = Model(model.statistics, Encoder(tokens, table, 2), learned=5_000, digest="d")
    return Index.build(index.targets, model, Policy())


@builders.unhurried
@given(needs=builders.needs_lists, targets=builders.target_lists)
def test_a_stored_index_ranks_with_the_same_bits(tmp_path_factory, needs, targets):
    index = Index.build(targets, builders.model_of(*needs, *targets), Policy())
    found = stored.load(stored.save(index, tmp_path_factory.mktemp("run")))
    assert found.targets == index.targets
    assert found.rank(needs) == index.rank(needs)


@pytest.mark.parametrize("targets", KINDS)
def test_the_encoder_and_the_calibration_come_along(tmp_path, targets):
    calibration = Calibration((Knot(0.1, 0.05, 40), Knot(0.6, 0.7, 40)))
    index = with_encoder(built(targets)).calibrated(calibration)
    assert index.terms.codes.any()
    found = stored.load(stored.save(index, tmp_path))
    assert found.rank([builders.COATING_NEED]) == index.rank([builders.COATING_NEED])
    assert found.weigher.model.digest == index.weigher.model.digest
    assert found.weigher.model.to_bytes() == index.weigher.model.to_bytes()


def test_the_policy_of_the_run_comes_along(tmp_path):
    index = built(policy=Policy(floor=0.6, top=2))
    found = stored.load(stored.save(index, tmp_path))
    assert (found.policy, found.floor) == (index.policy, 0.6)
    assert len(found.rank([builders.COATING_NEED])[0].candidates) == 2


def test_both_kinds_share_the_file_of_the_model(tmp_path):
    model = builders.model_of(builders.COATING_NEED, *builders.OFFERS, *builders.EXPERTS)
    paths = [stored.save(Index.build(targets, model, Policy()), tmp_path) for targets in KINDS]
    assert len(set(paths)) == 2
    assert sorted(found.suffix for found in tmp_path.iterdir()) == [".index", ".index", ".model"]


def test_equal_content_has_an_equal_name(tmp_path):
    assert stored.save(built(), tmp_path) == stored.save(built(builders.OFFERS[::-1]), tmp_path)
    assert stored.save(built(builders.OFFERS[:2]), tmp_path) != stored.save(built(), tmp_path)


def test_two_processes_at_once_write_the_same_files(tmp_path):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        names = pool.map(_build_and_save, [tmp_path] * 4)
    assert len(set(names)) == 1
    assert len(list(tmp_path.iterdir())) == 2


def _build_and_save(folder: Path) -> str:
    return stored.save(built(), folder).name


@pytest.mark.parametrize("suffix", [".index", ".model"])
@pytest.mark.parametrize("place", [0.0, 0.5, 0.99])
def test_one_wrong_byte_is_found_out(tmp_path, suffix, place):
    path = stored.save(built(), tmp_path)
    (damaged,) = tmp_path.glob(f"*{suffix}")
    data = bytearray(damaged.read_bytes())
    data[int(place * len(data))] ^= 1
    _overwrite(damaged, bytes(data))
    with pytest.raises(stored.DamagedIndexError):
        stored.load(path)


@pytest.mark.parametrize("suffix", [".index", ".model"])
@pytest.mark.parametrize("verify", [True, False])
def test_a_file_cut_short_is_found_out(tmp_path, suffix, verify):
    path = stored.save(built(), tmp_path)
    (damaged,) = tmp_path.glob(f"*{suffix}")
    _overwrite(damaged, damaged.read_bytes()[: damaged.stat().st_size // 2])
    with pytest.raises(stored.DamagedIndexError):
        stored.load(path, verify=verify)


@pytest.mark.parametrize("suffix", [".index", ".model"])
def test_a_missing_file_is_named(tmp_path, suffix):
    path = stored.save(built(), tmp_path)
    (missing,) = tmp_path.glob(f"*{suffix}")
    missing.unlink()
    with pytest.raises(FileNotFoundError, match=missing.stem):
        stored.load(path)


def test_the_weights_are_shared_and_cannot_be_written(tmp_path):
    found = stored.load(stored.save(built(), tmp_path))
    with pytest.raises(ValueError, match="read-only"):
        found.terms.words.data[0] = 1.0


def _overwrite(path: Path, data: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(data)


def test_a_model_that_was_mapped_is_not_written_again(tmp_path):
    path = stored.save(builders.index_of(builders.OFFERS), tmp_path)
    [model] = tmp_path.glob("*.model")
    os.utime(model, (1, 1))
    mapped = stored.load(path)
    before = model.stat().st_ino
    again = stored.save(
        Index.build(builders.OFFERS[:1], mapped.weigher.model, Policy(), weigher=mapped.weigher), tmp_path
    )
    assert model.stat().st_ino == before
    assert model.stat().st_mtime > 1  # as new as the index that needs it
    assert stored.load(again).weigher.model.digest == mapped.weigher.model.digest
    model.unlink()
    stored.save(mapped, tmp_path)
    assert model.exists()


def test_another_model_under_the_same_digest_is_written(tmp_path):
    mapped = stored.load(stored.save(builders.index_of(builders.OFFERS), tmp_path)).weigher.model
    other = replace(mapped, references={})
    stored.save(Index.build(builders.OFFERS, other, Policy()), tmp_path)
    assert len(list(tmp_path.glob("*.model"))) == 2
