"""Weights learned from grades: another policy under the same formula, kept only where it is not worse on other needs.

What is learned are numbers of the policy (shares of the readings, what a hub takes off, weights of fields and signals),
see `knobs`. A learned model is therefore one more frozen value under which an index is built: its scores are as
repeatable, its explanations as exact and its signals as monotone as before.

    1. The engine scores the graded pairs under the policy as it is, and once more for every number of it moved a
       little: how the strength of each pair answers to each number.
    2. On this straight-line picture all numbers are moved together so that within every need the pairs of a high grade
       get the larger share of a softmax over its graded pairs (listwise: Cao, Qin, Liu, Tsai, Li 2007), with a Gaussian
       prior around the policy as it is. Only graded pairs are compared, and only within a need.
    3. The same is done once without each fifth of the needs; the engine itself then scores the pairs of that fifth.
       That says what learning is worth on needs it has not seen, and it is what calibrates.
    4. A sign-flip permutation test over the needs (Fisher 1935) says how often chance would give such a gain, a
       bootstrap over the needs (Efron 1979) how far the gain may be off.

The order of needs, targets and grades means nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from matchmaking.engine import metrics
from matchmaking.engine.calibration import calibrate
from matchmaking.engine.knobs import Knob, knobs_for, turned
from matchmaking.engine.model import Model
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.statistics import Kind
from matchmaking.engine.text import tokenise
from matchmaking.engine.types import ExpertProfile, NeedProfile, Target

Floats = NDArray[np.float64]
Grades = Mapping[str, Mapping[str, int]]
LEAST_PAIRS = 1_000
FOLDS = 5
STRONG = 3
# A gain that chance would give more often than this is none.
MOST_CHANCE = 0.2
_DRAWS = 10_000
_STEP = 0.5  # scales by which a number is moved to see what it does
_FARTHEST = 1.5  # scales beyond which the straight-line picture is not believed
# How strongly the prior holds the numbers, as a share of its Gaussian.
_PRIOR = 0.4
_MOST_COUNTED = 5.0


@dataclass(frozen=True, slots=True)
class Graded:
    """Targets of one kind, needs, and the grades (1 to 4) that pairs of them have.

    `decisions` are what was decided on pairs that nobody graded, as gains: 0 for a refused one, and for a wanted one
    what it is worth divided by the chance that it was looked at, see `worth`. They help to learn, and neither measure
    nor calibrate.
    """

    needs: Sequence[NeedProfile]
    targets: Sequence[Target]
    grades: Grades
    decisions: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def worth(grade: int, position: int) -> float:
    """The gain of a pair that was decided on at a position (from 1) of a list, as if it had this grade.

    What stands lower is looked at less, with the chance 1 / position, and would be decided on less: its decisions count
    for those that are missing, up to five times (inverse propensity, clipped: Joachims, Swaminathan, Schnabel 2017).
    """
    return (metrics.gain(grade) - metrics.gain(1)) * min(float(position), _MOST_COUNTED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the policy before and the learned one are worth on held-out needs of a kind: mean nDCG@10 of their graded
    pairs, the mean gain with its 95 % interval, and how often chance would give as much (one-sided)."""

    kind: Kind
    needs: int
    pairs: int
    before: float
    after: float
    low: float
    high: float
    chance: float

    @property
    def gain(self) -> float:
        """What learning adds."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Lesson:
    """What grades have taught. `policy` is the one to use from now on, calibrated where there are grades enough:
    learned when `verdict` is better, and the weights of the one before when there were too few pairs or no gain."""

    policy: Policy
    verdict: Literal["better", "no_gain", "too_few"]
    outcomes: tuple[Outcome, ...] = ()
    moved: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def learn(
    graded: Sequence[Graded],
    model: Model,
    policy: Policy | None = None,
    *,
    least_pairs: int = LEAST_PAIRS,
    alive: Callable[[], None] = lambda: None,
) -> Lesson:
    """Learn from the grades of one kind of target or of both, whose needs, fields and readings share their weights.

    Raises ValueError when a grade names a need that is not given; a target that is not there any more is passed over.
    `alive` is called every few seconds of work.
    """
    policy = policy or Policy()
    classes = [_Class.of(one, model, alive) for one in graded]
    classes = [one for one in classes if one.pairs]
    before = [one.strengths(policy) for one in classes]
    if sum(np.count_nonzero(one.sure) for one in classes) < least_pairs:
        return Lesson(_calibrated(policy, policy, classes, before), "too_few")
    knobs = knobs_for(model, _needs(classes), [target for one in classes for target in one.targets])
    picture = [_Picture.of(one, policy, knobs, base) for one, base in zip(classes, before, strict=True)]
    held_out = [base.copy() for base in before]
    for fold in range(FOLDS):
        steps = _fitted(picture, [one.folds != fold for one in classes], len(knobs))
        found = turned(policy, knobs, steps.tolist())
        for one, scored in zip(classes, held_out, strict=True):
            rows = np.flatnonzero(one.folds == fold)
            scored[rows] = one.strengths(found, rows)
    compared = (one.outcome(base, found) for one, base, found in zip(classes, before, held_out, strict=True))
    outcomes = tuple(one for one in compared if one.needs)
    better = any(one.chance <= MOST_CHANCE for one in outcomes)
    if not better or any(one.gain < 0.0 for one in outcomes):
        return Lesson(_calibrated(policy, policy, classes, before), "no_gain", outcomes)
    learned = turned(policy, knobs, _fitted(picture, [one.folds >= 0 for one in classes], len(knobs)).tolist())
    moved = {one.name: (one.of(policy), one.of(learned)) for one in knobs if one.of(policy) != one.of(learned)}
    return Lesson(_calibrated(learned, policy, classes, held_out), "better", outcomes, moved)


def _needs(classes: Sequence[_Class]) -> list[NeedProfile]:
    return list({need.key: need for one in classes for need, _ in one.pairs}.values())


def _calibrated(policy: Policy, scored_by: Policy, classes: Sequence[_Class], strengths: Sequence[Floats]) -> Policy:
    """The policy stating probabilities by these strengths; kinds with too few grades keep what they had."""
    for one, found in zip(classes, strengths, strict=True):
        half = one.half(scored_by)
        sure = found[one.sure]
        calibration = calibrate((sure / (sure + half)).tolist(), (one.grades[one.sure] >= STRONG).tolist())
        if calibration is not None:
            steps = calibration.as_steps()
            experts = one.kind is Kind.DOCUMENT
            policy = replace(policy, expert_calibration=steps) if experts else replace(policy, calibration=steps)
    return policy


@dataclass(frozen=True, slots=True)
class _Class:
    """The pairs of one kind of target, by need: `grades` (0: none) and `gains`; `sure` are those that were graded.
    `starts` are the first pairs of every need, `owners` the number of the need of every pair, `folds` the part of the
    needs it belongs to."""

    kind: Kind
    model: Model
    targets: tuple[Target, ...]
    pairs: tuple[tuple[NeedProfile, str], ...]
    grades: NDArray[np.int64]
    gains: Floats
    starts: NDArray[np.int64]
    owners: NDArray[np.int64]
    folds: NDArray[np.int64]
    tokens: Callable[[str], list[str]]
    alive: Callable[[], None]

    @classmethod
    def of(cls, graded: Graded, model: Model, alive: Callable[[], None]) -> _Class:
        needs = {need.key: need for need in graded.needs}
        missing = sorted({*graded.grades, *graded.decisions} - set(needs))
        if missing:
            raise ValueError(f"graded needs that are not given: {', '.join(missing[:10])}")
        there = {target.key for target in graded.targets}
        listed = [
            (needs[need], target, graded.grades.get(need, {}).get(target, 0))
            for need in sorted({*graded.grades, *graded.decisions})
            for target in sorted({*graded.grades.get(need, {}), *graded.decisions.get(need, {})} & there)
        ]
        gains = [
            metrics.gain(grade) - metrics.gain(1) if grade else graded.decisions[need.key][target]
            for need, target, grade in listed
        ]
        keys = [need.key for need, _, _ in listed]
        order = sorted(set(keys), key=lambda key: hashlib.blake2b(key.encode()).digest())
        fold = {key: place % FOLDS for place, key in enumerate(order)}
        numbers = {key: number for number, key in enumerate(sorted(set(keys)))}
        owners = np.asarray([numbers[key] for key in keys], dtype=np.int64)
        named = {target for _, target, _ in listed}
        targets = tuple(target for target in graded.targets if target.key in named)
        experts = bool(targets) and isinstance(targets[0], ExpertProfile)
        remembered: dict[str, list[str]] = {}

        def tokens(text: str) -> list[str]:
            if text not in remembered:
                remembered[text] = tokenise(text)
            return remembered[text]

        return cls(
            Kind.DOCUMENT if experts else Kind.OFFER,
            model,
            targets,
            tuple((need, target) for need, target, _ in listed),
            np.asarray([grade for _, _, grade in listed], dtype=np.int64),
            np.asarray(gains, dtype=np.float64),
            np.flatnonzero(np.diff(owners, prepend=-1)),
            owners,
            np.asarray([fold[key] for key in keys], dtype=np.int64),
            tokens,
            alive,
        )

    @property
    def sure(self) -> NDArray[np.bool_]:
        """Which pairs were graded, and not only decided on."""
        return self.grades > 0

    def half(self, policy: Policy) -> float:
        """The strength that scores one half."""
        return policy.expert_half_evidence if self.kind is Kind.DOCUMENT else policy.half_evidence

    def strengths(self, policy: Policy, rows: NDArray[np.int64] | None = None) -> Floats:
        """The strength of the pairs as the engine itself finds it, see `scoring`; of these rows only where given."""
        self.alive()
        pairs = self.pairs if rows is None else [self.pairs[row] for row in rows.tolist()]
        named = {target for _, target in pairs}
        targets = [target for target in self.targets if target.key in named]
        index = Index.build(targets, self.model, policy, tokens=self.tokens)
        scores = np.asarray([one.score for one in index.score_pairs(pairs, explain=False)], dtype=np.float64)
        return scores / (1.0 - scores) * self.half(policy)

    def outcome(self, before: Floats, after: Floats) -> Outcome:
        """Compare two ways to order the pairs of every need."""
        old, new = self._ndcg(before), self._ndcg(after)
        gains = new - old
        if not len(gains):
            return Outcome(self.kind, 0, 0, 0.0, 0.0, 0.0, 0.0, 1.0)
        draw = np.random.default_rng(0)
        means = gains[draw.integers(0, len(gains), (_DRAWS, len(gains)))].mean(axis=1)
        low, high = np.quantile(means, (0.025, 0.975)).tolist()
        flipped = (gains * draw.choice((-1.0, 1.0), (_DRAWS, len(gains)))).mean(axis=1)
        chance = float((np.count_nonzero(flipped >= gains.mean() - 1e-12) + 1) / (_DRAWS + 1))
        pairs = int(np.count_nonzero(self.sure))
        return Outcome(self.kind, len(gains), pairs, float(old.mean()), float(new.mean()), low, high, chance)

    def _ndcg(self, strengths: Floats) -> Floats:
        """nDCG@10 of every need that has graded pairs to tell apart, equal strengths in the order of their keys."""
        found = []
        for start, end in zip(self.starts, [*self.starts[1:], len(self.pairs)], strict=True):
            rows = start + np.flatnonzero(self.sure[start:end])
            gains = {self.pairs[row][1]: metrics.gain(int(self.grades[row])) for row in rows}
            if len(set(gains.values())) > 1:
                order = rows[np.argsort(-strengths[rows], kind="stable")]
                found.append(metrics.ndcg({"": [self.pairs[row][1] for row in order]}, {"": gains}))
        return np.asarray(found)


@dataclass(frozen=True, slots=True)
class _Picture:
    """How strengths answer to steps of the numbers, as a straight line: base + slopes · steps."""

    base: Floats
    slopes: Floats
    wanted: Floats
    owners: NDArray[np.int64]

    @classmethod
    def of(cls, pairs: _Class, policy: Policy, knobs: Sequence[Knob], base: Floats) -> _Picture:
        columns = [(pairs.strengths(knob.turned(policy, _STEP)) - base) / _STEP for knob in knobs]
        totals = np.bincount(pairs.owners, weights=pairs.gains)
        shares = pairs.gains / np.where(totals > 0.0, totals, 1.0)[pairs.owners]
        return cls(base, np.stack(columns, axis=1), shares, pairs.owners)

    def loss(self, heat: float, steps: Floats, kept: NDArray[np.bool_]) -> tuple[float, float, Floats]:
        """The cross entropy of the shares wanted, with its slopes by the logarithm of `heat` and by the steps."""
        _, owners = np.unique(self.owners[kept], return_inverse=True)
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        wanted, slopes = self.wanted[kept], self.slopes[kept]
        logits = heat * (self.base[kept] + slopes @ steps)
        highest = np.maximum.reduceat(logits, starts)
        powers = np.exp(logits - highest[owners])
        totals = np.add.reduceat(powers, starts)
        some = np.add.reduceat(wanted, starts) > 0.0  # a need without a better pair says nothing
        off = powers / totals[owners] * some[owners] - wanted
        loss = float((np.log(totals) + highest)[some].sum() - wanted @ logits)
        return loss, float(off @ logits), heat * (slopes.T @ off)


def _fitted(pictures: Sequence[_Picture], kept: Sequence[NDArray[np.bool_]], count: int) -> Floats:
    """The steps that fit the grades best, drawn towards none; each kind has a heat of its own."""
    kinds = len(pictures)

    def loss(found: Floats) -> tuple[float, Floats]:
        steps = found[kinds:]
        total = 0.5 * _PRIOR * float(steps @ steps)
        slopes = np.concatenate([np.zeros(kinds), _PRIOR * steps])
        for number, (one, some) in enumerate(zip(pictures, kept, strict=True)):
            if not some.any():
                continue
            part, by_heat, by_step = one.loss(float(np.exp(found[number])), steps, some)
            total += part
            slopes[number] += by_heat
            slopes[kinds:] += by_step
        return total, slopes

    bounds = [(-3.0, 3.0)] * kinds + [(-_FARTHEST, _FARTHEST)] * count
    found = minimize(loss, np.zeros(kinds + count), jac=True, method="L-BFGS-B", bounds=bounds).x
    return np.asarray(found[kinds:], dtype=np.float64)
