"""A frozen sample of targets against which every reading is measured: what is much, and who answers everybody.

Two constants of a need bring a reading to standard deviations: its mean and its spread over the sample. One constant of
a target is its hub: the mean of the best scores that it gets from the texts of the sample, asked as if they were needs.
A target that answers everybody answers nobody (hubness: Radovanović, Nanopoulos, Ivanović, JMLR 2010; the correction is
that of cross-domain similarity local scaling, Conneau et al. 2018, over texts instead of needs).

Both depend on the record and the sample alone, so a pair keeps its score in any company and a new record needs no new
fit. As long as the sample is small, it is filled up with what chance would give.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matchmaking.engine import answering
from matchmaking.engine.coding import Coder
from matchmaking.engine.encoder import CODE_GRID, sampled
from matchmaking.engine.statistics import Kind
from matchmaking.engine.terms import COMPILED_FROM, Query, Readings, TermIndex, matrix_of
from matchmaking.engine.types import ExpertProfile, Target
from matchmaking.engine.vectors import NEED_GRID, TARGET_GRID, Chance, NeedTerms, Vectoriser

Floats = NDArray[np.float64]
Codes = NDArray[np.float32]
Columns = tuple[Floats, Floats]
# Shares of the readings: words, cosine, related, outside; they add up to 1.
Mix = tuple[float, float, float, float]
READINGS = 4
MOST_TARGETS = {Kind.OFFER: 3_000, Kind.DOCUMENT: 3_000}
MOST_ASKING = 3_000
_ONE_IN = 150
LEAST_ANSWERED = 20
_IMAGINED = 50.0
_FULL_STRENGTH = 1_500
_CHANCE_RELATED = 0.1
_BLOCK_CELLS = 4_000_000
_CONSTANTS = 2 * READINGS + 2
_MAGIC = b"tongti-references-2\n"


@dataclass(frozen=True, slots=True)
class Scale:
    """The constants of a block of needs, (needs, 10): the means of the four readings, their spreads, mean and spread of
    the targets' sums."""

    constants: Floats

    def mean(self, reading: int) -> Floats:
        """The means of a reading, (needs, 1)."""
        return self.constants[:, reading : reading + 1]

    def spread(self, reading: int) -> Floats:
        """The spreads of a reading, (needs, 1)."""
        return self.constants[:, READINGS + reading : READINGS + reading + 1]

    @property
    def sums(self) -> Columns:
        """Mean and spread of the targets' sums."""
        return self.constants[:, -2:-1], self.constants[:, -1:]


