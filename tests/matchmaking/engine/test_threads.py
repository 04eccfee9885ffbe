"""One index, many threads: reasons never mix."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from threading import Barrier

import pytest

from matchmaking.engine.explaining import Explainer

from .builders import COATING_NEED, EXPERTS, OFFERS, index_of


@pytest.mark.parametrize("targets", [OFFERS, EXPERTS])
def test_threads_share_an_index_and_get_what_one_alone_gets(targets):
    """The web answers on eight threads; each reads a need and explains it while others do the same."""
    index = index_of(targets)
    titles, goals = ["钢结构防腐涂层", "叶片热障涂层", "秸秆腐解菌剂"], ["附着力不下降", "盐雾", "六成腐解"]
    needs = [replace(COATING_NEED, key=title + goal, title=title, goal=goal) for title, goal in product(titles, goals)]
    pairs = [[(need, target.key) for target in targets] for need in needs]
    alone = [index.score_pairs(asked) for asked in pairs]
    meet = Barrier(len(needs), timeout=30)
    read = Explainer.read

    def together(self, *asked):
        found = read(self, *asked)
        meet.wait()  # all have read their need before anybody explains one
        return found

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(len(needs)) as threads:
        patch.setattr(Explainer, "read", together)
        assert list(threads.map(index.score_pairs, pairs)) == alone
