"""Why a candidate stands where it stands: shared wording, sentences to read side by side, what is not covered.

The products of the words are sums over terms, so the explanation is exact and not a story told afterwards. Signals:

    text           params: evidence (see `scoring`), share (of the need's terms), terms ((wording, contribution), ...)
                   strongest first, further (number of wordings not among them), rest (contribution of all other
                   shared terms); quotes of both sides that belong together, see `kernel.reasons`
    related        what wording adds that goes together without being the same
    outside        what an encoder from outside adds; params: name
    second         what a cross-encoder adds that has read both texts at once; params: name
    hub            what is taken off because the target answers many needs alike; params: deviations
    chance         what any target would have got: the zero point of the score
    missing_terms  params: terms (wording, ...) asked for, whose characters the target lacks; contribution 0
    limits         sentences in which an achievement states its own limits, see `limits`; contribution 0

and the structural signals, see `signals` and `structure.compare_indicators`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.cutting import Numbering, numbered, quotes_of
from matchmaking.engine.fields import quotable_texts
from matchmaking.engine.limits import stated_limits
from matchmaking.engine.passages import NeedText, characters, telling, text_of, word_bounds
from matchmaking.engine.references import Mix, Scale
from matchmaking.engine.structure import NeedCodes, StructureIndex
from matchmaking.engine.terms import Query, Readings, TermIndex, best_documents_factor
from matchmaking.engine.text import normalise
from matchmaking.engine.types import NeedProfile, Quote, Reason, Target
from matchmaking.engine.vectors import Vectoriser, Weights
from matchmaking.engine.wordings import worth_naming

if TYPE_CHECKING:
    from matchmaking.engine.kernel import reasons as loops

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
_MISSING_SHOWN = 3
# Of what the best document, and the first pair of sentences, is worth.
_WORTH_QUOTING = 0.25
_WORTH_ADDING = 0.4
# A stretch may fall apart when it is cut, so a few more are looked at.
_SPARE_STRETCHES = 3
_PARTIALS = 64


@dataclass(frozen=True, slots=True)
class _Target:
    """A target prepared for quoting: its sentences (an expert's by document), those that state its limits, and all as
    the compiled loops want it."""

    quotes: tuple[Quote, ...]
    limits: tuple[Quote, ...]
    arrays: loops.Target
    factor: float
    best: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A need as an index sees it: its terms, ascending, with their weights and whether they are longer
    than a character, what a unit of their products adds to
    the deviations, and what the other wording of every row adds, (2, rows): by the platform's encoder and by one from
    outside."""

    terms: Ints
    words: Floats
    cosine: Floats
    telling: NDArray[np.bool_]
    units: tuple[float, float]
    codes: Floats

    @classmethod
    def of(
        cls,
        query: Query,
        readings: Readings,
        scale: Scale,
        mix: Mix,
        at: int,
        *,
        singles: NDArray[np.bool_],
        among: int | None = None,
    ) -> Asked:
        """The need at a place of a block, and at the place `among` of the readings, if that is another one. `singles`
        says of every term of the index whether it is one character."""
        among = at if among is None else among
        piece = slice(*query.words.indptr[at : at + 2])
        spread = float(scale.sums[1][at, 0])
        units = [share / (float(scale.spread(reading)[at, 0]) * spread) for reading, share in enumerate(mix)]
        rows = readings.words.shape[1]
        codes = np.zeros((2, rows))
        for row, found in enumerate((readings.related, readings.outside)):
            if found is not None:
                codes[row] = found[among] * units[2 + row]
        terms, words, cosine = query.words.indices[piece], query.words.data[piece], query.cosine.data[piece]
        order = np.argsort(terms)
        return cls(terms[order], words[order], cosine[order], ~singles[terms[order]], (units[0], units[1]), codes)


@dataclass(frozen=True, slots=True)
class Found:
    """What scoring found for a pair: its deviations, the evidence they give, what of them the hub took, and what the
    codes of its rows add, (2, rows of the target), and what the cross-encoder of that name gave."""

    deviations: float
    evidence: float
    hub: float
    codes: Floats
    second: float = 0.0
    reader: str = ""


@dataclass(frozen=True, slots=True)
class NeedReader:
    """One need prepared for explaining all of its candidates; `spans` is room for what is found in its text."""

    asked: Asked
    codes: NeedCodes
    text: NeedText
    wordings: Sequence[str]
    arrays: loops.Need
    spans: loops.Spans


class _Room(threading.local):
    """What is filled and emptied for every pair: every thread that explains has its own."""

    rows: loops.Weights | None = None
    numbering: Numbering | None = None
    cut: Mapping[NeedProfile, loops.Sentences] = MappingProxyType({})
    scratch: loops.Scratch
    dense: Floats
    filled: Ints = np.zeros(0, dtype=np.int32)


@dataclass(slots=True)
class Explainer:
    """Explains the pairs of one index, to any number of threads. Prepared targets are kept, as most are shown to more
    than one need. `outside` names the encoder from outside."""

    targets: Sequence[Target]
    terms: TermIndex
    structure: StructureIndex
    vectoriser: Vectoriser
    outside: str = ""
    _prepared: dict[int, _Target] = field(default_factory=dict)
    _room: _Room = field(default_factory=_Room)

    def read(self, need: NeedProfile, weights: Weights, asked: Asked, codes: NeedCodes) -> NeedReader:
        """Prepare a need; `weights` are its normalised terms, `asked` those of them that the index knows. Only the need
        that this thread has read last can be explained."""
        from matchmaking.engine.kernel import reasons as loops  # numba, with the first reasons

        self._make_room(loops)
        room = self._room
        room.dense[:, room.filled] = 0.0
        room.filled = asked.terms
        room.dense[0, asked.terms] = asked.words * asked.units[0]
        room.dense[1, asked.terms] = asked.cosine * asked.units[1]
        vocabulary, text = self.terms.vocabulary, text_of(need)
        wordings = text.weighed(weights)
        told = [telling(wording) for wording in wordings]
        numbers = numbered(text.tokens, vocabulary)
        places = loops.Places(
            characters(text.text), numbers[text.doubles], numbers[text.singles], numbers[text.credited], text.opens,
            text.closes,
        )  # fmt: skip
        arrays = loops.Need(
            room.dense[0], room.dense[1], asked.terms, asked.words, self._cut(need, text), places,
            np.asarray([*text.spaced], dtype=np.int64), numbered([token for one in told for token in one], vocabulary),
            np.cumsum([0, *map(len, told)]),
        )  # fmt: skip
        return NeedReader(asked, codes, text, wordings, arrays, _spans(len(text.text)))

    def reasons(self, reader: NeedReader, at: int, found: Found, *, quoted: bool) -> tuple[Reason, ...]:
        """All reasons of a pair: its words first, then what else its texts say, then the signals."""
        scorer = self.structure.scorer
        fits = self.structure.fits(reader.codes, at)
        unit = scorer.unit(found.evidence, fits)
        # What a deviation is worth: the zero point takes up that evidence is no straight line.
        worth = unit / found.evidence if found.evidence else 0.0
        reasons, (words, related, outside) = self._text_reasons(reader, at, found, worth, quoted=quoted)
        chance = found.evidence - words - related - outside - found.second + found.hub
        leaning = [Reason("related", related * worth)] if related else []
        leaning += [Reason("outside", outside * worth, {"name": self.outside})] if outside else []
        leaning += [Reason("second", found.second * worth, {"name": found.reader})] if found.second else []
        leaning += [Reason("hub", -found.hub * worth, {"deviations": found.hub})] if found.hub else []
        leaning += scorer.reasons(unit, fits)
        leaning.sort(key=lambda reason: (-reason.contribution, reason.signal))
        return (*reasons, *leaning, Reason("chance", chance * worth))

    def _text_reasons(
        self, reader: NeedReader, at: int, found: Found, worth: float, *, quoted: bool
    ) -> tuple[list[Reason], tuple[float, float, float]]:
        """The reasons that the words give, and what words and codes add to the deviations."""
        from matchmaking.engine.kernel import reasons as loops  # see above

        if at not in self._prepared:
            self.prepare([at])
        target, room, spans, shown_terms = self._prepared[at], self._room, reader.spans, self._shown_terms
        rows, scratch = room.rows, room.scratch
        assert rows is not None  # made by `read`
        looked = shown_terms + _SPARE_STRETCHES
        limits = loops.Limits(target.best, target.factor, looked, quoted, _WORTH_QUOTING, _WORTH_ADDING)
        words, related, outside, share, quotes, lacking, cut, said = loops.pair(
            rows, reader.arrays, target.arrays, found.codes, limits, scratch, spans
        )
        named = _shown(reader.text, spans, cut, said)
        shown = named[:shown_terms]
        params = {
            "evidence": found.evidence,
            "share": share,
            "terms": tuple((wording, credit * worth) for wording, credit in shown),
            "further": len(named) - len(shown),
            "rest": (words - sum(credit for _, credit in shown)) * worth,
        }
        chosen = scratch.quoted[:quotes].tolist()
        need_quotes = tuple(reader.text.quotes[mine] for mine in dict.fromkeys(mine for mine, _ in chosen))
        offer_quotes = tuple(target.quotes[theirs] for _, theirs in chosen)
        reasons = [Reason("text", words * worth, params, need_quotes, offer_quotes)]
        if lacking:
            missing = tuple(reader.wordings[number] for number in scratch.missing[:lacking].tolist())
            reasons.append(Reason("missing_terms", 0.0, {"terms": missing}))
        if quoted and target.limits:
            reasons.append(Reason("limits", 0.0, offer_quotes=target.limits))
        return reasons, (words, related, outside)

    @property
    def _shown_terms(self) -> int:
        return self.vectoriser.policy.shown_terms

    def _make_room(self, loops: ModuleType) -> None:
        """The arrays of the index as the compiled loops want them, and room for a pair."""
        room = self._room
        if room.rows is not None:
            return
        terms = self.terms
        wide, rows = len(terms.vocabulary) + 1, int(np.diff(terms.starts).max(initial=0))
        longest = int(np.diff(terms.words.indptr).max(initial=0))
        room.dense = np.zeros((2, wide))
        room.rows = loops.Weights(terms.words.indptr, terms.words.indices, terms.words.data, terms.cosine.data)
        room.scratch = loops.Scratch(
            np.zeros(wide), np.zeros(wide), np.zeros((3, rows)), np.zeros(rows, np.int64),
            np.zeros((rows + 1, 2), np.int64),
            np.zeros(_MISSING_SHOWN, np.int64), np.zeros(longest), np.zeros(_PARTIALS),
        )  # fmt: skip

    def prepare(self, positions: Iterable[int]) -> None:
        """Prepare targets for being quoted, all at once."""
        from matchmaking.engine.kernel import reasons as loops  # see above

        missing = [at for at in positions if at not in self._prepared]
        if not missing:
            return
        terms, texts = self.terms, [quotable_texts(self.targets[at]) for at in missing]
        by_text = [[quotes_of([one]) for one in written] for written in texts]
        quotes = [tuple(chain.from_iterable(cut)) for cut in by_text]
        numbered_quotes = self._numbering().sentences(quotes)
        for at, quoted, cut, numbers, written in zip(missing, quotes, by_text, numbered_quotes, texts, strict=True):
            first, last = int(terms.starts[at]), int(terms.starts[at + 1])
            best, factor = (terms.best, best_documents_factor(last - first, terms.best)) if terms.experts else (1, 1.0)
            rows = np.cumsum([0, *map(len, cut)]) if terms.experts else np.asarray([0, len(quoted)])
            text = "\n".join(normalise(text) for _, text in written)
            arrays = loops.Target(first, last, numbers, rows, characters(text), word_bounds(text))
            self._prepared[at] = _Target(quoted, stated_limits(quoted), arrays, factor, best)

    def expect(self, needs: Sequence[NeedProfile]) -> None:
        """Cut the needs that this thread will read next, all at once."""
        cut = self._numbering().sentences([text_of(need).quotes for need in needs])
        self._room.cut = dict(zip(needs, cut, strict=True))

    def _cut(self, need: NeedProfile, text: NeedText) -> loops.Sentences:
        return self._room.cut.get(need) or self._numbering().sentences([text.quotes])[0]

    def _numbering(self) -> Numbering:
        room = self._room
        if room.numbering is None:
            room.numbering = Numbering(self.terms.vocabulary)
        return room.numbering


def _spans(places: int) -> loops.Spans:
    """Room for the stretches of a text of so many places."""
    from matchmaking.engine.kernel import reasons as loops  # see above

    longs, floats = np.zeros((5, places + 1), np.int64), np.zeros((4, places + 1))
    return loops.Spans(
        floats[0], longs[0], longs[1], floats[1], longs[2:4].reshape(-1, 2), floats[2], longs[4], floats[3]
    )


def _shown(text: NeedText, spans: loops.Spans, cut: int, said: int) -> list[tuple[str, float]]:
    """The need's wordings worth naming that the target shares, with what their terms add, the strongest first.

    A wording is a word, or the longest stretch of a Chinese run whose pairs the target has and that stands in the
    target as it is. Every term is credited to the place where it stands first.
    """
    found: dict[str, float] = {}
    for (left, right), credit in zip(spans.found[:cut].tolist(), spans.credits[:cut].tolist(), strict=True):
        wording = text.text[left:right]
        found[wording] = found.get(wording, 0.0) + credit
    for at, credit in zip(spans.said[:said].tolist(), spans.worth[:said].tolist(), strict=True):
        found[text.spaced[at]] = credit
    strongest = sorted(sorted(found.items()), key=itemgetter(1), reverse=True)  # equal ones stay in their order
    return [(wording, credit) for wording, credit in strongest if credit > 0.0 and worth_naming(wording)]
