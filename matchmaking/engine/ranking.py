"""The way into the engine: an index over all achievements or all experts, and the ranked candidates of every
need.

    model = fit(offers, experts, needs)
    index = Index.build(offers, model, policy)
    rankings = index.rank(needs, exclude=refused_pairs)

All pairs are scored exactly. What a pair gets depends on the pair, the model and the policy: any chunk,
any order and any company give the same bits. Ties are broken by key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.calibration import Calibration
from matchmaking.engine.carrying import carried
from matchmaking.engine.checks import check_needs, check_targets
from matchmaking.engine.choosing import Chooser, positions_of, top_positions
from matchmaking.engine.constraints import Constraints, refusals_by_need
from matchmaking.engine.explaining import Asked, Explainer, Found
from matchmaking.engine.fields import need_texts, one_text
from matchmaking.engine.model import Model
from matchmaking.engine.policy import Policy
from matchmaking.engine.prepared import Group
from matchmaking.engine.references import Scale, fused, standard
from matchmaking.engine.second import texts_to_read
from matchmaking.engine.structure import NeedCodes, StructureIndex
from matchmaking.engine.terms import TermIndex
from matchmaking.engine.text import tokenise
from matchmaking.engine.types import Candidate, NeedProfile, Ranking, Reason, Target
from matchmaking.engine.vectors import NeedTerms, Tokeniser
from matchmaking.engine.weighing import Weigher

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
_Best = tuple["_Scored", list[int], Mapping[int, str]]
NO_CANDIDATES = "no_candidates"
NO_TEXT = "no_text"
NO_SHARED_TERMS = "no_shared_terms"
ALL_EXCLUDED = "all_excluded"
BELOW_FLOOR = "below_floor"
# Scores held at once: needs of a block x rows of the index.
_BLOCK_CELLS = 4_000_000
_LONGEST_BLOCK = 256


@dataclass(frozen=True, slots=True)
class _Scored:
    """One need with its readings over all rows, its evidence and its scores over all targets, in the order of the
    index, or over those at the positions `chosen`, ascending. A place is a position among those. `rows` are the scores
    of the single rows where a cross-encoder has to choose among them, `second` is what it adds to the deviations of the
    places that it has read."""

    need: NeedProfile
    terms: NeedTerms
    asked: Callable[[], Asked]
    codes: NeedCodes
    deviations: Floats
    evidence: Floats
    scores: Floats
    rows: Floats
    chosen: Longs | None = None
    second: Mapping[int, float] = field(default_factory=dict)

    @property
    def query(self) -> Asked:
        """The need as the index sees it; made when somebody is explained or may be proposed, which most are not."""
        return self.asked()

    def position(self, place: int) -> int:
        """The position of the target at a place."""
        return place if self.chosen is None else int(self.chosen[place])

    def place(self, position: int) -> int:
        """The place of a target that is there."""
        return position if self.chosen is None else int(np.searchsorted(self.chosen, position))


@dataclass(frozen=True, slots=True)
class Index:
    """Targets of one kind, ready to be ranked. Build it once and use it for any number of needs."""

    targets: Sequence[Target]
    policy: Policy
    floor: float
    weigher: Weigher
    terms: TermIndex
    hubs: Floats
    structure: StructureIndex
    constraints: Constraints
    explainer: Explainer
    calibration: Calibration | None = None
    chooser: Chooser | None = None

    @classmethod
    def build(
        cls,
        targets: Sequence[Target],
        model: Model,
        policy: Policy,
        *,
        tokens: Tokeniser = tokenise,
        weigher: Weigher | None = None,
        threads: int = 1,
    ) -> Index:
        """Weigh all targets. They are kept in the order of their keys, so their order here means nothing.

        Raises InputError when keys repeat or kinds are mixed. `tokens` may be a cached `tokenise`,
        `weigher` one that remembers needs; `threads` change the time, never the result.
        """
        check_targets(targets)
        ordered = tuple(sorted(targets, key=lambda target: target.key))
        weigher = weigher or Weigher(model, policy, tokens)
        vectoriser = weigher.vectoriser
        terms = TermIndex.build(ordered, vectoriser, model.coder)
        known = model.references.get(terms.kind)
        keys = [target.key for target in ordered]
        hubs = known.hubs(keys, terms, vectoriser, weigher.mix, threads=threads) if known else np.zeros(len(keys))
        hubs *= policy.expert_hub if terms.experts else policy.hub
        if not terms.large:
            return cls.of(ordered, weigher, terms, hubs)
        terms, chooser = Chooser.build(terms)
        return cls.of(ordered, weigher, terms, hubs, chooser)

    @classmethod
    def of(
        cls,
        targets: Sequence[Target],
        weigher: Weigher,
        terms: TermIndex,
        hubs: Floats,
        chooser: Chooser | None = None,
        *,
        structure: StructureIndex | None = None,
        constraints: Constraints | None = None,
    ) -> Index:
        """An index of targets, in the order of their keys, that are weighed already; a large one has a chooser. What
        follows from the targets may be given."""
        policy = weigher.policy
        structure = structure or StructureIndex.build(targets, policy)
        outside = weigher.model.outside
        explainer = Explainer(targets, terms, structure, weigher.vectoriser, outside.name if outside else "")
        floor = policy.expert_floor if terms.experts else policy.floor
        constraints = constraints or Constraints.of(targets)
        bare = cls(
            targets if chooser else tuple(targets),
            policy,
            floor,
            weigher,
            terms,
            hubs,
            structure,
            constraints,
            explainer,
        )
        steps = policy.expert_calibration if terms.experts else policy.calibration
        bare = replace(bare, chooser=chooser)
        return bare.calibrated(Calibration.from_steps(steps) if steps else None)

    def calibrated(self, calibration: Calibration | None) -> Index:
        """The same index, stating probabilities by another calibration, which may raise the floor."""
        policy = self.policy
        floor = policy.expert_floor if self.terms.experts else policy.floor
        if calibration is not None:
            floor = max(floor, calibration.least_score(policy.least_probability))
        return replace(self, calibration=calibration, floor=floor)

    def rank(
        self,
        needs: Sequence[NeedProfile],
        *,
        top: int | None = None,
        exclude: Collection[tuple[str, str]] = frozenset(),
        explain: bool = True,
    ) -> list[Ranking]:
        """The best `top` (default: of the policy) targets of every need, in the order of the needs.

        `exclude` holds pairs (need key, target key) that must not appear. Raises InputError when a key
        repeats.
        """
        check_needs(needs)
        refused = refusals_by_need(exclude)
        limit = self.policy.top if top is None else top
        scored, found = self._scored(needs, explain=explain), []
        while block := list(islice(scored, self._block)):
            best = [self._best(one, limit, refused.get(one.need.key, ())) for one in block]
            # Who is on several lists is prepared once, and all at once.
            listed = {one.position(at): None for one, places, _excluded in best for at in places}
            group = self.explainer.group(listed) if explain and listed else None
            found += [self._ranking(*one, group) for one in best]
        return found

    @property
    def _block(self) -> int:
        """How many needs are scored at once."""
        most = _BLOCK_CELLS // max(1, self.terms.words.shape[0])
        return _LONGEST_BLOCK if self.chooser else max(1, min(_LONGEST_BLOCK, most))

    def score_pairs(
        self,
        pairs: Sequence[tuple[NeedProfile, str]],
        *,
        exclude: Collection[tuple[str, str]] = frozenset(),
        explain: bool = True,
    ) -> list[Candidate]:
        """Score named pairs (need, target key), in their order, whatever their rank would be.

        A pair that breaks a hard constraint is scored all the same and says which in `excluded`. Raises
        KeyError for a target the index does not hold.
        """
        refused = refusals_by_need(exclude)
        wanted: dict[NeedProfile, list[tuple[int, int]]] = {}
        for place, (need, key) in enumerate(pairs):
            wanted.setdefault(need, []).append((place, self.constraints.positions[key]))
        found: dict[int, Candidate] = {}
        named = {need: sorted({at for _, at in places}) for need, places in wanted.items()}
        listed = {at: None for places in named.values() for at in places}
        group = self.explainer.group(listed) if explain and listed else None
        for once in self._scored(list(wanted), named, explain=explain):
            need = once.need
            excluded = self.constraints.excluded(need, refused.get(need.key, ()))
            places = [once.place(at) for at in named[need]]
            scored = self._read_again(once, places)
            reasons = dict(zip(named[need], self._reasons(scored, places, group, len(places)), strict=True))
            for place, at in wanted[need]:
                why = excluded.get(at, "")
                found[place] = self._candidate(scored, scored.place(at), 0, reasons[at], excluded=why)
        return [found[place] for place in range(len(pairs))]

    def _scored(
        self,
        needs: Sequence[NeedProfile],
        named: Mapping[NeedProfile, Sequence[int]] | None = None,
        *,
        explain: bool = False,
    ) -> Iterator[_Scored]:
        """Score block by block; the size of a block changes nothing but the memory. A large index scores the targets
        that are named, or chosen where none are."""
        if self.chooser is not None:
            yield from self._scored_chosen(self.chooser, needs, named)
            return
        mix = self.weigher.mix
        for start in range(0, len(needs), self._block):
            block = needs[start : start + self._block]
            weighed, codes, scale = self.weigher.weigh(block, self.terms.kind)
            query = self.terms.query(weighed, codes)
            readings = self.terms.read(query)
            shared = self.terms.shared(readings)
            if explain:
                self.explainer.expect(block)
            deviations = standard(self.terms, readings, scale, mix) - self.hubs
            rows = fused(readings, scale, mix) if self.weigher.model.second else np.zeros((len(block), 0))
            for at, (need, terms) in enumerate(zip(block, weighed, strict=True)):
                need_codes = NeedCodes.of(need)
                evidence = self.structure.scorer.evidence(deviations[at], shared[at])
                scores = self.structure.scorer.score(evidence, self.structure.lift(need_codes))
                asked = cache(partial(Asked.of, query, readings, scale, mix, at, singles=self.terms.singles))
                yield _Scored(need, terms, asked, need_codes, deviations[at], evidence, scores, rows[at])

    def _read_again(self, scored: _Scored, places: Sequence[int]) -> _Scored:
        """The need with the targets at some places read by the cross-encoder of the model, if it has one."""
        model = self.weigher.model
        if model.second is None:
            return scored
        if model.reader is None:
            raise ValueError(f"the cross-encoder {model.second.name} of this model is not plugged in")
        told = [
            texts_to_read(
                self.targets[scored.position(place)], scored.rows[self._rows(scored, place)], self.policy.best_documents
            )
            for place in places
        ]
        said = model.second.deviations(model.reader, one_text(need_texts(scored.need)), told)
        added = self.policy.fusion.second * said
        deviations, evidence, scores = scored.deviations.copy(), scored.evidence.copy(), scored.scores.copy()
        places = list(places)
        deviations[places] += added
        shared = evidence[places] > 0.0
        evidence[places] = self.structure.scorer.evidence(deviations[places], shared)
        scores[places] = self.structure.scorer.score(
            evidence[places], self.structure.lift(scored.codes, scored.chosen)[places]
        )
        second = {at: float(one) for at, one, there in zip(places, added, shared, strict=True) if there}
        return replace(scored, deviations=deviations, evidence=evidence, scores=scores, second=second)

    def _scored_chosen(
        self, chooser: Chooser, needs: Sequence[NeedProfile], named: Mapping[NeedProfile, Sequence[int]] | None
    ) -> Iterator[_Scored]:
        mix, scorer, room = self.weigher.mix, self.structure.scorer, np.zeros((2, len(self.terms.vocabulary)))
        for start in range(0, len(needs), _LONGEST_BLOCK):
            block = needs[start : start + _LONGEST_BLOCK]
            weighed, codes, scale = self.weigher.weigh(block, self.terms.kind)
            query = self.terms.query(weighed, codes)
            rows = (
                [np.asarray(named[need], dtype=np.int64) for need in block]
                if named is not None
                else chooser.choose(self.terms, query)
            )
            for at, (need, terms, chosen) in enumerate(zip(block, weighed, rows, strict=True)):
                need_codes, readings = NeedCodes.of(need), self.terms.read_at(query, at, chosen, room)
                alone = Scale(scale.constants[at : at + 1])
                deviations = standard(self.terms, readings, alone, mix)[0] - self.hubs[chosen]
                evidence = scorer.evidence(deviations, self.terms.shared(readings)[0])
                scores = scorer.score(evidence, self.structure.lift(need_codes, chosen))
                asked = partial(Asked.of, query, readings, scale, mix, at, singles=self.terms.singles, among=0)
                sums = fused(readings, alone, mix)[0]
                yield _Scored(need, terms, cache(asked), need_codes, deviations, evidence, scores, sums, chosen)

    def _rows(self, scored: _Scored, place: int) -> slice:
        """Where the rows of the target at a place stand among those that were read; a chosen target has one row."""
        return (
            slice(*self.terms.starts[place : place + 2].tolist()) if scored.chosen is None else slice(place, place + 1)
        )

    def _best(self, scored: _Scored, limit: int, refused: Iterable[str]) -> _Best:
        """The need, read again where there is a cross-encoder, the places of its best targets, and who is kept out."""
        excluded = self.constraints.excluded(scored.need, refused)
        open_scores = scored.scores
        if excluded:
            open_scores = scored.scores.copy()
            kept_out = [*excluded] if scored.chosen is None else positions_of(scored.chosen, [*excluded])
            open_scores[kept_out] = 0.0
        best = top_positions(open_scores, limit)
        if self.weigher.model.second and best:
            scored = self._read_again(scored, top_positions(open_scores, max(limit, self.policy.read_again)))
            again = np.zeros_like(open_scores)
            again[list(scored.second)] = scored.scores[list(scored.second)]
            best = top_positions(again, limit)
        return scored, best, excluded

    def _ranking(
        self, scored: _Scored, best: Sequence[int], excluded: Mapping[int, str], group: Group | None
    ) -> Ranking:
        reasons = self._reasons(scored, best, group, self.policy.quoted_ranks)
        each = enumerate(zip(best, reasons, strict=True), start=1)
        candidates = tuple([self._candidate(scored, place, rank, said) for rank, (place, said) in each])
        why = self._empty_reason(scored, candidates, excluded)
        return Ranking(scored.need.key, candidates, why, dict(sorted(Counter(excluded.values()).items())))

    def _empty_reason(self, scored: _Scored, candidates: Sequence[Candidate], excluded: Collection[int]) -> str:
        if candidates:
            return "" if candidates[0].above_floor else BELOW_FLOOR
        if not self.targets:
            return NO_CANDIDATES
        if not scored.terms.words:
            return NO_TEXT
        return ALL_EXCLUDED if excluded and scored.scores.any() else NO_SHARED_TERMS

    def _reasons(
        self, scored: _Scored, places: Sequence[int], group: Group | None, quoted: int
    ) -> list[tuple[Reason, ...]]:
        """The reasons of the targets at some places, the first `quoted` of them with sentences; none without a group
        that they are in."""
        if group is None or not places:
            return [()] * len(places)
        positions, model = [scored.position(place) for place in places], self.weigher.model
        found = Found(
            positions,
            [self._rows(scored, place).start for place in places],
            scored.evidence[places].tolist(),
            self.hubs[positions].tolist(),
            [scored.second.get(place, 0.0) for place in places],
            quoted,
            model.second.name if model.second else "",
        )
        reader = self.explainer.read(scored.need, scored.terms.words, scored.query, scored.codes)
        return self.explainer.reasons(reader, group, found)

    def _candidate(
        self, scored: _Scored, place: int, rank: int, reasons: tuple[Reason, ...], *, excluded: str = ""
    ) -> Candidate:
        score = float(scored.scores[place])
        above = not excluded and score > 0.0 and score >= self.floor and self._carried(scored, place)
        probability = self.calibration.probability(score) if self.calibration else None
        return Candidate(self.targets[scored.position(place)].key, rank, score, above, reasons, probability, excluded)

    def carries(self, need: NeedProfile, target: str) -> bool:
        """Whether more than single characters carries a named pair: without it nothing is proposed, whatever its score
        and whatever a hard constraint says."""
        at = self.constraints.positions[target]
        [once] = self._scored([need], {need: [at]})
        place = once.place(at)
        return self._carried(self._read_again(once, [place]), place)

    def _carried(self, scored: _Scored, place: int) -> bool:
        """Whether more than single characters carries the target at a place."""
        codes = scored.query.codes[:, self._rows(scored, place)]
        found = carried(self.terms, scored.query, scored.position(place), codes)
        return found + scored.second.get(place, 0.0) >= self.policy.least_wording
