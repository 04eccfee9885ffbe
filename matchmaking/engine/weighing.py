"""Needs made ready to be held against an index: their terms, their codes, and their scale over the frozen sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.fields import need_texts, one_text
from matchmaking.engine.model import Model
from matchmaking.engine.policy import Policy
from matchmaking.engine.references import Mix, References, Scale
from matchmaking.engine.statistics import Kind
from matchmaking.engine.text import tokenise
from matchmaking.engine.types import NeedProfile
from matchmaking.engine.vectors import NEEDS_REMEMBERED, NeedTerms, Tokeniser, Vectoriser

Codes = NDArray[np.float32]
Weighed = tuple[list[NeedTerms], Codes, Scale]


@dataclass(frozen=True, slots=True)
class Weigher:
    """Weighs needs under one model and one policy. `tokens` may be a cached `tokenise`."""

    model: Model
    policy: Policy
    tokens: Tokeniser = tokenise
    vectoriser: Vectoriser = field(init=False)
    mix: Mix = field(init=False)
    _known: dict[NeedProfile, Codes] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "vectoriser", Vectoriser(self.model.statistics, self.policy, self.tokens))
        object.__setattr__(self, "mix", self.model.mix(self.policy))

    def weigh(self, needs: Sequence[NeedProfile], kind: Kind) -> Weighed:
        """The needs for targets of a kind."""
        terms = [self.vectoriser.need(need, kind) for need in needs]
        coder, codes = self.model.coder, self._codes(needs, terms)
        references = self.model.references.get(kind) or References.none(kind, self.policy.best_documents, coder)
        return terms, codes, references.scale_of(terms, codes, self.mix)

    def _codes(self, needs: Sequence[NeedProfile], terms: Sequence[NeedTerms]) -> Codes:
        """The codes of needs; remembered, as a need is held against one kind after the other."""
        known = self._known
        missing = {need: at for at, need in enumerate(needs) if need not in known}
        if len(known) + len(missing) > NEEDS_REMEMBERED:
            known.clear()
            missing = {need: at for at, need in enumerate(needs)}
        if missing or not needs:
            texts = [one_text(need_texts(need)) for need in missing]
            codes = self.model.coder.codes([terms[at].plain for at in missing.values()], texts)
            known |= zip(missing, codes, strict=True)
            if len(missing) == len(needs):
                return codes
        return np.vstack([known[need] for need in needs])


@dataclass(frozen=True, slots=True)
class Remembering(Weigher):
    """Weighs a text once: for a caller who holds the same few texts against many small indexes."""

    most: int = 64
    _held: dict[tuple[Kind, tuple[tuple[str, str], ...]], Weighed] = field(default_factory=dict)

    def weigh(self, needs: Sequence[NeedProfile], kind: Kind) -> Weighed:
        keys = [(kind, tuple(need_texts(need))) for need in needs]
        missing = {key: need for key, need in zip(keys, needs, strict=True) if key not in self._held}
        if len(self._held) + len(missing) > self.most:
            self._held.clear()
            missing = dict(zip(keys, needs, strict=True))
        for key, need in missing.items():
            self._held[key] = Weigher.weigh(self, [need], kind)
        found = [self._held[key] for key in keys]
        terms = [one for listed, _, _ in found for one in listed]
        codes = np.vstack([codes for _, codes, _ in found])
        return terms, codes, Scale(np.vstack([scale.constants for _, _, scale in found]))
