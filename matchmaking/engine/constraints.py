"""Hard exclusions, kept apart from every score: who may never be proposed to whom, and why.

same_owner         the enterprise is itself a completing unit of the achievement or the employer of the expert
declared_conflict  the expert declared a conflict with the enterprise
earlier_refusal    the pair is in the set the caller hands over
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from matchmaking.engine.types import ExpertProfile, NeedProfile, Target

SAME_OWNER = "same_owner"
DECLARED_CONFLICT = "declared_conflict"
EARLIER_REFUSAL = "earlier_refusal"


@dataclass(frozen=True, slots=True)
class Constraints:
    """The exclusions of an index, looked up by credit code; positions are those of the targets given."""

    by_unit: Mapping[str, tuple[int, ...]]
    by_conflict: Mapping[str, tuple[int, ...]]
    positions: Mapping[str, int]

    @classmethod
    def of(cls, targets: Sequence[Target]) -> Constraints:
        """Index the units and the declared conflicts of the targets."""
        units = _positions((unit, at) for at, target in enumerate(targets) for unit in target.units)
        conflicts = _positions(
            (unit, at)
            for at, target in enumerate(targets)
            if isinstance(target, ExpertProfile)
            for unit in target.conflicts
        )
        return cls(units, conflicts, {target.key: at for at, target in enumerate(targets)})

    def excluded(self, need: NeedProfile, refused: Iterable[str]) -> dict[int, str]:
        """Positions that this need may not get, each with the first constraint that says so."""
        found: dict[int, str] = {}
        if need.owner:
            found |= dict.fromkeys(self.by_unit.get(need.owner, ()), SAME_OWNER)
            for at in self.by_conflict.get(need.owner, ()):
                found.setdefault(at, DECLARED_CONFLICT)
        for key in refused:
            if key in self.positions:
                found.setdefault(self.positions[key], EARLIER_REFUSAL)
        return found


def refusals_by_need(exclude: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    """The refused pairs (need key, target key), grouped by need."""
    grouped: dict[str, list[str]] = {}
    for need, target in exclude:
        grouped.setdefault(need, []).append(target)
    return grouped


def _positions(pairs: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    grouped: dict[str, list[int]] = {}
    for unit, at in pairs:
        if unit:
            grouped.setdefault(unit, []).append(at)
    return {unit: tuple(found) for unit, found in grouped.items()}
