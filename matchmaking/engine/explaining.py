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
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.cutting import Numbering, numbered
from matchmaking.engine.passages import NeedText, characters, texts_of
from matchmaking.engine.prepared import Group, Prepared, prepare
from matchmaking.engine.references import Mix, Scale
from matchmaking.engine.structure import NeedCodes, StructureIndex
from matchmaking.engine.terms import Query, Readings, TermIndex
from matchmaking.engine.types import NeedProfile, Reason, Target
from matchmaking.engine.vectors import Vectoriser, Weights
from matchmaking.engine.wordings import worth_naming

if TYPE_CHECKING:
    from matchmaking.engine.kernel import layouts

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
_Cut = tuple[NeedText, Ints, "layouts.Sentences"]
_MISSING_SHOWN = 3
# Of what the best document, and the first pair of sentences, is worth.
_WORTH_QUOTING = 0.25
_WORTH_ADDING = 0.4
# A stretch may fall apart when it is cut, so a few more are looked at.
_SPARE_STRETCHES = 3
_PARTIALS = 64


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
    """What scoring found for some pairs of a need: the positions of the targets, the first column of each in the codes
    that were asked, its evidence, what of it the hub took, and what the cross-encoder of that name gave. The first
    `quoted` of them are quoted."""

    positions: Sequence[int]
    columns: Sequence[int]
    evidence: Sequence[float]
    hubs: Sequence[float]
    second: Sequence[float]
    quoted: int
    reader: str = ""


@dataclass(frozen=True, slots=True)
class NeedReader:
    """One need prepared for explaining all of its candidates."""

    asked: Asked
    codes: NeedCodes
    text: NeedText
    wordings: Sequence[str]
    arrays: layouts.Need


class _Said(NamedTuple):
    """What the compiled loops say of a pair: what the words and both encoders add to the deviations and the share of
    the need's weight, the sentences that are quoted (mine, theirs), the wordings that are missing, and the stretches
    and words of the need that are shared, with what each adds."""

    sums: list[float]
    quoted: list[list[int]]
    missing: list[int]
    stretches: list[list[int]]
    credits: list[float]
    spaced: list[int]
    worth: list[float]


