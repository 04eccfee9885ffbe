"""Targets prepared for being quoted: their sentences, those that state their limits, and all as the compiled loops want
it, one target after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.cutting import Numbering, quotes_of
from matchmaking.engine.fields import quotable_texts
from matchmaking.engine.kernel.tokens import normalised
from matchmaking.engine.limits import stated_limits
from matchmaking.engine.passages import characters, word_bounds
from matchmaking.engine.terms import TermIndex, best_documents_factor
from matchmaking.engine.types import Quote, Target

if TYPE_CHECKING:
    from matchmaking.engine.kernel import layouts


@dataclass(frozen=True, slots=True)
class Prepared:
    """A target: its sentences (an expert's by document) as they are written and as terms, where each of its rows begins
    among them, those that state its limits, and its text as characters, with where a word begins or ends there."""

    quotes: tuple[Quote, ...]
    limits: tuple[Quote, ...]
    sentences: layouts.Sentences
    rows: NDArray[np.int64]
    text: NDArray[np.int32]
    bounds: NDArray[np.bool_]


def prepare(targets: Sequence[Target], numbering: Numbering, *, experts: bool) -> list[Prepared]:
    """Prepare targets of one kind, all at once."""
    texts = [quotable_texts(target) for target in targets]
    by_text = [[quotes_of([one]) for one in written] for written in texts]
    quotes = [tuple(chain.from_iterable(cut)) for cut in by_text]
    spelt = iter(normalised([text for written in texts for _, text in written]))
    joined = ["\n".join(islice(spelt, len(written))) for written in texts]
    each = zip(quotes, by_text, numbering.sentences(quotes), joined, word_bounds(joined), strict=True)
    found = []
    for quoted, cut, numbers, text, bounds in each:
        rows = np.cumsum([0, *map(len, cut)]) if experts else np.asarray([0, len(quoted)])
        found.append(Prepared(quoted, stated_limits(quoted), numbers, rows, characters(text), bounds))
    return found


@dataclass(frozen=True, slots=True)
class Group:
    """Some targets of an index: at which place each of their positions stands, and all of them as arrays."""

    places: dict[int, int]
    targets: Sequence[Prepared]
    arrays: layouts.Targets

    @classmethod
    def of(cls, positions: Iterable[int], targets: Sequence[Prepared], terms: TermIndex) -> Group:
        """One target or more, at these positions of an index."""
        from matchmaking.engine.kernel import layouts

        places = {at: place for place, at in enumerate(positions)}
        spread = terms.starts[np.asarray([*places])[:, None] + np.arange(2)]
        counts = (spread[:, 1] - spread[:, 0]).tolist()
        factors = [best_documents_factor(count, terms.best) if terms.experts else 1.0 for count in counts]
        cut, rows = [one.sentences for one in targets], [one.rows for one in targets]
        text, bounds = [one.text for one in targets], [one.bounds for one in targets]
        lengths = [[len(one.terms), len(one.damping), len(begin), len(chars)]
                   for one, begin, chars in zip(cut, rows, text, strict=True)]  # fmt: skip
        join = np.concatenate
        arrays = layouts.Targets(
            spread, np.asarray(factors), np.cumsum([[0] * 4, *lengths], axis=0), join([one.terms for one in cut]),
            join([one.starts for one in cut]), join([one.damping for one in cut]), join(rows), join(text), join(bounds),
        )  # fmt: skip
        return cls(places, targets, arrays)
