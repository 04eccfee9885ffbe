"""What the compiled loops of explaining are given and what they fill. Arrays only; `explaining.py` and `passages.py`
say what they mean."""

from __future__ import annotations

from typing import Any, NamedTuple

Array = Any  # numba infers the types; numpy's own are checked at the callers


class Weights(NamedTuple):
    """All rows of an index: the terms of row i from starts[i] to starts[i + 1], with both weights."""

    starts: Array
    terms: Array
    words: Array
    cosine: Array


class Sentences(NamedTuple):
    """Sentences as terms, and what their sums are multiplied by."""

    terms: Array
    starts: Array
    damping: Array


class Places(NamedTuple):
    """See `passages.Places`. A wording may begin at place i when opens[i], and end before it when closes[i]."""

    text: Array
    double: Array
    single: Array
    credited: Array
    opens: Array
    closes: Array


class Need(NamedTuple):
    """A need: dense (terms of the index) whether it has a term and what a unit of each weight adds; its own terms and
    weights; its sentences, its places, those of its words of letters, and its wordings as the terms by which they are
    told."""

    known: Array
    words: Array
    cosine: Array
    terms: Array
    weights: Array
    sentences: Sentences
    places: Places
    spaced: Array
    telling: Array
    wordings: Array


class Target(NamedTuple):
    """A target: its rows in the index, its sentences, the first one of every row, and its text as characters, with
    where a word begins or ends there (one place more)."""

    first: int
    last: int
    sentences: Sentences
    rows: Array
    text: Array
    bounds: Array


class Limits(NamedTuple):
    """How many rows count and how often, how many stretches are looked at, and whose sentences are quoted."""

    best: int
    factor: float
    looked: int
    quoted: bool
    worth_quoting: float
    worth_adding: float


class Scratch(NamedTuple):
    """Room for a pair, by the size of the index; `shared` and `asked` hold zeros before and after, `quoted` gets the
    numbers of sentences of both sides."""

    shared: Array
    asked: Array
    sums: Array
    order: Array
    quoted: Array
    missing: Array
    values: Array
    partials: Array


class Spans(NamedTuple):
    """Room for the stretches of a need, by its places."""

    until: Array
    begin: Array
    stop: Array
    weight: Array
    found: Array
    credits: Array
    said: Array
    worth: Array


class Targets(NamedTuple):
    """Targets one after the other. Target i has the rows from spread[i, 0] to spread[i, 1], of which the best count
    factors[i] times; ends[i] to ends[i + 1] bound the terms of its sentences, the sentences, where each row begins
    among them, and its characters. `starts` and `bounds` have one place more for every target."""

    spread: Array
    factors: Array
    ends: Array
    terms: Array
    starts: Array
    damping: Array
    rows: Array
    text: Array
    bounds: Array


class Asked(NamedTuple):
    """The pairs of a need: the number of each target, its first column in the codes, and whether it is quoted."""

    targets: Array
    columns: Array
    quoted: Array


class Told(NamedTuple):
    """Room for what is said of the pairs of a need: `sums` what the words, the two encoders and the shared weight make,
    `counts` how many sentences are quoted and wordings missing. The stretches and the said words of a pair stand behind
    those of the one before, `ends` says where."""

    sums: Array
    counts: Array
    ends: Array
    quoted: Array
    missing: Array
    found: Array
    credits: Array
    said: Array
    worth: Array
