"""Pairs of texts that say the same in other words, found without any grades: what the encoder learns beside halves of
texts.

Two texts are taken for paraphrases when each is the other's best match by its words, corrected for texts that are
everybody's match. Works of one expert are taken to be on one subject; who has many gives no more pairs a work for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matchmaking.engine.policy import Policy
from matchmaking.engine.statistics import Statistics
from matchmaking.engine.terms import Rows
from matchmaking.engine.types import ExpertProfile
from matchmaking.engine.vectors import Vectoriser

Floats = NDArray[np.float32]
Pairs = NDArray[np.int64]
_NEIGHBOURS = 20
_HUB = 0.4
_BLOCK = 400
_ALL_PAIRS = 8
_PAIRS_A_WORK = 3
_MOST_WORKS = 60
# Of a long text so many of its weightiest terms ask.
_MOST_ASKED = 64


def mutual(
    texts: Sequence[str],
    statistics: Statistics,
    policy: Policy,
    tokens: Callable[[str], list[str]],
    *,
    alive: Callable[[], None] = lambda: None,
) -> Pairs:
    """Positions of texts that are each other's best match, (pairs, 2), the first before the second. `alive` is called
    at every block of them."""
    total = len(texts)
    asked, answering = _weighed(texts, statistics, policy, tokens)
    hub = np.zeros(total, dtype=np.float32)
    best = np.zeros(total, dtype=np.int64)
    nearest = np.full((_NEIGHBOURS, total), -9.0, dtype=np.float32)
    for corrected in (False, True):
        for start in range(0, total, _BLOCK):
            alive()
            found = (asked[start : start + _BLOCK] @ answering).toarray()
            found = (found - found.mean(1, keepdims=True)) / (found.std(1, keepdims=True) + 1e-9) - _HUB * hub
            found[np.arange(len(found)), np.arange(start, start + len(found))] = -99.0
            if corrected:
                best[start : start + _BLOCK] = found.argmax(1)
            else:
                nearest = -np.partition(-np.vstack([nearest, found]), _NEIGHBOURS - 1, axis=0)[:_NEIGHBOURS]
        hub = nearest.mean(0)
    numbers = np.arange(total)
    chosen = (best[best] == numbers) & (numbers < best)
    return np.stack([numbers[chosen], best[chosen]], axis=1)


def related(texts: Sequence[str], experts: Sequence[ExpertProfile]) -> Pairs:
    """Positions of two documents of one expert, (pairs, 2): any two of a few, else every one and those that follow it
    in a circle. Of a list too long to be one person's nothing is taken."""
    places = {text: at for at, text in enumerate(texts)}
    found: set[tuple[int, int]] = set()
    for expert in experts:
        known = sorted({places[document] for document in expert.documents if document in places})
        if 1 < len(known) <= _ALL_PAIRS:
            found.update(combinations(known, 2))
        elif _ALL_PAIRS < len(known) <= _MOST_WORKS:
            for step in range(1, _PAIRS_A_WORK + 1):
                circle = zip(known, known[step:] + known[:step], strict=True)
                found.update((min(pair), max(pair)) for pair in circle)
    return np.asarray(sorted(found), dtype=np.int64).reshape(-1, 2)


def _weighed(
    texts: Sequence[str], statistics: Statistics, policy: Policy, tokens: Callable[[str], list[str]]
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """All texts as needs (texts, terms) and as targets (terms, texts), in single precision: the best one is wanted."""
    vectoriser = Vectoriser(statistics, policy, tokens)
    vocabulary: dict[str, int] = {}
    asked, answering = Rows(vocabulary), Rows(vocabulary)
    for text in texts:
        terms = vectoriser.document(text)
        answering.add(terms.words)
        weights = {
            token: terms.cosine[token] / vectoriser.cosine_weight(token) * vectoriser.weight(token)
            for token in terms.words
        }
        if len(weights) > _MOST_ASKED:
            weightiest = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_ASKED]
            weights = dict(weightiest)
        asked.add(weights)
    wide = len(vocabulary)
    return asked.matrix(wide).astype(np.float32), answering.matrix(wide).astype(np.float32).T.tocsr()
