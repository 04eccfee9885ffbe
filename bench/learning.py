"""What grades teach the engine: `python bench/learning.py beginning|sample|held-out [SET]`.

beginning  fit the calibration that an installation begins with on the graded pairs of the sample data; prints the
           module matchmaking/engine/beginning.py
sample     learn from the graded pairs of the sample data, need-disjoint, and say what that is worth
held-out   learn from half the needs of a development set and measure on the other half, whose pairs nobody has seen
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import match
from matchmaking.engine import exchange, metrics
from matchmaking.engine.beginning import Steps
from matchmaking.engine.calibration import calibrate
from matchmaking.engine.learning import STRONG, Graded, Lesson, learn
from matchmaking.engine.model import Model, fit
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.types import ExpertProfile, NeedProfile, OfferProfile, Target

GRADES = Path(__file__).resolve().parent / "data"
# Of real needs a tenth of the graded pairs was strong; and invented texts are told apart more easily than real ones.
REAL_SHARE = 0.10
CAUTION = 0.5
MOST = 0.45
UNJUDGED_TOP, UNJUDGED_ANY = 30, 10


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["beginning", "sample", "held-out"])
    parser.add_argument("set", nargs="?", default="project_result", choices=["project_result", "project_expert"])
    parser.add_argument("--needs", type=int, default=240, help="needs to learn from (held-out)")
    chosen = parser.parse_args()
    if chosen.what == "beginning":
        print_beginning()
    elif chosen.what == "sample":
        learn_from_sample()
    else:
        held_out(chosen.set, chosen.needs)


# --- The sample data -------------------------------------------------------------------------------------------------


def sample() -> tuple[Model, dict[str, Graded]]:
    """The records of the sample data with the pairs that were graded by hand."""
    needs = [match.sample_need(row) for row in match.sample_rows("needs")]
    offers = [match.sample_offer(row) for row in match.sample_rows("achievements")]
    experts = [match.sample_expert(row) for row in match.sample_rows("experts")]
    kinds: dict[str, list[Target]] = {"achievement": [*offers], "expert": [*experts]}
    graded = {
        kind: Graded(needs, targets, exchange.read_grades(GRADES / f"sample_grades_{kind}.tsv").grades)
        for kind, targets in kinds.items()
    }
    return fit(offers, experts, needs), graded


def print_beginning() -> None:
    """Print the module of the calibration to begin with."""
    model, graded = sample()
    listed = {kind: beginning(model, one) for kind, one in graded.items()}
    print('"""The calibration that an installation begins with, until it has grades of its own.\n')
    print("Printed by `python bench/learning.py beginning` from the 2 x 600 hand-graded pairs of the sample data, see")
    print("bench/data/README.md. Those texts are invented, complete and easily told apart, so the log odds are halved")
    print(
        "around the tenth of strong pairs that is found among graded pairs of real needs, and no score states one half."
    )
    print(
        "Every need that has an answer is there once more without it, as many real needs have none. Above the last step"
    )
    print("all graded pairs are strong, so nothing is known of a difference there. Both ends of every step are")
    print("(score, probability, pairs of the step).")
    print('"""\n\nSteps = tuple[tuple[float, float, int], ...]\n')
    for name, kind in (("OFFERS", "achievement"), ("EXPERTS", "expert")):
        print(f"{name}: Steps = (")
        for score, probability, pairs in listed[kind]:
            print(f"    ({score:.5f}, {probability:.4f}, {pairs}),")
        print(")")


def beginning(model: Model, graded: Graded) -> Steps:
    """The steps of a kind, drawn towards the share of real needs. Every need that has an answer is there once more
    without it, so that the best of the others, which would then come first, counts for what it is."""
    needs = {need.key: need for need in graded.needs}
    pairs = [(needs[need], target) for need, found in graded.grades.items() for target in found]
    index = Index.build(graded.targets, model, Policy())
    scores = [one.score for one in index.score_pairs(pairs, explain=False)]
    strong = [graded.grades[need.key][target] >= STRONG for need, target in pairs]
    answered = {need.key for (need, _), good in zip(pairs, strong, strict=True) if good}
    unanswered = [
        score for (need, _), score, good in zip(pairs, scores, strong, strict=True) if need.key in answered and not good
    ]
    found = calibrate([*scores, *unanswered], [*strong, *[False] * len(unanswered)])
    if found is None:
        raise SystemExit("there are too few grades")
    counted = len(scores) + len(unanswered)
    share = sum(strong) / counted
    return tuple(
        (
            knot.score,
            min(MOST, _expit(_logit(REAL_SHARE) + CAUTION * (_logit(knot.probability) - _logit(share)))),
            round(knot.pairs * len(scores) / counted),
        )
        for knot in found.knots
    )


def _logit(share: float) -> float:
    return math.log(share / (1.0 - share))


def _expit(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-odds))


def learn_from_sample() -> None:
    """Learn from the sample alone. It has 600 pairs a kind; a platform learns from 1,000 on."""
    model, graded = sample()
    for name, chosen in (
        ("achievements", ["achievement"]),
        ("experts", ["expert"]),
        ("both", ["achievement", "expert"]),
    ):
        report(name, learn([graded[kind] for kind in chosen], model, least_pairs=500))


