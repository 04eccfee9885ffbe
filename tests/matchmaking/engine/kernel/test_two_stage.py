"""Two stages: true scores, and all of the best where the strongest terms are all the terms."""

import numpy as np
import pytest

from matchmaking.engine.kernel.postings import Postings
from matchmaking.engine.kernel.topk import NOBODY, quantise, top_k
from matchmaking.engine.kernel.two_stage import recall, top_k_of_candidates
from tests.matchmaking.engine.kernel.builders import rows, same


def test_scores_are_those_of_the_exact_answer():
    stored, asked = rows(800, 60, 1), rows(30, 60, 2)
    index = Postings.build(stored)
    found = top_k_of_candidates(index, asked, 10, strongest=4, candidates=12)
    products = (asked @ stored.T).toarray()
    for need in range(30):
        held = found.positions[need] != NOBODY
        assert np.array_equal(found.scores[need][held], products[need][found.positions[need][held]])
    assert recall(found, top_k(index, asked, 10)) < 1.0, "four terms do not see everything"


def test_with_all_terms_and_room_nothing_is_missed():
    stored, asked = rows(800, 60, 3), rows(30, 60, 4)
    index = Postings.build(stored)
    exact = top_k(index, asked, 10)
    found = top_k_of_candidates(index, asked, 10, strongest=60, candidates=800)
    assert same(found, exact)
    assert recall(found, exact) == 1.0


def test_all_terms_score_what_one_term_chose():
    stored, asked = rows(300, 40, 5), rows(12, 40, 6)
    index = Postings.build(stored)
    found = top_k_of_candidates(index, asked, 3, strongest=1, candidates=300)
    products = (asked @ stored.T).toarray()
    batch = quantise(index, asked)
    for need in range(12):
        part = slice(*batch.starts[need : need + 2])
        term = max(zip(batch.values[part], batch.ranks[part], strict=True))[1]
        having = stored.toarray()[:, np.flatnonzero(index.ranks == term)[0]] > 0.0
        best = np.lexsort((np.arange(300), -products[need] * having))[:3]
        assert found.positions[need].tolist() == best.tolist()


def test_fewer_candidates_than_wanted_are_refused():
    index = Postings.build(rows(10, 3, 1))
    with pytest.raises(ValueError, match="at least k"):
        top_k_of_candidates(index, rows(1, 3, 1), 5, candidates=4)