class _Room(threading.local):
    """What is filled and emptied for every pair: every thread that explains has its own."""

    rows: layouts.Weights | None = None
    numbering: Numbering | None = None
    cut: Mapping[NeedProfile, _Cut] = MappingProxyType({})
    scratch: layouts.Scratch
    dense: Floats
    known: NDArray[np.bool_]
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
    _prepared: dict[int, Prepared] = field(default_factory=dict)
    _room: _Room = field(default_factory=_Room)

    def read(self, need: NeedProfile, weights: Weights, asked: Asked, codes: NeedCodes) -> NeedReader:
        """Prepare a need; `weights` are its normalised terms, `asked` those of them that the index knows. Only the need
        that this thread has read last can be explained."""
        from matchmaking.engine.kernel import layouts

        self._make_room()
        room = self._room
        room.dense[:, room.filled], room.known[room.filled] = 0.0, False
        room.filled = asked.terms
        room.dense[0, asked.terms] = asked.words * asked.units[0]
        room.dense[1, asked.terms] = asked.cosine * asked.units[1]
        room.known[asked.terms] = True
        text, numbers, sentences = self._cut(need)
        wordings = text.weighed(weights)
        told = [text.told[wording] for wording in wordings]
        places = layouts.Places(
            characters(text.text), numbers[text.doubles], numbers[text.singles], numbers[text.credited], text.opens,
            text.closes,
        )  # fmt: skip
        arrays = layouts.Need(
            room.known, room.dense[0], room.dense[1], asked.terms, asked.words, sentences, places,
            np.asarray([*text.spaced], dtype=np.int64), numbers[np.concatenate([text.doubles[:0], *told])],
            np.cumsum([0, *map(len, told)]),
        )  # fmt: skip
        return NeedReader(asked, codes, text, wordings, arrays)

    def reasons(self, reader: NeedReader, group: Group, found: Found) -> list[tuple[Reason, ...]]:
        """All reasons of some pairs: their words first, then what else their texts say, then the signals."""
        fits = self.structure.fits(reader.codes, found.positions)
        said = self._said(reader, group, found)
        among = zip(found.positions, found.evidence, found.hubs, found.second, fits, said, strict=True)
        reasons = []
        for number, (at, evidence, hub, second, fitting, one) in enumerate(among):
            unit = self.structure.scorer.unit(evidence, fitting)
            # What a deviation is worth: the zero point takes up that evidence is no straight line.
            worth = unit / evidence if evidence else 0.0
            target = group.targets[group.places[at]]
            by_text = self._text_reasons(reader, target, one, evidence, worth, quoted=number < found.quoted)
            words, related, outside, _share = one.sums
            chance = evidence - words - related - outside - second + hub
            leaning = [Reason("related", related * worth)] if related else []
            leaning += [Reason("outside", outside * worth, {"name": self.outside})] if outside else []
            leaning += [Reason("second", second * worth, {"name": found.reader})] if second else []
            leaning += [Reason("hub", -hub * worth, {"deviations": hub})] if hub else []
            leaning += self.structure.scorer.reasons(unit, fitting)
            leaning.sort(key=lambda reason: (-reason.contribution, reason.signal))
            reasons.append((*by_text, *leaning, Reason("chance", chance * worth)))
        return reasons

    def _said(self, reader: NeedReader, group: Group, found: Found) -> list[_Said]:
        """What the compiled loops say of some pairs, all at once."""
        from matchmaking.engine.kernel import layouts
        from matchmaking.engine.kernel import reasons as loops  # numba, with the first reasons

        count, best = len(found.positions), self.terms.best if self.terms.experts else 1
        rows, scratch = self._room.rows, self._room.scratch
        assert rows is not None  # made by `read`
        numbers = [group.places[at] for at in found.positions]
        asked = layouts.Asked(np.asarray(numbers), np.asarray(found.columns), np.arange(count) < found.quoted)
        looked = self._shown_terms + _SPARE_STRETCHES
        limits = layouts.Limits(best, 1.0, looked, True, _WORTH_QUOTING, _WORTH_ADDING)
        spans, told = _spans(len(reader.text.text)), _told(count, best, len(reader.text.text))
        loops.pairs(rows, reader.arrays, group.arrays, asked, reader.asked.codes, limits, scratch, spans, told)
        ends = told.ends.tolist()
        cut, said = ends[-1]
        places, credits = told.found[:cut].tolist(), told.credits[:cut].tolist()
        words, worth = told.said[:said].tolist(), told.worth[:said].tolist()
        each = zip(told.sums.tolist(), told.counts.tolist(), told.quoted.tolist(), told.missing.tolist(), strict=True)
        return [
            _Said(one, quoted[:quotes], missing[:lacking], places[now[0] : then[0]], credits[now[0] : then[0]],
                  words[now[1] : then[1]], worth[now[1] : then[1]])
            for (one, (quotes, lacking), quoted, missing), now, then in zip(each, ends, ends[1:], strict=False)
        ]  # fmt: skip

    def _text_reasons(
        self, reader: NeedReader, target: Prepared, said: _Said, evidence: float, worth: float, *, quoted: bool
    ) -> list[Reason]:
        """The reasons that the words give."""
        words, _related, _outside, share = said.sums
        named = _shown(reader.text, said)
        shown = named[: self._shown_terms]
        params = {
            "evidence": evidence,
            "share": share,
            "terms": tuple([(wording, credit * worth) for wording, credit in shown]),
            "further": len(named) - len(shown),
            "rest": (words - sum([credit for _, credit in shown])) * worth,
        }
        mine, theirs = reader.text.quotes, target.quotes
        need_quotes = tuple([mine[at] for at in dict.fromkeys([at for at, _ in said.quoted])])
        offer_quotes = tuple([theirs[at] for _, at in said.quoted])
        reasons = [Reason("text", words * worth, params, need_quotes, offer_quotes)]
        if said.missing:
            missing = tuple([reader.wordings[number] for number in said.missing])
            reasons.append(Reason("missing_terms", 0.0, {"terms": missing}))
        if quoted and target.limits:
            reasons.append(Reason("limits", 0.0, offer_quotes=target.limits))
        return reasons

    @property
    def _shown_terms(self) -> int:
        return self.vectoriser.policy.shown_terms

    def _make_room(self) -> None:
        """The arrays of the index as the compiled loops want them, and room for a pair."""
        from matchmaking.engine.kernel import layouts

        room = self._room
        if room.rows is not None:
            return
        terms = self.terms
        wide, rows = len(terms.vocabulary) + 1, int(np.diff(terms.starts).max(initial=0))
        longest = int(np.diff(terms.words.indptr).max(initial=0))
        room.dense, room.known = np.zeros((2, wide)), np.zeros(wide, dtype=bool)
        room.rows = layouts.Weights(terms.words.indptr, terms.words.indices, terms.words.data, terms.cosine.data)
        room.scratch = layouts.Scratch(
            np.zeros(wide), np.zeros(wide), np.zeros((3, rows)), np.zeros(rows, np.int64),
            np.zeros((rows + 1, 2), np.int64),
            np.zeros(_MISSING_SHOWN, np.int64), np.zeros(longest), np.zeros(_PARTIALS),
        )  # fmt: skip

    def group(self, positions: Collection[int]) -> Group:
        """Prepare targets, one or more, for being quoted."""
        missing = [at for at in positions if at not in self._prepared]
        if missing:
            targets = [self.targets[at] for at in missing]
            found = prepare(targets, self._numbering(), experts=self.terms.experts)
            self._prepared.update(zip(missing, found, strict=True))
        return Group.of(positions, [self._prepared[at] for at in positions], self.terms)

    def expect(self, needs: Sequence[NeedProfile]) -> None:
        """Cut the needs that this thread will read next, all at once."""
        texts = texts_of(needs)
        tokens = {id(text.tokens): text.tokens for text in texts}  # needs that were cut together share them
        numbers = {key: numbered(said, self.terms.vocabulary) for key, said in tokens.items()}
        cut = self._numbering().sentences([text.quotes for text in texts])
        self._room.cut = {
            need: (text, numbers[id(text.tokens)], one) for need, text, one in zip(needs, texts, cut, strict=True)
        }

    def _cut(self, need: NeedProfile) -> _Cut:
        """A need as it was cut, whatever has been forgotten since, the numbers of its tokens, and its sentences."""
        if need not in self._room.cut:
            self.expect([need])
        return self._room.cut[need]

    def _numbering(self) -> Numbering:
        room = self._room
        if room.numbering is None:
            room.numbering = Numbering(self.terms.vocabulary)
        return room.numbering


