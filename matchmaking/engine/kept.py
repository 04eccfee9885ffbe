"""The needs of a block as they were weighed, as a file beside the indexes of a run.

    path = KeptNeeds.of(needs, weigher, reach).save(folder, weigher)      # <digest>.needs
    kept = KeptNeeds.load(path, model=weigher.model.digest, policy=weigher.policy.digest)
    pairs = kept.within_reach(index, keys)                       # who may enter a list, without reading a need
    replace(index, weigher=KeptWeigher.of(index.weigher, [kept])).score_pairs(pairs)    # the same bits

What a later run holds against a few new targets is then neither read nor weighed against the frozen sample again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matchmaking.engine.kernel.container import Container, DamagedIndexError
from matchmaking.engine.ranking import Index
from matchmaking.engine.references import Scale, standard
from matchmaking.engine.statistics import Kind
from matchmaking.engine.stored import json_array, lines_array, read_lines
from matchmaking.engine.terms import Query, Rows, TermIndex, matrix_of, paired
from matchmaking.engine.types import NeedProfile
from matchmaking.engine.vectors import Chance, NeedTerms
from matchmaking.engine.weighing import Codes, Weighed, Weigher

Floats = NDArray[np.float64]
# By kind of target: what a newcomer has to score to enter the list of each need; 0 where the list has a place left.
Reach = Mapping[Kind, Sequence[float]]
_NEEDS = Container("tongti-needs-", 1, ".needs")
_KINDS = (Kind.OFFER, Kind.DOCUMENT)
_UNKNOWN = Chance(0.0, 1.0)  # stands in the constants already
_MARGIN = 1e-9  # far more than the last bits of a score


@dataclass(frozen=True, slots=True)
class KeptNeeds:
    """Weighed needs, a row each. `words` and `cosine` weigh the same terms in the same order, `scales` are the
    constants of `references.Scale` and `reach` the scores to reach, by kind of target."""

    keys: tuple[str, ...]
    tokens: tuple[str, ...]
    words: sparse.csr_array
    cosine: sparse.csr_array
    codes: Codes
    scales: Mapping[Kind, Floats]
    reach: Mapping[Kind, Floats]
    rows: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", {key: row for row, key in enumerate(self.keys)})

    @classmethod
    def of(cls, needs: Sequence[NeedProfile], weigher: Weigher, reach: Reach) -> KeptNeeds:
        """Keep needs that were just ranked: the weigher remembers what it has found."""
        numbers: dict[str, int] = {}
        words, cosine, scales = Rows(numbers), [np.zeros(0)], {}
        codes: Codes = np.zeros((len(needs), 0), dtype=np.float32)
        for place, kind in enumerate(reach):
            terms, codes, scale = weigher.weigh(needs, kind)
            scales[kind] = scale.constants
            for need in terms if not place else ():
                words.add(need.words)
                cosine.append(np.fromiter(need.cosine.values(), np.float64, len(need.cosine)))
        rows = words.matrix(len(numbers))
        asked = {kind: np.asarray(scores, dtype=np.float64) for kind, scores in reach.items()}
        keys = tuple(need.key for need in needs)
        return cls(keys, tuple(numbers), rows, paired(rows, np.concatenate(cosine)), codes, scales, asked)

    def save(self, folder: Path, weigher: Weigher) -> Path:
        """Write the file and return its path. Raises OSError."""
        arrays = {
            "ends": self.words.indptr, "terms": self.words.indices, "words": self.words.data,
            "cosine": self.cosine.data, "codes": self.codes, "tokens": lines_array(self.tokens),
            "about": json_array({
                "keys": self.keys, "model": weigher.model.digest, "policy": weigher.policy.digest,
            }),
        }  # fmt: skip
        for kind in self.scales:
            arrays |= {f"scale.{kind.name}": self.scales[kind], f"reach.{kind.name}": self.reach[kind]}
        return _NEEDS.save(arrays, folder)

    @classmethod
    def load(cls, path: Path, *, model: str, policy: str) -> KeptNeeds:
        """Map needs weighed under the model and the policy of these digests. Raises DamagedIndexError when they were
        weighed under others, and FileNotFoundError."""
        arrays = _NEEDS.load(path)
        try:
            about = json.loads(bytes(arrays["about"]))
            if (about["model"], about["policy"]) != (model, policy):
                raise DamagedIndexError(f"{path.name} was weighed under another model")
            tokens = tuple(read_lines(arrays["tokens"]))
            words = matrix_of(arrays["words"], arrays["terms"], arrays["ends"], len(tokens))
            scales, reach = (
                {kind: arrays[name] for kind in _KINDS if (name := f"{part}.{kind.name}") in arrays}
                for part in ("scale", "reach")
            )
            cosine = paired(words, arrays["cosine"])
            return cls(tuple(about["keys"]), tokens, words, cosine, arrays["codes"], scales, reach)
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedIndexError(f"{path.name} is damaged: {error}") from error

    def within_reach(self, index: Index, keys: Sequence[str]) -> dict[str, list[str]]:
        """By need the targets of an index that may enter its list: those that would, if all that is said beside the
        texts spoke for them. Whoever is left out is certain not to enter."""
        kind, scorer = index.terms.kind, index.structure.scorer
        rows = np.asarray([self.rows[key] for key in keys], dtype=np.int64)
        if not len(rows) or not index.targets:
            return {}
        readings = index.terms.read(self._query(rows, index.terms))
        scale = Scale(self.scales[kind][rows])
        deviations = standard(index.terms, readings, scale, index.weigher.mix) - index.hubs
        evidence = scorer.evidence(deviations, index.terms.shared(readings))
        most = scorer.score(evidence, np.broadcast_to(_most_lift(index), evidence.shape))
        near = (evidence > 0.0) & (most >= self.reach[kind][rows, None] - _MARGIN)
        found: dict[str, list[str]] = {}
        for row, at in np.argwhere(near).tolist():
            found.setdefault(keys[row], []).append(index.targets[at].key)
        return found

    def _query(self, rows: NDArray[np.int64], terms: TermIndex) -> Query:
        """Some of the needs over the vocabulary of an index."""
        words, cosine = self.words[rows], self.cosine[rows]
        numbers = np.asarray([terms.vocabulary.get(token, -1) for token in self.tokens], dtype=np.int32)
        moved = numbers[words.indices]
        known = moved >= 0
        until = np.concatenate(([0], np.cumsum(known)))[words.indptr]
        impacts = matrix_of(words.data[known], moved[known], until, len(terms.vocabulary))
        return Query(impacts, paired(impacts, cosine.data[known]), self.codes[rows])

    def weighed(self, key: str, kind: Kind) -> Weighed:
        """One need as it was weighed."""
        row = self.rows[key]
        piece = slice(*self.words.indptr[row : row + 2].tolist())
        tokens = [self.tokens[term] for term in self.words.indices[piece].tolist()]
        words = dict(zip(tokens, self.words.data[piece].tolist(), strict=True))
        cosine = dict(zip(tokens, self.cosine.data[piece].tolist(), strict=True))
        terms = NeedTerms({}, words, cosine, _UNKNOWN, _UNKNOWN)
        return [terms], self.codes[row : row + 1], Scale(self.scales[kind][row : row + 1])


@dataclass(frozen=True, slots=True)
class KeptWeigher(Weigher):
    """Takes from the files what is kept there and weighs the other needs."""

    kept: Mapping[str, KeptNeeds] = field(default_factory=dict)

    @classmethod
    def of(cls, weigher: Weigher, kept: Sequence[KeptNeeds]) -> KeptWeigher:
        """Weighs as `weigher`. Only for needs whose texts are those that were kept."""
        return cls(weigher.model, weigher.policy, weigher.tokens, {key: one for one in kept for key in one.keys})

    def weigh(self, needs: Sequence[NeedProfile], kind: Kind) -> Weighed:
        found = [
            self.kept[need.key].weighed(need.key, kind) if need.key in self.kept else Weigher.weigh(self, [need], kind)
            for need in needs
        ]
        terms = [one for listed, _, _ in found for one in listed]
        codes = np.vstack([codes for _, codes, _ in found])
        return terms, codes, Scale(np.vstack([scale.constants for _, _, scale in found]))


def _most_lift(index: Index) -> Floats:
    """How far every target could be lifted: by whatever it states."""
    weights = index.structure.scorer.weights
    lift = weights["indicators"] * np.asarray([bool(lines) for lines in index.structure.offered], dtype=np.float64)
    for column in index.structure.columns:
        lift += weights[column.signal.name] * (column.codes > 0)
    return lift
