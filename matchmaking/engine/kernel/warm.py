"""Compile everything once, so that the first batch need not: `warm()` when the product is installed or an image built.

Takes about ten seconds where nothing is kept yet, half a second afterwards. What it compiles is kept where
`compiled.py` says.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from matchmaking.engine.kernel.postings import Postings
from matchmaking.engine.kernel.tokens import Vocabulary
from matchmaking.engine.kernel.topk import top_k


def warm() -> None:
    """Build, score and count something small, in the types that batches come in."""
    rows = sparse.csr_array(np.eye(3))
    for weights in (rows, rows.astype(np.float32), rows * (1.0 / 3.0)):  # kept as float32, float32, float64
        top_k(Postings.build(weights), rows, 1)
    Vocabulary().count(["耐磨涂层 a1"])
