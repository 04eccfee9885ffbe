"""The engine held against files: rank, score named pairs, and measure a run. No database, no platform.

The same index, statistics, policy and calibration as a run of the platform; only the records come from files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from matchmaking.engine import metrics
from matchmaking.engine.checks import InputError
from matchmaking.engine.coding import SentenceEncoder
from matchmaking.engine.exchange import Judgements, Listed, Pair
from matchmaking.engine.fields import offer_texts, one_text
from matchmaking.engine.learning import Graded, Lesson, learn
from matchmaking.engine.model import Model, fit
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.second import PairReader
from matchmaking.engine.types import Candidate, ExpertProfile, NeedProfile, OfferProfile, Ranking, Target

PAIRS_AT_ONCE = 20_000
CERTAIN = 0.5


@dataclass(frozen=True, slots=True)
class Trial:
    """What is ranked against what. `texts` are further texts that the model is fitted on; `graded` are needs with
    `grades`, which teach weights and probabilities and are not ranked; `sentences` and `reader` are encoders from
    outside."""

    needs: Sequence[NeedProfile]
    targets: Sequence[Target]
    texts: Sequence[OfferProfile] = ()
    graded: Sequence[NeedProfile] = ()
    grades: Judgements | None = None
    policy: Policy = field(default_factory=Policy)
    sentences: SentenceEncoder | None = None
    reader: PairReader | None = None

    def index(self) -> Index:
        """The index of all targets under a model of all texts and the policy that the grades teach, see `lesson`."""
        model = self.model()
        return Index.build(self.targets, model, self.lesson(model).policy if self.grades else self.policy)

    def model(self) -> Model:
        """The model of all texts."""
        offers = [target for target in self.targets if isinstance(target, OfferProfile)]
        experts = [target for target in self.targets if isinstance(target, ExpertProfile)]
        needs = [*self.needs, *self.graded]
        beside = [one_text(offer_texts(text)) for text in self.texts] if experts else []
        offers = offers if experts else [*offers, *self.texts]
        return fit(
            offers, experts, needs, policy=self.policy, sentences=self.sentences, reader=self.reader, beside=beside
        )

    def lesson(self, model: Model) -> Lesson:
        """What the grades teach. Of binary judgements those that are not stated are unknown: they teach nothing."""
        grades = self.grades.grades if self.grades is not None and not self.grades.binary else {}
        return learn([Graded(self.graded, self.targets, grades)], model, self.policy)

    def rank(self, *, top: int, reasons: bool) -> Iterator[Ranking]:
        """The best `top` targets of every need, in the order of the needs."""
        yield from self.index().rank(self.needs, top=top, explain=reasons)

    def score(self, pairs: Sequence[Pair], *, reasons: bool) -> Iterator[Ranking]:
        """Just these pairs, by need in the order of the needs, best first. Raises InputError for an unknown record."""
        index = self.index()
        needs = {need.key: need for need in self.needs}
        wanted: dict[str, list[str]] = {}
        for key, target in pairs:
            if key not in needs or target not in index.constraints.positions:
                raise InputError(f"the pair {key}, {target} names a record that is not there")
            wanted.setdefault(key, []).append(target)
        for block in _blocks(wanted):
            named = [(needs[key], target) for key in block for target in wanted[key]]
            scored: dict[str, list[Candidate]] = {key: [] for key in block}
            for (need, _), candidate in zip(named, index.score_pairs(named, explain=reasons), strict=True):
                scored[need.key].append(candidate)
            for key, candidates in scored.items():
                best = sorted(candidates, key=lambda candidate: (-candidate.score, candidate.target))
                yield Ranking(key, tuple(replace(one, rank=rank) for rank, one in enumerate(best, start=1)))


def _blocks(wanted: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """The needs in groups whose pairs fit into memory with their reasons."""
    block: list[str] = []
    size = 0
    for need, targets in wanted.items():
        if block and size + len(targets) > PAIRS_AT_ONCE:
            yield block
            block, size = [], 0
        block.append(need)
        size += len(targets)
    if block:
        yield block


@dataclass(frozen=True, slots=True)
class Measures:
    """What a run is worth. Measures that the run or the judgements do not allow are None."""

    needs: int
    ndcg: float
    mrr: float
    recall_10: float
    recall_100: float
    calibration_error: float | None
    pairs_calibrated: int
    false_strong: float | None
    needs_without_answer: int


def measure(run: Mapping[str, Sequence[Listed]], judgements: Judgements) -> Measures:
    """Measure a run against judgements.

    nDCG@10 takes 2^grade - 1 as gain; MRR and recall count strong pairs, which are all relevant ones of binary
    judgements. The calibration error is over 10 bins of equal mass; its pairs are the judged ones, or all of the run
    where the judgements are binary. A need without a strong pair has no answer; stating one half or more for its best
    candidate is a false certainty.
    """
    grades = {need: found for need, found in judgements.grades.items() if need in run}
    ranked = {need: [one.target for one in listed] for need, listed in run.items()}
    strong = judgements.strong
    relevant = {need: {t: 1.0 for t, grade in found.items() if grade >= strong} for need, found in grades.items()}
    gains = {need: {target: metrics.gain(grade) for target, grade in found.items()} for need, found in grades.items()}
    stated = list(_stated(run, judgements))
    probabilities, outcomes = [one for one, _ in stated], [outcome for _, outcome in stated]
    unanswered = [listed for need, listed in run.items() if not relevant.get(need)]
    best = [
        max((one.probability for one in listed if one.probability is not None), default=0.0) for listed in unanswered
    ]
    return Measures(
        needs=len(gains),
        ndcg=metrics.ndcg(ranked, gains),
        mrr=metrics.mrr(ranked, relevant),
        recall_10=metrics.recall(ranked, relevant),
        recall_100=metrics.recall(ranked, relevant, 100),
        calibration_error=metrics.expected_calibration_error(probabilities, outcomes) if stated else None,
        pairs_calibrated=len(stated),
        false_strong=sum(one >= CERTAIN for one in best) / len(best) if best and stated else None,
        needs_without_answer=len(unanswered),
    )


def _stated(run: Mapping[str, Sequence[Listed]], judgements: Judgements) -> Iterable[tuple[float, bool]]:
    for need, listed in run.items():
        found = judgements.grades.get(need, {})
        for one in listed:
            if one.probability is not None and (judgements.binary or one.target in found):
                yield one.probability, found.get(one.target, 0) >= judgements.strong
