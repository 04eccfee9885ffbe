"""Compile everything once, so that the first batch need not: `warm()` when the product is installed or an image built.

Takes about ten seconds where nothing is kept yet, half a second afterwards. What it compiles is kept where
`compiled.py` says.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from scipy import sparse

from matchmaking.engine.kernel.postings import Postings
from matchmaking.engine.kernel.tokens import Vocabulary
from matchmaking.engine.kernel.topk import top_k
from matchmaking.engine.terms import COMPILED_FROM
from matchmaking.engine.types import NeedProfile, OfferProfile


def warm() -> None:
    """Build, score and count something small, in the types that batches come in."""
    rows = sparse.csr_array(np.eye(3))
    for weights in (rows, rows.astype(np.float32), rows * (1.0 / 3.0)):  # kept as float32, float32, float64
        top_k(Postings.build(weights), rows, 1)
    Vocabulary().count(["耐磨涂层 a1"])
    _rank_a_batch()


def _rank_a_batch() -> None:
    """Rank as a run does, by an index that was just built and by one that is mapped."""
    from matchmaking.engine import stored  # what ranks stands above the kernel
    from matchmaking.engine.model import fit
    from matchmaking.engine.policy import Policy
    from matchmaking.engine.ranking import Index

    offers = [OfferProfile("A", "耐磨涂层 a1")]
    needs = [NeedProfile(f"N{number}", "耐磨涂层 a1") for number in range(COMPILED_FROM)]
    built = Index.build(offers, fit(offers), Policy())
    with tempfile.TemporaryDirectory() as folder:
        for index in (built, stored.load(stored.save(built, Path(folder)))):
            index.rank(needs)