@dataclass(frozen=True, slots=True)
class References:
    """The sample as an index of its own. `asking` are the rows whose texts are asked as needs, `scale` has their
    constants."""

    keys: tuple[str, ...]
    terms: TermIndex
    asking: NDArray[np.int64]
    scale: Scale

    @classmethod
    def of(cls, targets: Sequence[Target], vectoriser: Vectoriser, coder: Coder, mix: Mix) -> References:
        """Choose and weigh the sample, one kind of target at a time. Their order does not matter."""
        ordered = sorted(targets, key=lambda target: target.key)
        experts = bool(ordered) and isinstance(ordered[0], ExpertProfile)
        most = MOST_TARGETS[Kind.DOCUMENT if experts else Kind.OFFER]
        chosen = [ordered[at] for at in sampled([target.key for target in ordered], most)]
        terms = TermIndex.build(chosen, vectoriser, coder)
        asking = np.asarray(sampled([f"{row}" for row in range(terms.words.shape[0])], MOST_ASKING), dtype=np.int64)
        raw = cls(tuple(target.key for target in chosen), terms, asking, Scale(np.zeros((len(asking), _CONSTANTS))))
        return raw.scaled(vectoriser, mix)

    def without_outside(self, vectoriser: Vectoriser, mix: Mix) -> References:
        """The same sample, not read by an encoder from outside; `mix` are the shares of the others."""
        codes = np.ascontiguousarray(self.terms.codes[:, : self.terms.own])
        return replace(self, terms=replace(self.terms, codes=codes)).scaled(vectoriser, mix)

    @classmethod
    def none(cls, kind: Kind, best: int, coder: Coder) -> References:
        """No sample at all: what chance would give is all that is known."""
        bare = sparse.csr_array((0, 0))
        codes, layout = coder.codes([], []), (np.zeros(1, dtype=np.int64), best)
        nothing = TermIndex.of({}, (bare, bare), codes, layout, experts=kind is Kind.DOCUMENT, own=coder.own)
        return cls((), nothing, np.zeros(0, dtype=np.int64), Scale(np.zeros((0, _CONSTANTS))))

    # --- What a need gets from chance and the sample ---------------------------------------------------------------

    def scale_of(self, needs: Sequence[NeedTerms], codes: Codes, mix: Mix) -> Scale:
        """The constants of a block of needs."""
        chances = _columns([need.by_words for need in needs]), _columns([need.by_cosine for need in needs])
        return self._scale(self.terms.query(needs, codes), chances, mix)

    def _scale(self, query: Query, chances: tuple[Columns, Columns], mix: Mix) -> Scale:
        readings = self.terms.read(query)
        count = len(readings.words)
        by_code = np.zeros((count, 1)), np.full((count, 1), _CHANCE_RELATED)
        blended = [
            _blend(readings.words, *chances[0]),
            _blend(readings.cosine, *chances[1]),
            *(
                by_code if found is None else _blend(found.astype(np.float64), *by_code)
                for found in (readings.related, readings.outside)
            ),
        ]
        nothing = np.zeros((count, 1)), np.ones((count, 1))
        raw = [found for columns in zip(*blended, strict=True) for found in columns]
        sums = self.terms.by_target(fused(readings, Scale(np.hstack([*raw, *nothing])), mix))
        return Scale(np.hstack([*raw, *_blend(np.where(np.isinf(sums), 0.0, sums), *nothing)]))

    # --- Who answers everybody -------------------------------------------------------------------------------------

    def hubs(
        self, keys: Sequence[str], index: TermIndex, vectoriser: Vectoriser, mix: Mix, *, threads: int = 1
    ) -> Floats:
        """For every target of an index: how well it answers the texts of the sample, as the mean of its best scores
        times how much the sample has to say. A text of the target itself does not ask. `threads` are for whole pools of
        achievements; they change the time, never the result."""
        asking = len(self.asking)
        hubs = np.zeros(len(keys))
        if asking <= LEAST_ANSWERED or not len(keys):
            return hubs
        from matchmaking.engine.kernel import scaling  # numba, for samples that are large enough

        kept = max(LEAST_ANSWERED, asking // _ONE_IN)
        own = self._own(keys)
        words, cosine = self._as_needs(vectoriser)
        found = np.asarray([index.vocabulary.get(token, -1) for token in self.terms.vocabulary], dtype=np.int64)
        wide = len(index.vocabulary)
        query = Query(_moved(words, found, wide), _moved(cosine, found, wide), self.terms.codes[self.asking])
        if len(keys) >= answering.FROM and not index.experts:
            laid_out = answering.Answering.of(index, query, self.scale.constants, mix)
            return _mean(laid_out.best(index, kept, own, threads=threads)) * min(1.0, asking / _FULL_STRENGTH)
        size = max(1, _BLOCK_CELLS // asking)
        for start in range(0, len(keys), size):
            stop = min(start + size, len(keys))
            part = index.slice(start, stop)
            scores = standard(part, part.read(query), self.scale, mix)
            for at in range(start, stop):
                scores[own.get(at, []), at - start] = -np.inf
            scaling.best_sums(scores, kept, hubs[start:stop])
        hubs /= kept
        return hubs * min(1.0, asking / _FULL_STRENGTH)

    def _own(self, keys: Sequence[str]) -> dict[int, list[int]]:
        """Position of a target → numbers of the asking texts that are its own."""
        places = {key: at for at, key in enumerate(self.keys)}
        owners = np.searchsorted(self.terms.starts, self.asking, side="right") - 1
        texts: dict[int, list[int]] = {}
        for number, owner in enumerate(owners.tolist()):
            texts.setdefault(owner, []).append(number)
        return {at: texts[places[key]] for at, key in enumerate(keys) if places.get(key) in texts}

    def scaled(self, vectoriser: Vectoriser, mix: Mix) -> References:
        """The sample with the constants of its texts under these shares."""
        return replace(self, scale=Scale(self._constants(vectoriser, mix)))

    def _constants(self, vectoriser: Vectoriser, mix: Mix) -> Floats:
        words, cosine = self._as_needs(vectoriser)
        chances = self._given_by_chance(words, cosine, vectoriser)
        found = []
        size = max(1, _BLOCK_CELLS // max(1, self.terms.words.shape[0]))
        for start in range(0, len(self.asking), size):
            block = slice(start, start + size)
            query = Query(words[block], cosine[block], self.terms.codes[self.asking[block]])
            picked = tuple((mean[block], spread[block]) for mean, spread in chances)
            found.append(self._scale(query, (picked[0], picked[1]), mix).constants)
        return np.vstack(found) if found else np.zeros((0, _CONSTANTS))

    def _as_needs(self, vectoriser: Vectoriser) -> tuple[sparse.csr_array, sparse.csr_array]:
        """The asking texts weighed as needs, as `Vectoriser.asked` does for one."""
        tokens = list(self.terms.vocabulary)
        rows = self.terms.cosine[self.asking]
        weights = np.asarray([vectoriser.weight(token) for token in tokens])
        cosines = np.asarray([vectoriser.cosine_weight(token) for token in tokens])
        terms = rows.indices
        words = _normed(rows, rows.data / cosines[terms] * weights[terms], np.ones_like)
        return words, _normed(rows, rows.data, lambda values: values)

    def _given_by_chance(
        self, words: sparse.csr_array, cosine: sparse.csr_array, vectoriser: Vectoriser
    ) -> tuple[Columns, Columns]:
        """What chance gives to texts weighed as needs."""
        kind = self.terms.kind
        tokens, terms = list(self.terms.vocabulary), words.indices
        cosines = np.asarray([vectoriser.cosine_weight(token) for token in tokens])
        chance = np.asarray([vectoriser.statistics.chance(token, kind) for token in tokens])
        impact, norm = vectoriser.typical_impact(kind), vectoriser.statistics.norms[kind]
        by_words = _by_chance(words, words.data * impact, chance)
        return by_words, _by_chance(cosine, cosine.data * cosines[terms] / norm, chance)

    # --- Freezing --------------------------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """A canonical form: a line of JSON, then the arrays one after the other."""
        terms = self.terms
        arrays = [
            terms.starts.astype("<i8"), self.asking.astype("<i8"), self.scale.constants.astype("<f8"),
            terms.words.indptr.astype("<i8"), terms.words.indices.astype("<i4"),
            np.rint(terms.words.data * TARGET_GRID).astype("<i4"),
            np.rint(terms.cosine.data * TARGET_GRID).astype("<i4"), np.rint(terms.codes * CODE_GRID).astype("<i2"),
        ]  # fmt: skip
        header = json.dumps({
            "keys": self.keys, "tokens": list(terms.vocabulary), "best": terms.best, "experts": terms.experts,
            "own": terms.own,
            "shapes": [array.shape for array in arrays],
        }, ensure_ascii=False).encode()  # fmt: skip
        return b"".join((_MAGIC, len(header).to_bytes(8, "little"), header, *(array.tobytes() for array in arrays)))

    @classmethod
    def from_bytes(cls, data: bytes) -> References:
        """The reverse of `to_bytes`. Raises ValueError when the bytes are something else or cut short."""
        at = len(_MAGIC) + 8
        if not data.startswith(_MAGIC) or len(data) < at:
            raise ValueError("these bytes are no references of this version")
        stop = at + int.from_bytes(data[len(_MAGIC) : at], "little")
        header = json.loads(data[at:stop])
        arrays = []
        for shape, dtype in zip(
            header["shapes"], ("<i8", "<i8", "<f8", "<i8", "<i4", "<i4", "<i4", "<i2"), strict=True
        ):
            count = int(np.prod(shape))
            if stop + count * np.dtype(dtype).itemsize > len(data):
                raise ValueError("the references are cut short")
            arrays.append(np.frombuffer(data, dtype=dtype, count=count, offset=stop).reshape(shape))
            stop += count * np.dtype(dtype).itemsize
        starts, asking, constants, ends, indices, words, cosine, codes = arrays
        vocabulary = {token: number for number, token in enumerate(header["tokens"])}
        matrices = (
            matrix_of(words / TARGET_GRID, indices, ends, len(vocabulary)),
            matrix_of(cosine / TARGET_GRID, indices, ends, len(vocabulary)),
        )
        coded = codes.astype(np.float32) / np.float32(CODE_GRID)
        layout = starts, header["best"]
        terms = TermIndex.of(vocabulary, matrices, coded, layout, experts=header["experts"], own=header["own"])
        return cls(tuple(header["keys"]), terms, asking, Scale(constants))


def _mean(best: Floats) -> Floats:
    """The means of rows, added up from the first to the last."""
    sums = best[:, 0].copy()
    for column in best.T[1:]:
        sums += column
    return sums / best.shape[1]


def fused(readings: Readings, scale: Scale, mix: Mix) -> Floats:
    """The readings in standard deviations, weighted and added in one order, (needs, rows)."""
    sums = np.zeros_like(readings.words)
    compiled = len(sums) >= COMPILED_FROM
    for reading, found in enumerate((readings.words, readings.cosine, readings.related, readings.outside)):
        if found is not None and compiled:
            from matchmaking.engine.kernel import scaling  # numba, for whole batches only

            scaling.add(found, scale.mean(reading)[:, 0], scale.spread(reading)[:, 0], mix[reading], sums)
        elif found is not None:
            sums += mix[reading] * ((found - scale.mean(reading)) / scale.spread(reading))
    return sums


def standard(index: TermIndex, readings: Readings, scale: Scale, mix: Mix) -> Floats:
    """The sums by target, in standard deviations, (needs, targets); -inf for a target without text."""
    mean, spread = scale.sums
    result: Floats = (index.by_target(fused(readings, scale, mix)) - mean) / spread
    return result


def _columns(chances: Sequence[Chance]) -> Columns:
    means = np.asarray([chance.mean for chance in chances], dtype=np.float64)
    spreads = np.asarray([chance.spread for chance in chances], dtype=np.float64)
    return means[:, None], spreads[:, None]


def _blend(found: Floats, mean: Floats, spread: Floats) -> Columns:
    """Mean and spread of the sample, filled up with `_IMAGINED` values of that mean and spread; each (needs, 1)."""
    count = found.shape[1] + _IMAGINED
    found = np.ascontiguousarray(found)
    middle = (np.add.reduce(found, axis=1, keepdims=True) + _IMAGINED * mean) / count
    around = np.add.reduce((found - middle) ** 2, axis=1, keepdims=True)
    variance = (around + _IMAGINED * (spread**2 + (mean - middle) ** 2)) / count
    return middle, np.sqrt(variance)


def _normed(rows: sparse.csr_array, values: Floats, power: Any) -> sparse.csr_array:
    """Rows with these values, divided by their sum (power: ones) or their length (power: the values), on the grid."""
    ends = rows.indptr
    filled = np.flatnonzero(np.diff(ends))
    sums = np.ones(rows.shape[0])
    if len(filled):
        sums[filled] = np.add.reduceat(values * power(values), ends[filled])
    unit = np.sqrt(sums) if power(np.full(1, 2.0))[0] == 2.0 else sums
    scaled = np.rint(values / np.repeat(unit, np.diff(ends)) * NEED_GRID) / NEED_GRID
    return matrix_of(scaled, rows.indices, ends, rows.shape[1])


def _by_chance(rows: sparse.csr_array, values: Floats, chance: Floats) -> Columns:
    """Mean and spread of the sums of rows when every term is there with its chance."""
    there = chance[rows.indices]
    means, variances = np.zeros(rows.shape[0]), np.zeros(rows.shape[0])
    filled = np.flatnonzero(np.diff(rows.indptr))
    if len(filled):
        means[filled] = np.add.reduceat(values * there, rows.indptr[filled])
        variances[filled] = np.add.reduceat(values * values * there * (1.0 - there), rows.indptr[filled])
    return means[:, None], np.where(variances > 0.0, np.sqrt(variances), 1.0)[:, None]


def _moved(rows: sparse.csr_array, numbers: NDArray[np.int64], wide: int) -> sparse.csr_array:
    """The rows over another vocabulary, in which a term has another number or none (-1)."""
    moved = numbers[rows.indices]
    kept = moved >= 0
    ends = np.concatenate(([0], np.cumsum(kept)))[rows.indptr]
    return matrix_of(rows.data[kept], moved[kept].astype(np.int32), ends.astype(np.int64), wide)
