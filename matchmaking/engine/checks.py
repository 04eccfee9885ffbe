"""Is the input fit to be ranked, and does a ranking keep its promises? Standard library only."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from matchmaking.engine.types import NeedProfile, Ranking, Target

CONTRIBUTION_TOLERANCE = 1e-9


class InputError(ValueError):
    """The records cannot be ranked as given; the message names the keys."""


def check_needs(needs: Sequence[NeedProfile]) -> None:
    """Raise InputError when keys are empty or repeat."""
    _check_keys("need", (need.key for need in needs))


def check_targets(targets: Sequence[Target]) -> None:
    """Raise InputError when keys are empty or repeat, or achievements and experts are mixed."""
    _check_keys("target", (target.key for target in targets))
    kinds = sorted({type(target).__name__ for target in targets})
    if len(kinds) > 1:
        raise InputError(f"an index holds one kind of target, not {' and '.join(kinds)}")


def check_inputs(needs: Sequence[NeedProfile], targets: Sequence[Target]) -> None:
    """Both checks at once. Raises InputError."""
    check_needs(needs)
    check_targets(targets)


def check_validity(rankings: Iterable[Ranking], *, exclude: Collection[tuple[str, str]] = frozenset()) -> list[str]:
    """Every broken promise of the rankings as one sentence each; empty when all is well.

    Promises: ranks count from 1, scores lie in [0, 1] and fall, ties stand in the order of their keys, nobody
    appears twice or against an exclusion, contributions add up to the score, and an empty answer says why.
    """
    return [f"{ranking.need}: {problem}" for ranking in rankings for problem in _problems(ranking, exclude)]


def _problems(ranking: Ranking, exclude: Collection[tuple[str, str]]) -> Iterable[str]:
    candidates = ranking.candidates
    if [candidate.rank for candidate in candidates] != list(range(1, len(candidates) + 1)):
        yield "ranks do not count from 1"
    order = [(-candidate.score, candidate.target) for candidate in candidates]
    if order != sorted(order):
        yield "candidates are out of order"
    if len({candidate.target for candidate in candidates}) < len(candidates):
        yield "a target appears twice"
    for candidate in candidates:
        if not 0.0 < candidate.score <= 1.0:
            yield f"{candidate.target} has the score {candidate.score}"
        if candidate.excluded or (ranking.need, candidate.target) in exclude:
            yield f"{candidate.target} is excluded"
        parts = math.fsum(reason.contribution for reason in candidate.reasons)
        if candidate.reasons and abs(parts - candidate.score) > CONTRIBUTION_TOLERANCE:
            yield f"{candidate.target} has the score {candidate.score} and contributions of {parts}"
    if any(candidate.above_floor for candidate in candidates) == bool(ranking.empty_reason):
        yield "an answer is empty exactly when it says why"


def _check_keys(noun: str, keys: Iterable[str]) -> None:
    counted = Counter(keys)
    if "" in counted:
        raise InputError(f"a {noun} has no key")
    repeated = sorted(key for key, count in counted.items() if count > 1)
    if repeated:
        raise InputError(f"{noun} keys repeat: {', '.join(repeated[:10])}")