def _spans(places: int) -> layouts.Spans:
    """Room for the stretches of a text of so many places; what is found goes elsewhere."""
    from matchmaking.engine.kernel import layouts

    longs, floats = np.empty((3, places + 1), np.int64), np.empty((4, places + 1))
    return layouts.Spans(
        floats[0], longs[0], longs[1], floats[1], longs[:2].reshape(-1, 2), floats[2], longs[2], floats[3]
    )


def _told(count: int, best: int, places: int) -> layouts.Told:
    """Room for what is said of so many pairs of a need of so many places."""
    from matchmaking.engine.kernel import layouts

    longs, floats = np.empty((3, count * (places + 1)), np.int64), np.empty((2, count * (places + 1)))
    return layouts.Told(
        np.empty((count, 4)), np.empty((count, 2), np.int64), np.empty((count + 1, 2), np.int64),
        np.empty((count, best + 1, 2), np.int64), np.empty((count, _MISSING_SHOWN), np.int64),
        longs[:2].reshape(-1, 2), floats[0], longs[2], floats[1],
    )  # fmt: skip


def _shown(text: NeedText, said: _Said) -> list[tuple[str, float]]:
    """The need's wordings worth naming that the target shares, with what their terms add, the strongest first.

    A wording is a word, or the longest stretch of a Chinese run whose pairs the target has and that stands in the
    target as it is. Every term is credited to the place where it stands first.
    """
    found: dict[str, float] = {}
    for (left, right), credit in zip(said.stretches, said.credits, strict=True):
        wording = text.text[left:right]
        found[wording] = found.get(wording, 0.0) + credit
    for at, credit in zip(said.spaced, said.worth, strict=True):
        found[text.spaced[at]] = credit
    strongest = sorted(sorted(found.items()), key=itemgetter(1), reverse=True)  # equal ones stay in their order
    return [(wording, credit) for wording, credit in strongest if credit > 0.0 and worth_naming(wording)]
