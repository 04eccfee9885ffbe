"""Many records weighed at once: the same bits as `Vectoriser` gives one by one, an order of magnitude faster."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.fields import FieldTexts, need_texts, offer_texts
from matchmaking.engine.statistics import Kind
from matchmaking.engine.types import NeedProfile, OfferProfile, Target
from matchmaking.engine.vectors import NEED_GRID, TARGET_GRID, Chance, NeedTerms, Vectoriser, Weights, damped

if TYPE_CHECKING:
    from matchmaking.engine.kernel.bulk_loops import Counts, Texts

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
_PARTIALS = 64
# Fewer are weighed one by one: the compiler is not worth its start.
TARGETS_FROM = 100
NEEDS_FROM = 32


@dataclass(frozen=True, slots=True)
class Bulk:
    """The rows of targets as terms of `vocabulary`: row i from ends[i] to ends[i + 1], with the weights that
    `TargetTerms` describes."""

    vocabulary: dict[str, int]
    ends: Longs
    terms: NDArray[np.int32]
    words: Floats
    cosine: Floats
    plain: Floats


def weigh_targets(targets: Sequence[Target], vectoriser: Vectoriser) -> Bulk:
    """Weigh the rows of targets of one kind under the statistics and the policy of a vectoriser."""
    from matchmaking.engine.kernel import bulk_loops as loops  # numba, for whole pools only
    from matchmaking.engine.kernel.tokens import Vocabulary

    rows = [texts for target in targets for texts in _rows(target)]
    names = [name for texts in rows for name, _ in texts]
    vocabulary = Vocabulary()
    counted = vocabulary.count(text for texts in rows for _, text in texts)
    bounds = np.cumsum([0, *map(len, rows)])
    texts = loops.Texts(bounds, counted.starts, counted.terms, counted.counts,
                        *_by_text(names, counted.lengths, vectoriser))  # fmt: skip
    found = _gathered(texts, np.zeros(len(vocabulary), np.int64))
    impacts = found.normed / (vectoriser.policy.k1 + found.normed)
    words = np.rint(impacts * TARGET_GRID) / TARGET_GRID
    kept = words > 0.0
    ends = np.concatenate(([0], np.cumsum(kept)))[found.ends]
    terms, said = found.terms[kept], _each(math.log1p, found.counted[kept])
    numbers, terms = _used(vocabulary.tokens(), terms)
    figures = [vectoriser.figures(token) for token in numbers]
    cosine = said * np.asarray([one.cosine for one in figures])[terms]
    loops.unit_length(ends, cosine, TARGET_GRID, np.zeros(_PARTIALS))
    return Bulk(numbers, ends, terms, words[kept], cosine, said * np.asarray([one.idf for one in figures])[terms])


def _rows(target: Target) -> list[FieldTexts]:
    """The rows of a target: one of an achievement, one a document of an expert."""
    if isinstance(target, OfferProfile):
        return [offer_texts(target)]
    return [[("documents", document)] for document in target.documents if document]


def _by_text(names: Sequence[str], lengths: Longs, vectoriser: Vectoriser) -> tuple[Floats, Floats]:
    """What a count in a text is multiplied by for its field, and divided by for its length."""
    weights = asdict(vectoriser.policy.offer_fields) | {"documents": 1.0}
    usual = {name: vectoriser.statistics.average_length(name) for name in weights}
    b = vectoriser.policy.b
    norms = 1.0 - b + b * lengths / np.asarray([usual[name] for name in names])
    return np.asarray([weights[name] for name in names], dtype=np.float64), norms


def _used(tokens: Sequence[str], terms: NDArray[np.int32]) -> tuple[dict[str, int], NDArray[np.int32]]:
    """The tokens that are left, numbered in their order, and the terms under these numbers."""
    there = np.zeros(len(tokens), dtype=bool)
    there[terms] = True
    left = np.flatnonzero(there)
    moved = np.cumsum(there, dtype=np.int32) - 1
    return {tokens[old]: new for new, old in enumerate(left.tolist())}, moved[terms]


# --- Needs ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rows:
    """Values of the terms of rows: row i from ends[i] to ends[i + 1]."""

    ends: Longs
    terms: NDArray[np.int32]
    values: Floats

    def sums(self, values: Floats) -> Floats:
        """The sum of values of every row, rounded once."""
        from matchmaking.engine.kernel import bulk_loops as loops  # see above

        sums = np.zeros(len(self.ends) - 1)
        loops.exact_rows(self.ends, values, np.zeros(_PARTIALS), sums)
        return sums

    def spread_out(self, by_row: Floats) -> Floats:
        """A value of every row at each of its terms."""
        return np.repeat(by_row, np.diff(self.ends))


def weigh_needs(needs: Sequence[NeedProfile], vectoriser: Vectoriser) -> dict[Kind, list[NeedTerms]]:
    """Weigh needs for targets of either kind, as `Vectoriser.need` does for one."""
    tokens, rows = _counted_needs(needs, vectoriser)
    figures = [vectoriser.figures(token) for token in tokens]
    idf, weight, angle = (np.asarray([one[part] for one in figures])[rows.terms] for part in range(3))
    words, cosine = rows.values * weight, rows.values * angle
    totals, lengths = rows.sums(words), np.sqrt(rows.sums(cosine * cosine))
    empty = (totals <= 0.0) | (lengths <= 0.0)
    totals, lengths = np.where(empty, 1.0, totals), np.where(empty, 1.0, lengths)
    on_grid = np.rint(words * rows.spread_out(NEED_GRID / totals)) / NEED_GRID
    same_terms = np.rint(cosine * rows.spread_out(NEED_GRID / lengths)) / NEED_GRID
    plain = rows.values * idf
    weights: list[tuple[Weights, Weights, Weights]] = []
    for row, (first, last) in enumerate(pairwise(rows.ends.tolist())):
        if empty[row]:
            weights.append(({}, {}, {}))
            continue
        named, known = [tokens[term] for term in rows.terms[first:last].tolist()], on_grid[first:last]
        by_words = {token: value for token, value in zip(named, known.tolist(), strict=True) if value > 0.0}
        by_cosine = zip(named, same_terms[first:last].tolist(), known.tolist(), strict=True)
        weights.append((
            dict(zip(named, plain[first:last].tolist(), strict=True)), by_words,
            {token: value for token, value, word in by_cosine if word > 0.0},
        ))  # fmt: skip
    found = {}
    for kind in (Kind.OFFER, Kind.DOCUMENT):
        chances = np.asarray([vectoriser.statistics.chance(token, kind) for token in tokens])[rows.terms]
        impact, norm = vectoriser.typical_impact(kind), vectoriser.statistics.norms[kind]
        first_two = (
            _chances(rows, words * impact / rows.spread_out(totals), chances, empty),
            _chances(rows, cosine * angle / norm / rows.spread_out(lengths), chances, empty),
        )
        found[kind] = [NeedTerms(*known, *both) for known, *both in zip(weights, *first_two, strict=True)]
    return found


def _chances(rows: _Rows, weights: Floats, chances: Floats, empty: NDArray[np.bool_]) -> list[Chance]:
    means = rows.sums(weights * chances)
    spreads = np.sqrt(rows.sums(weights * weights * chances * (1.0 - chances)))
    return [
        Chance(0.0, 1.0) if nothing else Chance(mean, spread or 1.0)
        for nothing, mean, spread in zip(empty.tolist(), means.tolist(), spreads.tolist(), strict=True)
    ]


def _counted_needs(needs: Sequence[NeedProfile], vectoriser: Vectoriser) -> tuple[list[str], _Rows]:
    """The counts of the tokens of needs, by the weights of the fields they stand in, see `Vectoriser.need_terms`."""
    from matchmaking.engine.kernel import bulk_loops as loops  # numba, for whole batches only
    from matchmaking.engine.kernel.tokens import Vocabulary

    fields = [need_texts(need) for need in needs]
    told = [vectoriser.told(name, text) for texts in fields for name, text in texts]
    vocabulary = Vocabulary()
    counted = vocabulary.count(text for pieces in told for text, _ in pieces)
    shares = np.asarray([share for pieces in told for _, share in pieces], dtype=np.float64)
    places, ones = np.zeros(len(vocabulary), np.int64), np.ones(len(shares))
    bounds = np.cumsum([0, *map(len, told)])
    texts = loops.Texts(bounds, counted.starts, counted.terms, counted.counts, shares, ones)
    by_field = _Rows(*_gathered(texts, places)[:3])
    energy = by_field.sums(by_field.values * by_field.values)
    reference = vectoriser.policy.field_reference
    of_field = asdict(vectoriser.policy.need_fields)
    names = np.asarray([of_field[name] for texts in fields for name, _ in texts], dtype=np.float64)
    scales = names * np.sqrt(reference / np.maximum(energy, reference))
    said = _each(damped, by_field.values)
    texts = loops.Texts(
        np.cumsum([0, *map(len, fields)]), by_field.ends, by_field.terms, said, scales, np.ones_like(scales)
    )
    found = _gathered(texts, places)
    kept = found.counted > 0.0
    ends = np.concatenate(([0], np.cumsum(kept)))[found.ends]
    return vocabulary.tokens(), _Rows(ends, found.terms[kept], found.counted[kept])


def _gathered(texts: Texts, places: Longs) -> Counts:
    """The texts of every row added up; `places` has room for every term."""
    from matchmaking.engine.kernel import bulk_loops as loops  # see above

    room = len(texts.terms)
    ends = np.zeros(len(texts.rows), np.int64)
    found = loops.Counts(ends, np.empty(room, np.int32), np.empty(room), np.empty(room))
    filled = loops.gather(texts, places, found)
    return loops.Counts(ends, found.terms[:filled], found.counted[:filled], found.normed[:filled])


def _each(what: Callable[[float], float], values: Floats) -> Floats:
    """What a function of `math` makes of each value: there are few different ones."""
    different = np.unique(values)  # sorting the values alone takes a fifth of the time of sorting their places
    made = np.asarray([what(value) for value in different.tolist()], dtype=np.float64)
    return made[np.searchsorted(different, values)]
