"""Why a candidate stands where it stands: shared wording, sentences to read side by side, what is not covered.

The products of the words are sums over terms, so the explanation is exact and not a story told afterwards. Signals:

    text           params: evidence (see `scoring`), share (of the need's terms), terms ((wording, contribution), ...)
                   strongest first, rest (contribution of all other shared terms); quotes of both sides
    related        what wording adds that goes together without being the same
    outside        what an encoder from outside adds; params: name
    hub            what is taken off because the target answers many needs alike; params: deviations
    chance         what any target would have got: the zero point of the score
    missing_terms  params: terms (wording, ...) that weigh in the need and are not in the target; contribution 0

and the structural signals, see `signals` and `structure.compare_indicators`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.fields import quotable_texts
from matchmaking.engine.passages import Places, Sentences, Wordings, runs_of
from matchmaking.engine.references import Mix, Scale
from matchmaking.engine.structure import NeedCodes, StructureIndex
from matchmaking.engine.terms import Part, Query, Readings, TermIndex
from matchmaking.engine.text import normalise
from matchmaking.engine.types import ExpertProfile, NeedProfile, Quote, Reason, Target
from matchmaking.engine.vectors import Vectoriser, Weights

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
_ASKING_FIELDS = frozenset({"title", "keywords", "goal", "indicators"})
_MISSING_SHOWN = 5
_WORTH_QUOTING = 0.25
_SPARE_STRETCHES = 3
_TRIMMED = frozenset("的了和与及或在对为等是有于并将以其被把从到中之所")


@dataclass(frozen=True, slots=True)
class _Target:
    """A target prepared for quoting: its sentences (an expert's by document, under the row it is) and its text."""

    sentences: dict[int, Sentences]
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A need as an index sees it: its terms with their weights, what a unit of their products adds to the deviations,
    and what the other wording of every row adds, (2, rows): by the platform's encoder and by one from outside."""

    terms: Ints
    words: Floats
    cosine: Floats
    units: tuple[float, float]
    codes: Floats

    @classmethod
    def of(cls, query: Query, readings: Readings, scale: Scale, mix: Mix, at: int) -> Asked:
        """The need at a place of a block."""
        piece = slice(*query.words.indptr[at : at + 2])
        spread = float(scale.sums[1][at, 0])
        units = [share / (float(scale.spread(reading)[at, 0]) * spread) for reading, share in enumerate(mix)]
        rows = readings.words.shape[1]
        codes = np.zeros((2, rows))
        for row, found in enumerate((readings.related, readings.outside)):
            if found is not None:
                codes[row] = found[at] * units[2 + row]
        terms, words, cosine = query.words.indices[piece], query.words.data[piece], query.cosine.data[piece]
        return cls(terms, words, cosine, (units[0], units[1]), codes)


@dataclass(frozen=True, slots=True)
class Found:
    """What scoring found for a pair: its deviations, the evidence they give, and what of them the hub took."""

    deviations: float
    evidence: float
    hub: float


@dataclass(frozen=True, slots=True)
class NeedReader:
    """One need prepared for explaining all of its candidates; `weights` (2, terms) is dense with one spare place at the
    end."""

    weights: Floats
    asked: Asked
    codes: NeedCodes
    sentences: Sentences
    places: Places
    wordings: Wordings

    def share(self, shared: Floats) -> float:
        """The share of the need's weight that a target has (dense shared weights)."""
        return float(self.asked.words[shared[self.asked.terms] > 0.0].sum())


@dataclass(slots=True)
class Explainer:
    """Explains the pairs of one index. Prepared targets are kept, as most are shown to more than one need.

    Not for use by two threads at once: a scratch array is filled and emptied for every pair. `outside` names the
    encoder from outside.
    """

    targets: Sequence[Target]
    terms: TermIndex
    structure: StructureIndex
    vectoriser: Vectoriser
    outside: str = ""
    _prepared: dict[int, _Target] = field(default_factory=dict)
    _shared: Floats = field(init=False)

    def __post_init__(self) -> None:
        self._shared = np.zeros(len(self.terms.vocabulary) + 1)

    def read(self, need: NeedProfile, weights: Weights, asked: Asked, codes: NeedCodes) -> NeedReader:
        """Prepare a need; `weights` are its normalised terms, `asked` those of them that the index knows."""
        vocabulary = self.terms.vocabulary
        dense = np.zeros((2, len(vocabulary) + 1))
        dense[0, asked.terms] = asked.words * asked.units[0]
        dense[1, asked.terms] = asked.cosine * asked.units[1]
        texts = quotable_texts(need)
        runs = runs_of(texts)
        asking = runs_of([(name, text) for name, text in texts if name in _ASKING_FIELDS])
        wordings = Wordings.of(asking, weights, vocabulary)
        return NeedReader(dense, asked, codes, Sentences.of(texts, vocabulary), Places.of(runs, vocabulary), wordings)

    def reasons(self, reader: NeedReader, at: int, found: Found, *, quoted: bool) -> tuple[Reason, ...]:
        """All reasons of a pair: its words first, then what else its texts say, then the signals."""
        scorer = self.structure.scorer
        fits = self.structure.fits(reader.codes, at)
        unit = scorer.unit(found.evidence, fits)
        # What a deviation is worth: the zero point takes up that evidence is no straight line.
        worth = unit / found.evidence if found.evidence else 0.0
        rows = slice(int(self.terms.starts[at]), int(self.terms.starts[at + 1]))
        parts = self.terms.parts(at, reader.weights, reader.asked.codes[:, rows])
        for part in parts:
            self._shared[part.terms] += part.values
        try:
            reasons = self._text_reasons(reader, at, parts, (found.evidence, worth), quoted=quoted)
        finally:
            for part in parts:
                self._shared[part.terms] = 0.0
        related, outside = sum(part.related for part in parts), sum(part.outside for part in parts)
        chance = found.evidence - sum(part.sum for part in parts) - related - outside + found.hub
        leaning = [Reason("related", related * worth)] if related else []
        leaning += [Reason("outside", outside * worth, {"name": self.outside})] if outside else []
        leaning += [Reason("hub", -found.hub * worth, {"deviations": found.hub})] if found.hub else []
        leaning += scorer.reasons(unit, fits)
        leaning.sort(key=lambda reason: (-reason.contribution, reason.signal))
        return (*reasons, *leaning, Reason("chance", chance * worth))

    def _text_reasons(
        self, reader: NeedReader, at: int, parts: Sequence[Part], weight: tuple[float, float], *, quoted: bool
    ) -> list[Reason]:
        evidence, worth = weight
        target = self._target(at)
        found = sum(part.sum for part in parts)
        shown = _shared_wordings(reader.places, self._shared, target.text, self.vectoriser.policy.shown_terms)
        params = {
            "evidence": evidence,
            "share": reader.share(self._shared),
            "terms": tuple((wording, credit * worth) for wording, credit in shown),
            "rest": (found - sum(credit for _, credit in shown)) * worth,
        }
        need_quotes, offer_quotes = self._quotes(reader, target, parts) if quoted else ((), ())
        reasons = [Reason("text", found * worth, params, need_quotes, offer_quotes)]
        missing = reader.wordings.missing(self._shared, _MISSING_SHOWN)
        if missing:
            reasons.append(Reason("missing_terms", 0.0, {"terms": missing}))
        return reasons

    def _quotes(
        self, reader: NeedReader, target: _Target, parts: Sequence[Part]
    ) -> tuple[tuple[Quote, ...], tuple[Quote, ...]]:
        need_quote = reader.sentences.best(self._shared)
        quotable = [part for part in parts if part.sum >= parts[0].sum * _WORTH_QUOTING]
        offered = (target.sentences[part.row].best(self._shared) for part in quotable)
        return (need_quote,) if need_quote else (), tuple(quote for quote in offered if quote)

    def _target(self, at: int) -> _Target:
        if at not in self._prepared:
            target = self.targets[at]
            texts = quotable_texts(target)
            groups = [[text] for text in texts] if isinstance(target, ExpertProfile) else [texts]
            first = int(self.terms.starts[at])
            found = {first + number: Sentences.of(group, self.terms.vocabulary) for number, group in enumerate(groups)}
            self._prepared[at] = _Target(found, "\n".join(normalise(text) for _, text in texts))
        return self._prepared[at]


def _shared_wordings(places: Places, shared: Floats, target_text: str, limit: int) -> list[tuple[str, float]]:
    """The need's wordings that the target shares, with what their terms add, the `limit` strongest.

    A wording is a word, or the longest stretch of a Chinese run whose pairs the target has and that stands in the
    target as it is. Every term is credited to the place where it stands first.
    """
    present = np.zeros(len(places.double) + 2, dtype=np.int8)
    present[1:-1] = shared[places.double] > 0.0
    edges = np.flatnonzero(present[1:] != present[:-1])
    starts, ends = edges[::2], edges[1::2] + 1
    singles, pairs = shared[places.single], shared[places.credited]
    until = np.zeros(len(singles) + 1)
    np.cumsum(singles + pairs, out=until[1:])
    order = np.argsort(until[starts] + pairs[starts] - until[ends], kind="stable")
    found: dict[str, float] = {}
    # A stretch may fall apart when it is cut, so a few more are looked at.
    for number in order[: limit + _SPARE_STRETCHES].tolist():
        for left, right in _stretches(places, int(starts[number]), int(ends[number]), target_text):
            wording = "".join(places.text[left:right])
            found[wording] = found.get(wording, 0.0) + float(until[right] - until[left] - pairs[left])
    for at in places.words[singles[places.words] > 0.0].tolist():
        found[places.text[at]] = float(singles[at])
    strongest = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
    return [(wording, credit) for wording, credit in strongest if credit > 0.0]


def _stretches(places: Places, start: int, end: int, target_text: str) -> list[tuple[int, int]]:
    """Cut a stretch of shared pairs into the longest parts that stand in the target, half words trimmed off."""
    text, boundary = places.text, places.boundary
    found = []
    left = start
    while left < end - 1:
        right = end
        while right > left + 2 and "".join(text[left:right]) not in target_text:
            right -= 1
        first, last = left, right
        while first < last and (not boundary[first] or text[first] in _TRIMMED):
            first += 1
        while last > first and (not boundary[last] or text[last - 1] in _TRIMMED):
            last -= 1
        if last - first > 1:
            found.append((first, last))
        left = right
    return found
