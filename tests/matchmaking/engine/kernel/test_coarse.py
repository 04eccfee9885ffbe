"""Codes rounded to 8 bits: the products of whole numbers are exact on every processor, the strongest rows are the first
of the largest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from matchmaking.engine.kernel import coarse
from matchmaking.engine.kernel import dot_loops as loops
from matchmaking.engine.kernel.coarse import Coarse
from matchmaking.engine.kernel.topk import NOBODY
from tests.matchmaking.engine.builders import unhurried


def packed(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes laid out, rows filled up to whole tiles."""
    found = Coarse.of(codes)
    return found.packed, found.steps


def rounded(codes: np.ndarray) -> np.ndarray:
    """What `pack` is to make of codes."""
    largest = np.abs(codes.astype(np.int64)).max(axis=1, keepdims=True)
    return np.rint(codes * 127.0 / np.maximum(largest, 1)).astype(np.int64)


def products_by(tile):
    """The sums of all needs with all rows, (needs, rows), by this tile; `ZERO` is added to every number of a row."""
    height, groups, wide = loops.NEEDS, loops.GROUPS, loops.GROUP

    @njit
    def products(packed, needs, sums):
        for need in range(0, len(needs), height):
            for group in range(0, len(packed), groups):
                tile(
                    packed[group:].ctypes.data, packed.strides[0], needs[need:].ctypes.data, needs.strides[0],
                    packed.shape[1], sums[need:, group * wide :].ctypes.data, sums.strides[0],
                )  # fmt: skip

    return products


@pytest.mark.parametrize("tile", [loops.tile, loops.tile_in_pairs])
@pytest.mark.parametrize("wide", [4, 6, 64])
def test_products_of_whole_numbers_are_exact_with_and_without_the_instruction(tile, wide):
    draw = np.random.default_rng(wide)
    codes = draw.integers(-2_048, 2_049, (150, wide)).astype(np.int16)
    codes[3], codes[4] = 0, -2_048
    laid, steps = packed(codes)
    needs = np.zeros((12, laid.shape[1] * 4), np.int8)
    needs[:, :wide] = draw.integers(-127, 128, (12, wide))
    needs[0, :wide], needs[1, :wide] = 127, -127
    sums = np.zeros((12, len(steps)), np.int32)
    products_by(tile)(laid, needs, sums)
    wanted = needs[:, :wide].astype(np.int64) @ rounded(codes).T
    shifts = loops.ZERO * needs.sum(axis=1, dtype=np.int64)[:, None]
    assert (sums[:, :150] - shifts == wanted).all()
    assert (steps[:150] == np.abs(codes.astype(np.float32)).max(axis=1) / np.float32(127)).all()
    assert not steps[150:].any()


@unhurried
@given(
    rows=st.integers(1, 200), wide=st.integers(1, 9), asking=st.integers(1, 8), limit=st.integers(1, 30),
    seed=st.integers(0, 1_000), few=st.sampled_from([1, 4, 2_048]), at_once=st.sampled_from([64, 128]),
)  # fmt: skip
def test_the_strongest_are_the_first_of_the_largest(rows, wide, asking, limit, seed, few, at_once):
    """`few` different values give many rows that are equal, `at_once` rows are laid out at a time."""
    draw = np.random.default_rng(seed)
    codes = draw.integers(-few, few + 1, (rows, wide)).astype(np.int16)
    asked = (draw.integers(-few, few + 1, (asking, wide)) / 2_048).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coarse, "_ROWS_AT_ONCE", at_once)
        found = Coarse.of(codes).strongest(asked, limit)
    most = np.abs(asked).max(axis=1, keepdims=True)
    whole = np.rint(asked * (np.float32(127) / np.where(most > 0, most, np.float32(1)))).astype(np.int64)
    steps = np.abs(codes.astype(np.float32)).max(axis=1) / np.float32(127)
    products = (whole @ rounded(codes).T).astype(np.float32) * steps
    for line, places in zip(products, found.tolist(), strict=True):
        order = sorted(range(rows), key=lambda at: (-line[at], at))
        assert [at for at in places if at != NOBODY] == sorted(at for at in order[:limit] if line[at] > 0)


def test_a_code_that_is_rounded_hardly_moves():
    codes = np.random.default_rng(1).integers(-400, 401, (500, 64)).astype(np.int16)
    exact = codes.astype(np.float64) @ codes[0]
    asked = codes[:1].astype(np.float32) / 2_048
    best = set(np.argsort(-exact)[:50].tolist())
    assert len(best & set(Coarse.of(codes).strongest(asked, 50)[0].tolist())) >= 48
