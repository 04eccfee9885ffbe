"""The compiled loops of how well achievements answer the texts of a sample; `answering.py` says what they are for."""

# Compiled functions take their arrays by position.
# ruff: noqa: PLR0917
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matchmaking.engine.kernel.compiled import compiled, compiled_unordered

Array = Any  # numba infers the types; numpy's own are checked at the callers


class Rows(NamedTuple):
    """Rows of terms: of row i from starts[i] to starts[i + 1], weighed by words and by cosine, and their codes."""

    starts: Array
    terms: Array
    words: Array
    cosine: Array
    codes: Array


@compiled
def add_rare(offered: Rows, starts: Array, texts: Array, weights: Array, near: Array) -> None:
    """Add the products of targets with texts to `near` (targets, texts). The texts that have a term stand from
    starts[term] to starts[term + 1], with both weights of it (entries, 2)."""
    for target in range(len(offered.starts) - 1):
        line = near[target]
        for at in range(offered.starts[target], offered.starts[target + 1]):
            term, word, angle = offered.terms[at], offered.words[at], offered.cosine[at]
            for place in range(starts[term], starts[term + 1]):
                line[texts[place]] += word * weights[place, 0] + angle * weights[place, 1]


@compiled_unordered
def _product(one: Array, other: Array, first: int, last: int) -> float:
    """The product of two codes over some columns; on their grid it is exact in any order."""
    total = np.float32(0.0)
    for column in range(first, last):
        total += one[column] * other[column]
    return float(total)


@compiled
def best_of_pairs(
    pairs: Array, offered: Rows, asked: Rows, own: int, constants: Array, shares: Array, room: Array, best: Array
) -> None:
    """Score pairs (target, text), those of a target one after the other, and keep the largest of every target in
    `best` (targets, kept), ascending, which comes in as -inf.

    The operations and their order are those of `references.standard`. `own` columns of the codes are of the platform's
    encoder; `constants` (texts, 10) are those of `Scale`; `room` (terms, 2) holds zeros before and after.
    """
    readings, wide = len(shares), offered.codes.shape[1]
    filled = -1
    for number in range(len(pairs)):
        target, text = pairs[number]
        if target != filled:
            _fill(offered, filled, target, room)
            filled = target
        word, angle = 0.0, 0.0
        for at in range(asked.starts[text], asked.starts[text + 1]):
            word += room[asked.terms[at], 0] * asked.words[at]
            angle += room[asked.terms[at], 1] * asked.cosine[at]
        line, total = constants[text], 0.0
        total += shares[0] * ((word - line[0]) / line[readings])
        total += shares[1] * ((angle - line[1]) / line[readings + 1])
        for reading, first, last in ((2, 0, own), (3, own, wide)):
            if last > first:
                product = _product(offered.codes[target], asked.codes[text], first, last)
                total += shares[reading] * ((product - line[reading]) / line[readings + reading])
        _keep((total - line[2 * readings]) / line[2 * readings + 1], best[target])
    _fill(offered, filled, -1, room)


@compiled
def _fill(offered: Rows, before: int, target: int, room: Array) -> None:
    """Spread a row out in place of another; -1 is none."""
    if before >= 0:
        for at in range(offered.starts[before], offered.starts[before + 1]):
            room[offered.terms[at]] = 0.0
    if target >= 0:
        for at in range(offered.starts[target], offered.starts[target + 1]):
            term = offered.terms[at]
            room[term, 0], room[term, 1] = offered.words[at], offered.cosine[at]


@compiled
def _keep(value: float, held: Array) -> None:
    """Take a value in among the largest, ascending, if it is one of them."""
    at = 0
    if value > held[0]:
        while at + 1 < len(held) and held[at + 1] < value:
            held[at] = held[at + 1]
            at += 1
        held[at] = value
