"""A second reading of the few best pairs by a cross-encoder from outside, which sees both texts at once.

It is slow, so a need has only its best candidates by the first reading read again, and only those are ranked: whoever
is listed carries both readings. A pair that is named is always read again, so it has one score wherever it is met.

What a cross-encoder says lies on a scale of its own. Its zero and its unit are frozen with the model: the mean and the
spread over pairs of which half belong together (the two halves of one text) and half do not (halves of two texts).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.encoder import sampled
from matchmaking.engine.fields import offer_texts, one_text
from matchmaking.engine.types import ExpertProfile, Target

Floats = NDArray[np.float64]
_PROBED = 40
_MOST = 2.0
_GRID = float(1 << 20)


class PairReader(Protocol):
    """Pairs of texts as numbers, the higher the closer. What it says of a pair must not depend on those beside it."""

    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str: ...

    def readings(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """What it says of each pair, (pairs,)."""
        ...


@dataclass(frozen=True, slots=True)
class Second:
    """What a model freezes of a cross-encoder: who it is, and the zero and the unit of what it says."""

    name: str
    digest: str
    mean: float
    spread: float

    @classmethod
    def of(cls, reader: PairReader, texts: Sequence[str]) -> Second:
        """Measure a reader on halves of some of the texts."""
        chosen = [texts[at] for at in sampled(texts, _PROBED) if len(texts[at]) > 1]
        halves = [(text[: len(text) // 2], text[len(text) // 2 :]) for text in chosen]
        strange = [(one, other) for (one, _), (_, other) in zip(halves, halves[1:] + halves[:1], strict=True)]
        found = _finite(reader.readings([*halves, *strange])) if halves else np.zeros(0)
        spread = float(found.std()) if len(found) else 0.0
        return cls(reader.name, reader.digest, float(found.mean()) if len(found) else 0.0, spread or 1.0)

    def is_of(self, reader: PairReader | None) -> bool:
        """Whether that is the reader which was measured."""
        return reader is not None and (self.name, self.digest) == (reader.name, reader.digest)

    def deviations(self, reader: PairReader, need: str, targets: Sequence[Sequence[str]]) -> Floats:
        """What the reader says of a need and each of some targets, in deviations: the mean over the texts of a target.
        Zero for who has no text."""
        pairs = [(need, text) for texts in targets for text in texts] if need.strip() else []
        found = _finite(reader.readings(pairs)) if pairs else np.zeros(sum(map(len, targets)))
        if not pairs:
            return np.zeros(len(targets))
        scaled = np.rint(np.clip((found - self.mean) / self.spread, -_MOST, _MOST) * _GRID) / _GRID
        ends = np.cumsum([0, *map(len, targets)])
        return np.asarray([
            np.add.reduce(scaled[first:last]) / (last - first) if last > first else 0.0
            for first, last in pairwise(ends.tolist())
        ])  # fmt: skip


def texts_to_read(target: Target, rows: Floats, best: int) -> list[str]:
    """The text of an achievement; of an expert the documents that the first reading finds best (`rows`: its scores)."""
    if not isinstance(target, ExpertProfile):
        text = one_text(offer_texts(target))
        return [text] if text.strip() else []
    documents = [document for document in target.documents if document]
    order = sorted(range(len(documents)), key=lambda at: (-rows[at], at))[:best]
    return [documents[at] for at in order if documents[at].strip()]


def _finite(found: Floats) -> Floats:
    return np.nan_to_num(np.asarray(found, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
