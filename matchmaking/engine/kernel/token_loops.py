"""The compiled loops of cutting texts into terms and counting them; `tokens.py` says what the arrays mean."""

# Compiled functions take their arrays by position.
# ruff: noqa: PLR0917
from __future__ import annotations

from typing import Any

import numpy as np

from matchmaking.engine.kernel.compiled import compiled

Array = Any  # numba infers the types; numpy's own are checked at the callers
SEPARATOR, OTHER, UNSPACED, WORD, DIGIT = 0, 1, 2, 3, 4
PAIR = np.uint64(1 << 62)
SPELT = np.uint64(1 << 63)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_PRIME = np.uint64(0x100000001B3)


@compiled
def _slot(key: Any, size: int) -> Any:
    mixed = key * _MIX
    return np.int64((mixed ^ (mixed >> np.uint64(29))) & np.uint64(size - 1))


@compiled
def _same_word(letters: Array, start: int, end: int, pool: Array, first: int, last: int) -> bool:
    if end - start != last - first:
        return False
    for at in range(end - start):  # noqa: SIM110
        if letters[start + at] != pool[first + at]:
            return False
    return True


@compiled
def _number(
    key: Any, letters: Array, start: int, end: int, sizes: Array, table: Array, keys: Array, spelt: Array, pool: Array
) -> int:
    """The number of a term, a new one when it has none. Words with equal hashes are compared letter by letter.

    `sizes` holds how many terms there are and how much of the pool of letters is used.
    """
    slot = _slot(key, len(table))
    while table[slot] >= 0:
        term = table[slot]
        if keys[term] == key and (key < SPELT or _same_word(letters, start, end, pool, spelt[term, 0], spelt[term, 1])):
            return term
        slot = (slot + 1) & (len(table) - 1)
    term, used = sizes[0], sizes[1]
    table[slot], keys[term] = term, key
    spelt[term, 0], spelt[term, 1] = used, used
    if key >= SPELT:
        for at in range(start, end):
            pool[used] = letters[at]
            used += 1
        spelt[term, 1] = used
    sizes[0], sizes[1] = term + 1, used
    return term


@compiled
def _word_key(letters: Array, start: int, end: int) -> Any:
    """Fowler, Noll and Vo's hash of the letters, marked as that of a word."""
    key = np.uint64(0xCBF29CE484222325)
    for at in range(start, end):
        key = (key ^ np.uint64(letters[at])) * _PRIME
    return key | SPELT


@compiled
def _word_end(classes: Array, letters: Array, start: int) -> int:
    """The end of a word with its decimal places, as `text.RUN` has it: letters and digits, then points and digits."""
    end = start
    while classes[letters[end]] >= WORD:
        end += 1
    while letters[end] == 46 and classes[letters[end + 1]] == DIGIT:
        end += 1
        while classes[letters[end]] == DIGIT:
            end += 1
    return end


@compiled
def cut(
    letters: Array, classes: Array, sizes: Array, table: Array, keys: Array, spelt: Array, pool: Array, single: Array,
    starts: Array, stream: Array,
) -> None:  # fmt: skip
    """Write the numbers of all tokens of texts that each end with a separator; two more separators follow the last.

    `single` holds the number of every character that has one, by code point, else -1. Text i fills
    stream[starts[i]:starts[i + 1]].
    """
    at = filled = 0
    for text in range(len(starts) - 1):
        starts[text] = filled
        while classes[letters[at]] != SEPARATOR:
            kind = classes[letters[at]]
            end = at + 1
            if kind == UNSPACED:
                while classes[letters[end]] == UNSPACED:
                    end += 1
                for here in range(at, end):
                    term = single[letters[here]]
                    if term < 0:
                        key = np.uint64(letters[here])
                        term = single[letters[here]] = _number(key, letters, 0, 0, sizes, table, keys, spelt, pool)
                    stream[filled] = term
                    filled += 1
                for here in range(at, end - 1):
                    key = PAIR | np.uint64(letters[here]) << np.uint64(21) | np.uint64(letters[here + 1])
                    stream[filled] = _number(key, letters, 0, 0, sizes, table, keys, spelt, pool)
                    filled += 1
            elif kind >= WORD:
                end = _word_end(classes, letters, at)
                key = _word_key(letters, at, end)
                stream[filled] = _number(key, letters, at, end, sizes, table, keys, spelt, pool)
                filled += 1
            at = end
        at += 1
    starts[len(starts) - 1] = filled


@compiled
def count(
    stream: Array, bounds: Array, numbers: Array, places: Array, starts: Array, terms: Array, counts: Array
) -> int:
    """Count the tokens of every text under their final `numbers`; returns how many entries that makes.

    `places` has room for every final number; what it holds does not matter.
    """
    filled = 0
    for text in range(len(bounds) - 1):
        first = starts[text] = filled
        for at in range(bounds[text], bounds[text + 1]):
            term = numbers[stream[at]]
            place = places[term]
            if first <= place < filled and terms[place] == term:
                counts[place] += 1
            else:
                places[term], terms[filled], counts[filled] = filled, term, 1
                filled += 1
    starts[len(bounds) - 1] = filled
    return filled


@compiled
def rebuild(table: Array, keys: Array, terms: int) -> None:
    """Enter all terms into an empty table."""
    for term in range(terms):
        slot = _slot(keys[term], len(table))
        while table[slot] >= 0:
            slot = (slot + 1) & (len(table) - 1)
        table[slot] = term
