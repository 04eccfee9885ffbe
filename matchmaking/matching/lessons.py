"""Graded pairs of the platform → what the engine learns from them, as plain values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from catalog.models import Achievement
from experts.models import Expert
from matchmaking.matching import snapshot
from matchmaking.matching.indexes import KINDS
from needs.models import TechNeed

if TYPE_CHECKING:
    from matchmaking.engine.learning import Graded
    from matchmaking.engine.model import Model
    from matchmaking.engine.policy import Policy

Pair = tuple[str, str, str, int]
Decision = tuple[str, str, str, int, int]


def least_pairs() -> int:
    """Fewer graded pairs teach nothing, not even probabilities."""
    from matchmaking.engine.calibration import LEAST_GRADED  # numerical libraries stay out of the web process

    return LEAST_GRADED


def learn(
    pairs: Sequence[Pair], decisions: Sequence[Decision], model: Model, policy: Policy, alive: Callable[[], None]
) -> dict[str, Any]:
    """Learn from pairs (need number, target number, kind, grade) and from decisions (… , as if of this grade, place in
    the list): policy, verdict, outcomes and moved as plain values.

    It takes seconds to minutes and writes nothing; `alive` is called in between.
    """
    from matchmaking.engine.learning import learn as learn_from  # numerical libraries stay out of the web process

    graded = [found for kind in KINDS if (found := _graded(kind, pairs, decisions)) is not None]
    lesson = learn_from(graded, model, policy, alive=alive)
    return {
        "policy": lesson.policy.as_dict(),
        "verdict": lesson.verdict,
        "outcomes": [asdict(one) | {"kind": KINDS[one.kind]} for one in lesson.outcomes],
        "moved": {name: list(values) for name, values in lesson.moved.items()},
    }


def _graded(kind: str, pairs: Iterable[Pair], decisions: Iterable[Decision]) -> Graded | None:
    from matchmaking.engine.learning import Graded, worth  # see above

    grades: dict[str, dict[str, int]] = defaultdict(dict)
    decided: dict[str, dict[str, float]] = defaultdict(dict)
    for need, target, of, grade in pairs:
        if of == kind:
            grades[need][target] = grade
    for need, target, of, grade, place in decisions:
        if of == kind:
            decided[need][target] = worth(grade, place)
    if not grades:
        return None
    numbers = sorted({*grades, *decided})
    needs = TechNeed.objects.filter(public_no__in=numbers).select_related("body__owner").order_by("public_no")
    named = {target for found in grades.values() for target in found}
    named |= {target for found in decided.values() for target in found}
    if kind == "achievement":
        offers = Achievement.objects.filter(public_no__in=named).order_by("public_no")
        targets: Sequence[Any] = snapshot.offer_profiles(list(offers))
    else:
        experts = Expert.objects.filter(public_no__in=named).select_related("organisation").order_by("public_no")
        targets = snapshot.expert_profiles(list(experts))
    return Graded(snapshot.need_profiles(list(needs)), targets, grades, decided)
