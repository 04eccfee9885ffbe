"""Why a candidate stands where it stands: shared wording, sentences to read side by side, what is not
covered.

The text score is a sum over terms, so the explanation is exact and not a story told afterwards. Signals:

    text           params: share (text score), terms ((wording, contribution), ...) strongest first, rest
                   (contribution of all other shared terms); quotes of both sides
    missing_terms  params: terms (wording, ...) that weigh in the need and are not in the target; contribution 0

and the structural signals, see `signals` and `structure.compare_indicators`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.fields import quotable_texts
from matchmaking.engine.passages import Places, Sentences
from matchmaking.engine.scoring import ceiling_of, signal_reasons
from matchmaking.engine.structure import StructureIndex
from matchmaking.engine.terms import Part, TermIndex
from matchmaking.engine.text import normalise
from matchmaking.engine.types import ExpertProfile, NeedProfile, Quote, Reason, Target
from matchmaking.engine.vectors import Vectoriser, Weights

Floats = NDArray[np.float64]
_TRIMMED = "的了和与及或在对为等是有于并将以其被把从到中之所"
_MISSING_SHOWN = 5
_COVERED = 0.5


@dataclass(slots=True)
class _Read:
    """A target prepared for quoting: its sentences (by part) and its whole text, folded."""

    sentences: dict[int, Sentences]
    text: str


@dataclass(slots=True)
class NeedReader:
    """One need prepared for explaining all of its candidates; `weights` is dense with one spare place at the
    end."""

    need: NeedProfile
    weights: Floats
    sentences: Sentences
    places: Places


@dataclass(slots=True)
class Explainer:
    """Explains the pairs of one index. Prepared targets are kept: most are shown to more than one need."""

    targets: Sequence[Target]
    terms: TermIndex
    structure: StructureIndex
    vectoriser: Vectoriser
    _read: dict[int, _Read] = field(default_factory=dict)

    def read(self, need: NeedProfile, weights: Weights) -> NeedReader:
        """Prepare a need; `weights` are its normalised terms."""
        vocabulary = self.terms.vocabulary
        dense = np.zeros(len(vocabulary) + 1)
        for token, weight in weights.items():
            term = vocabulary.get(token)
            if term is not None:
                dense[term] = weight
        texts = quotable_texts(need)
        places = Places.of(texts, weights, vocabulary, self.vectoriser.statistics)
        return NeedReader(need, dense, Sentences.of(texts, vocabulary), places)

    def reasons(self, reader: NeedReader, at: int, text: float, *, quoted: bool) -> tuple[Reason, ...]:
        """All reasons of a pair whose text score is `text`: text first, then what is missing, then the
        signals."""
        policy = self.vectoriser.policy
        parts = self.terms.parts(at, reader.weights)
        shared = self._shared(reader, parts)
        found = float(shared.sum())
        # A text score is cut at 1; the parts of the sum are cut with it.
        scale = (text / found if found > 1.0 else 1.0) / ceiling_of(policy)
        read = self._target(at)
        wordings = _shared_wordings(reader.places, shared, read.text)
        shown = wordings[: policy.shown_terms]
        rest = found - sum(weight for _, weight in shown)
        params = {
            "share": text,
            "terms": tuple((wording, weight * scale) for wording, weight in shown),
            "rest": rest * scale,
        }
        need_quotes, offer_quotes = self._quotes(reader, read, parts, shared) if quoted else ((), ())
        reasons = [Reason("text", found * scale, params, need_quotes, offer_quotes)]
        missing = _missing_wordings(reader.places, shared)
        if missing:
            reasons.append(Reason("missing_terms", 0.0, {"terms": missing}))
        fits = self.structure.fits(reader.need, at)
        return (*reasons, *signal_reasons(text, fits, policy))

    def _shared(self, reader: NeedReader, parts: Sequence[Part]) -> Floats:
        """What every term adds to the text score of the pair (dense, one spare place)."""
        shared = np.zeros(len(reader.weights))
        for part in parts:
            terms, values = self.terms.row(part.row)
            shared[terms] += reader.weights[terms] * values * part.factor
        return shared

    def _target(self, at: int) -> _Read:
        if at not in self._read:
            target = self.targets[at]
            texts = quotable_texts(target)
            vocabulary = self.terms.vocabulary
            start = int(self.terms.starts[at])
            groups = [[text] for text in texts] if isinstance(target, ExpertProfile) else [texts]
            found = {start + number: Sentences.of(group, vocabulary) for number, group in enumerate(groups)}
            self._read[at] = _Read(found, "\n".join(normalise(text) for _, text in texts))
        return self._read[at]

    def _quotes(
        self, reader: NeedReader, read: _Read, parts: Sequence[Part], shared: Floats
    ) -> tuple[tuple[Quote, ...], tuple[Quote, ...]]:
        need_quote = reader.sentences.best(shared)
        offered = (read.sentences[part.row].best(shared) for part in parts)
        return (need_quote,) if need_quote else (), tuple(quote for quote in offered if quote)


def _shared_wordings(places: Places, shared: Floats, target_text: str) -> list[tuple[str, float]]:
    """The need's wordings that the target shares, with what their terms add, strongest first.

    A wording is a word, or the longest stretch of a Chinese run whose pairs the target has and that stands in
    the target as it is. Every term is credited to the place where it stands first.
    """
    doubles, singles = shared[places.double], shared[places.single]
    present = np.concatenate(([False], doubles > 0.0, [False]))
    edges = np.flatnonzero(present[1:] != present[:-1])
    credit_double = np.concatenate(([0.0], np.cumsum(doubles * places.first_double)))
    credit_single = np.concatenate(([0.0], np.cumsum(singles * places.first_single)))
    found: dict[str, float] = {}
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        for left, right in _stretches(places.text, start, end + 1, target_text):
            wording = "".join(places.text[left:right])
            credit = credit_double[right - 1] - credit_double[left] + credit_single[right] - credit_single[left]
            found[wording] = found.get(wording, 0.0) + float(credit)
    for at in np.flatnonzero(singles * places.first_single).tolist():
        word = places.text[at]
        if len(word) > 1:
            found[word] = float(singles[at])
    return sorted(((word, credit) for word, credit in found.items() if credit > 0.0), key=lambda p: (-p[1], p[0]))


def _stretches(text: Sequence[str], start: int, end: int, target_text: str) -> list[tuple[int, int]]:
    """Cut a stretch of shared pairs into the longest parts that stand in the target, function words
    trimmed."""
    found = []
    left = start
    while left < end - 1:
        right = end
        while right > left + 2 and "".join(text[left:right]) not in target_text:
            right -= 1
        trimmed_left, trimmed_right = left, right
        while trimmed_left < trimmed_right and text[trimmed_left] in _TRIMMED:
            trimmed_left += 1
        while trimmed_right > trimmed_left and text[trimmed_right - 1] in _TRIMMED:
            trimmed_right -= 1
        if trimmed_right - trimmed_left > 1:
            found.append((trimmed_left, trimmed_right))
        left = right
    return found


def _missing_wordings(places: Places, shared: Floats) -> tuple[str, ...]:
    """The need's weightiest wordings of which the target has less than half."""
    if not places.phrases:
        return ()
    member = places.phrase >= 0
    numbers = places.phrase[member]
    size = len(places.phrases)
    places_of = np.bincount(numbers, minlength=size)
    held = np.bincount(numbers, weights=shared[places.double[member]] > 0.0, minlength=size)
    whole = np.bincount(numbers, weights=shared[places.single[member]] > 0.0, minlength=size)
    wordings = []
    for number, (wording, weight) in enumerate(places.phrases):
        is_word = not wording[0] >= "\u3007"
        covered = whole[number] / places_of[number] if is_word else held[number] / max(1, places_of[number] - 1)
        if covered < _COVERED:
            wordings.append((wording, weight))
    wordings.sort(key=lambda pair: (-pair[1], pair[0]))
    return tuple(wording for wording, _ in wordings[:_MISSING_SHOWN])
