"""Compile everything once, so that the first batch need not: `warm()` when the product is installed or an image built.

Takes about a minute of one processor where nothing is kept yet, a few seconds afterwards. What it compiles is kept
where `compiled.py` says. `python -m matchmaking.engine.kernel.warm` does it behind everything else that runs.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from matchmaking.engine.kernel import scaling
from matchmaking.engine.kernel.postings import Postings
from matchmaking.engine.kernel.tokens import Vocabulary
from matchmaking.engine.kernel.topk import top_k
from matchmaking.engine.terms import COMPILED_FROM, Query
from matchmaking.engine.types import NeedProfile, OfferProfile

if TYPE_CHECKING:
    from matchmaking.engine.ranking import Index


def warm() -> None:
    """Build, score and count something small, in the types that batches come in."""
    rows = sparse.csr_array(np.eye(3))
    for weights in (rows, rows.astype(np.float32), rows * (1.0 / 3.0)):  # kept as float32, float32, float64
        top_k(Postings.build(weights), rows, 1)
    Vocabulary().count(["耐磨涂层 a1"])
    scaling.best_sums(np.zeros((2, 1)), 1, np.zeros(1))
    _rank_a_batch()


def _rank_a_batch() -> None:
    """Rank as a run does, by an index that was just built and by one that is mapped."""
    from matchmaking.engine import answering, bulk, encoder, stored  # what ranks stands above the kernel
    from matchmaking.engine.model import fit
    from matchmaking.engine.policy import Policy
    from matchmaking.engine.ranking import Index

    offers = [OfferProfile("A", "耐磨涂层 a1")]
    needs = [NeedProfile(f"N{number}", "耐磨涂层 a1") for number in range(COMPILED_FROM)]
    model = replace(fit(offers), encoder=encoder.Encoder({"a1": 0}, np.ones((1, 2), np.float32), 1))
    built = Index.build(offers, model, Policy())
    bulk.weigh_targets(offers, built.weigher.vectoriser)
    for one in (built, _large(built)):
        with tempfile.TemporaryDirectory() as folder:
            for index in (one, stored.load(stored.save(one, Path(folder)))):
                index.rank(needs)
                index.weigher.model.coder.codes([{"a1": 1.0}] * encoder.COMPILED_FROM, [""] * encoder.COMPILED_FROM)
    alone = Query(built.terms.words, built.terms.cosine, built.terms.codes)
    answering.Answering.of(built.terms, alone, np.ones((1, 10)), built.weigher.mix).best(built.terms, 1, {})


def _large(index: Index) -> Index:
    """The same index laid out like one of very many achievements."""
    from matchmaking.engine.choosing import Chooser  # see above
    from matchmaking.engine.ranking import Index as Ranked
    from matchmaking.engine.terms import Gathered

    gathered, terms = Gathered(), index.terms
    gathered.add(terms.words, terms.cosine.data, terms.codes)
    large = gathered.index(terms.vocabulary, (terms.starts, terms.best), own=terms.own)
    large, chooser = Chooser.build(large)
    return Ranked.of(index.targets, index.weigher, large, index.hubs, chooser)


if __name__ == "__main__":
    os.nice(19)
    warm()
