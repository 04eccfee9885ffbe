"""Nearly exact, for very many documents: the strongest terms of a need choose candidates, all its terms score them.

Most of the work of an exact answer goes into terms that nearly every document has and that decide little. Leaving them
out of the choice costs a few of the best twenty (measured by `recall`), never a wrong score: what is returned has the
bits of the exact answer.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from matchmaking.engine.kernel.postings import Postings
from matchmaking.engine.kernel.topk import NOBODY, Best, Multipliers, quantise, run

STRONGEST = 96
CANDIDATES = 200


def top_k_of_candidates(
    postings: Postings,
    needs: sparse.csr_array,
    k: int,
    *,
    strongest: int = STRONGEST,
    candidates: int = CANDIDATES,
    threads: int = 1,
) -> Best:
    """Like `top_k`, over the `candidates` documents that are best by the `strongest` terms of each need.

    Raises ValueError as `top_k` does, and for fewer candidates than k.
    """
    if candidates < k:
        raise ValueError("there must be at least k candidates")
    batch = quantise(postings, needs)
    return run(postings, _only(batch, strongest), batch, k, choose=candidates, threads=threads)


def recall(found: Best, exact: Best) -> float:
    """The share of the exact answer that was found; 1 when there is nothing to find."""
    wanted = exact.positions != NOBODY
    hit = (exact.positions[:, :, None] == found.positions[:, None, :]).any(axis=2) & wanted
    return float(hit.sum() / wanted.sum()) if wanted.any() else 1.0


def _only(batch: Multipliers, strongest: int) -> Multipliers:
    """The terms of each need with the largest multipliers; equal ones: the rarer first."""
    needs_of = np.repeat(np.arange(len(batch.errors)), np.diff(batch.starts))
    order = np.lexsort((-batch.ranks, -batch.values.astype(np.int32), needs_of))
    kept = np.sort(order[np.arange(len(order)) - batch.starts[needs_of] < strongest])
    lengths = np.bincount(needs_of[kept], minlength=len(batch.errors))
    starts = np.concatenate(([0], np.cumsum(lengths)))
    return replace(
        batch, starts=starts, ranks=batch.ranks[kept], weights=batch.weights[kept], values=batch.values[kept],
        scales=np.zeros_like(batch.scales), errors=np.zeros_like(batch.errors),
    )  # fmt: skip