def report(name: str, lesson: Lesson) -> None:
    """Print what a lesson is worth on needs it has not seen."""
    print(f"{name}: {lesson.verdict}")
    for one in lesson.outcomes:
        print(
            f"  {one.kind.name.lower():9} {one.needs} needs, {one.pairs} pairs: held-out nDCG@10 {one.before:.4f} -> "
            f"{one.after:.4f}, {one.gain:+.4f} [{one.low:+.4f}, {one.high:+.4f}], by chance {one.chance:.3f}"
        )
    for number, (before, after) in sorted(lesson.moved.items()):
        print(f"  {number:30} {before:8.3f} -> {after:8.3f}")


# --- The development sets --------------------------------------------------------------------------------------------


def held_out(name: str, count: int) -> None:
    """Learn from some needs, measure on all others.

    The judgements are binary: a need's right target counts as grade 4, the first unjudged ones of the engine and some
    by chance as grade 1. The two sides of every pair share few pairs of characters by the making of the set.
    """
    if not match.EVALDATA.is_dir():
        raise SystemExit("skipped: the development sets are not on this machine")
    folder = match.EVALDATA / name
    needs = exchange.read_needs(folder / "queries.jsonl")
    targets = exchange.targets_of(folder / "docs.jsonl", "expert" if name == "project_expert" else "achievement")
    relevant = exchange.read_grades(folder / "qrels.jsonl").grades
    offers = [target for target in targets if isinstance(target, OfferProfile)]
    experts = [target for target in targets if isinstance(target, ExpertProfile)]
    model = fit(offers, experts, needs)
    draw = random.Random(7)
    draw.shuffle(needs)
    learned_from, unseen = needs[:count], needs[count:]
    plain = Index.build(targets, model, Policy())
    grades = judged_like(plain, learned_from, relevant, draw)
    begun = time.monotonic()
    lesson = learn([Graded(learned_from, targets, grades)], model)
    report(f"{name}, {count} needs, {time.monotonic() - begun:.0f} s", lesson)
    gains = []
    judged = {need.key: dict.fromkeys(relevant[need.key], 1.0) for need in unseen}
    taught = Index.build(targets, model, lesson.policy)
    runs = [match.run_of(index.rank(unseen, top=100, explain=False)) for index in (plain, taught)]
    for need, found in judged.items():
        before, after = (metrics.ndcg({need: run[need]}, {need: found}) for run in runs)
        gains.append(after - before)
    low, high = _interval(gains)
    before, after = (metrics.ndcg(run, judged) for run in runs)
    print(
        f"  unseen    {len(unseen)} needs: nDCG@10 {before:.4f} -> {after:.4f}, "
        f"{after - before:+.4f} [{low:+.4f}, {high:+.4f}]"
    )
    said = judged_like(plain, unseen, relevant, draw)
    for title, index in (("to begin with", plain), ("learned", taught)):
        honesty(title, index, unseen, said)


def judged_like(
    index: Index, needs: Sequence[NeedProfile], relevant: Mapping[str, Mapping[str, int]], draw: random.Random
) -> dict[str, dict[str, int]]:
    """Grades as people would give them: the right target 4, the first other ones and some by chance 1."""
    found = {}
    for ranking in index.rank(needs, top=UNJUDGED_TOP, explain=False):
        grades = {one.target: 1 for one in ranking.candidates}
        grades |= {target.key: 1 for target in draw.sample(index.targets, UNJUDGED_ANY)}
        found[ranking.need] = grades | dict.fromkeys(relevant[ranking.need], 4)
    return found


def honesty(title: str, index: Index, needs: Sequence[NeedProfile], grades: Mapping[str, Mapping[str, int]]) -> None:
    """Print the calibration error over judged pairs, and how often a need whose right target is gone gets one half or
    more for another."""
    pairs = [(need, target) for need in needs for target in grades[need.key]]
    stated = [one.probability or 0.0 for one in index.score_pairs(pairs, explain=False)]
    strong = [grades[need.key][target] >= STRONG for need, target in pairs]
    gone = {(need.key, target) for need in needs for target, grade in grades[need.key].items() if grade >= STRONG}
    best = [
        ranking.candidates[0].probability or 0.0 for ranking in index.rank(needs, top=1, exclude=gone, explain=False)
    ]
    error = metrics.expected_calibration_error(stated, strong)
    print(
        f"  {title:14} ECE {error:.4f} over {len(pairs)} pairs ({sum(strong) / len(strong):.3f} strong), "
        f"false-strong {sum(one >= 0.5 for one in best) / len(best):.4f} of {len(best)} needs without their target"
    )


def _interval(gains: list[float]) -> tuple[float, float]:
    """95 % bootstrap interval of a mean over needs."""
    draw = random.Random(1)
    means = sorted(sum(draw.choices(gains, k=len(gains))) / len(gains) for _ in range(2_000))
    return means[50], means[1_949]


if __name__ == "__main__":
    main()
