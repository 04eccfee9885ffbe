"""Needs made ready to be held against an index: their terms, their codes, and their scale over the frozen sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine import bulk
from matchmaking.engine.fields import need_texts, one_text
from matchmaking.engine.model import Model
from matchmaking.engine.policy import Policy
from matchmaking.engine.references import Mix, References, Scale
from matchmaking.engine.statistics import Kind
from matchmaking.engine.text import tokenise
from matchmaking.engine.types import NeedProfile
from matchmaking.engine.vectors import NEEDS_REMEMBERED, NeedTerms, Tokeniser, Vectoriser

Codes = NDArray[np.float32]
Floats = NDArray[np.float64]
Weighed = tuple[list[NeedTerms], Codes, Scale]


@dataclass(frozen=True, slots=True)
class Weigher:
    """Weighs needs under one model and one policy. `tokens` may be a cached `tokenise`."""

    model: Model
    policy: Policy
    tokens: Tokeniser = tokenise
    vectoriser: Vectoriser = field(init=False)
    mix: Mix = field(init=False)
    _weighed: dict[tuple[Kind, NeedProfile], NeedTerms] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _known: dict[NeedProfile, Codes] = field(default_factory=dict, init=False, repr=False, compare=False)
    _scales: dict[tuple[Kind, NeedProfile], Floats] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "vectoriser", Vectoriser(self.model.statistics, self.policy, self.tokens))
        object.__setattr__(self, "mix", self.model.mix(self.policy))

    def weigh(self, needs: Sequence[NeedProfile], kind: Kind) -> Weighed:
        """The needs for targets of a kind."""
        terms = self._terms(needs, kind)
        codes = self._codes(needs, terms)
        return terms, codes, self._scale(needs, terms, codes, kind)

    def _terms(self, needs: Sequence[NeedProfile], kind: Kind) -> list[NeedTerms]:
        """The terms of needs; those of many are remembered for both kinds, as who ranks them keeps them next."""
        missing = [need for need in needs if (kind, need) not in self._weighed]
        if len(missing) >= bulk.NEEDS_FROM and self.tokens is tokenise:
            for one, found in bulk.weigh_needs(missing, self.vectoriser).items():
                self._remember(self._weighed, [(one, need) for need in missing], found)
        return [self._weighed.get((kind, need)) or self.vectoriser.need(need, kind) for need in needs]

    def _scale(self, needs: Sequence[NeedProfile], terms: Sequence[NeedTerms], codes: Codes, kind: Kind) -> Scale:
        """The scale of needs; remembered, as who ranks them explains or keeps them next."""
        held = [self._scales.get((kind, need)) for need in needs]
        missing = [at for at, one in enumerate(held) if one is None]
        if missing or not needs:
            coder = self.model.coder
            references = self.model.references.get(kind) or References.none(kind, self.policy.best_documents, coder)
            found = references.scale_of([terms[at] for at in missing], codes[missing], self.mix)
            if len(missing) == len(needs):
                self._remember(self._scales, [(kind, need) for need in needs], found.constants)
                return found
            self._remember(self._scales, [(kind, needs[at]) for at in missing], found.constants)
            for at, constants in zip(missing, found.constants, strict=True):
                held[at] = constants
        return Scale(np.vstack([one for one in held if one is not None]))

    def _codes(self, needs: Sequence[NeedProfile], terms: Sequence[NeedTerms]) -> Codes:
        """The codes of needs; remembered, as a need is held against one kind after the other."""
        held = [self._known.get(need) for need in needs]
        missing = [at for at, one in enumerate(held) if one is None]
        if missing or not needs:
            texts = [one_text(need_texts(needs[at])) for at in missing]
            codes = self.model.coder.codes([terms[at].plain for at in missing], texts)
            self._remember(self._known, [needs[at] for at in missing], codes)
            if len(missing) == len(needs):
                return codes
            for at, code in zip(missing, codes, strict=True):
                held[at] = code
        return np.vstack([one for one in held if one is not None])

    @staticmethod
    def _remember(known: dict[Any, Any], keys: Sequence[Any], values: Sequence[Any] | NDArray[Any]) -> None:
        """Take values in; what is oldest is forgotten for them, so that a block stays as long as it is in work."""
        for oldest in list(islice(known, max(0, len(known) + len(keys) - 2 * NEEDS_REMEMBERED))):
            del known[oldest]
        known |= zip(keys, values, strict=True)


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
