"""Texts as codes: those of the platform's own encoder, and beside them those of one encoder from outside.

An encoder from outside is anything with a name, a digest and vectors. Its vectors are brought to unit length and to the
grid of all codes, so that their products are exact in any order and company, see `encoder`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matchmaking.engine.encoder import CODE_GRID, Encoder, Weights, unit

Codes = NDArray[np.float32]


class SentenceEncoder(Protocol):
    """Texts as vectors. `digest` stands for everything its vectors depend on; the vector of a text must not depend on
    the texts beside it."""

    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def dimensions(self) -> int: ...

    def vectors(self, texts: Sequence[str]) -> Codes:
        """The vectors of texts that are not empty, (texts, dimensions)."""
        ...


@dataclass(frozen=True, slots=True)
class Named:
    """What a model freezes of an encoder from outside."""

    name: str
    digest: str
    dimensions: int

    @classmethod
    def of(cls, sentences: SentenceEncoder) -> Named:
        """The name of an encoder."""
        return cls(sentences.name, sentences.digest, sentences.dimensions)


@dataclass(frozen=True, slots=True)
class Coder:
    """The encoders of a model; a missing one has no columns."""

    encoder: Encoder | None = None
    sentences: SentenceEncoder | None = None

    @property
    def own(self) -> int:
        """How many columns are of the platform's own encoder; they come first."""
        return self.encoder.table.shape[1] if self.encoder else 0

    def codes(self, plain: Sequence[Weights], texts: Sequence[str]) -> Codes:
        """The codes of texts, given as weighted tokens and as they are written; zeros for an empty one."""
        own = self.encoder.codes(plain) if self.encoder else np.zeros((len(texts), 0), dtype=np.float32)
        return self._beside(own, texts)

    def codes_of(self, plain: sparse.csr_array, tokens: Iterable[str], texts: Sequence[str]) -> Codes:
        """The same of texts whose tokens are numbered, a row each."""
        own = self.encoder.codes_of(plain, tokens) if self.encoder else np.zeros((len(texts), 0), dtype=np.float32)
        return self._beside(own, texts)

    def _beside(self, own: Codes, texts: Sequence[str]) -> Codes:
        """These codes, and beside them those of the encoder from outside."""
        if self.sentences is None:
            return own
        outside = np.zeros((len(texts), self.sentences.dimensions), dtype=np.float32)
        filled = [at for at, text in enumerate(texts) if text.strip()]
        if filled:
            found = np.asarray(self.sentences.vectors([texts[at] for at in filled]), dtype=np.float32)
            found = np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0)
            outside[filled] = np.rint(unit(found) * CODE_GRID) / CODE_GRID
        return np.hstack([own, outside])
