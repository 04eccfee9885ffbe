"""Plain lists of ids → the engine's assignment → plain lists of ids. Imports the engine as `snapshot` does: inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Offer(NamedTuple):
    """A candidate above the floor: ids of both, its score in (0, 1]."""

    need: int
    target: int
    score: float


@dataclass(frozen=True)
class Limits:
    """What may be given away. `places`: how many more targets each need takes. `least`, `most`: how many more needs
    each target must and may get. `units`: the unit of a target, where it has one. `covered`: needs that have somebody
    already. Needs and targets are listed in an order that does not depend on ids: it decides between equals."""

    places: Mapping[int, int]
    least: Mapping[int, int]
    most: Mapping[int, int]
    units: Mapping[int, int]
    covered: frozenset[int]


@dataclass(frozen=True)
class Solved:
    """The offers taken up, as positions in their list; what the worst-served need got relative to its best offer; the
    price in total score against the greatest one; targets that stay below their least load."""

    chosen: list[int]
    served: float
    price: float
    idle: int


def solve(offers: Sequence[Offer], limits: Limits) -> tuple[Solved, Solved]:
    """Return the assignment of the greatest total score, and the one that serves the worst-served need best."""
    import numpy as np  # numerical libraries stay out of the web process

    from matchmaking.engine import assignment as engine  # see above

    need_at = {key: at for at, key in enumerate(limits.places)}
    target_at = {key: at for at, key in enumerate(limits.most)}
    pairs = engine.Pairs(
        np.fromiter((need_at[offer.need] for offer in offers), dtype=np.int64, count=len(offers)),
        np.fromiter((target_at[offer.target] for offer in offers), dtype=np.int64, count=len(offers)),
        np.fromiter((offer.score for offer in offers), dtype=np.float64, count=len(offers)),
    )
    numbers = {unit: at for at, unit in enumerate(dict.fromkeys(limits.units.values()))}
    capacities = engine.Capacities(
        np.fromiter(limits.places.values(), dtype=np.int64, count=len(need_at)),
        np.fromiter((limits.least[key] for key in limits.most), dtype=np.int64, count=len(target_at)),
        np.fromiter(limits.most.values(), dtype=np.int64, count=len(target_at)),
        np.fromiter((numbers.get(limits.units.get(key, -1), -1) for key in limits.most), np.int64, len(target_at)),
    )
    best = engine.assign(pairs, capacities)
    covered = [need_at[key] for key in limits.covered]
    fair = engine.assign_fairly(pairs, capacities, covered=covered, best=best)
    one, other = (
        Solved(found.chosen.tolist(), found.served, found.price, len(found.idle)) for found in (best, fair)
    )  # fmt: skip
    return one, other


def gini(loads: Sequence[int]) -> float:
    """How unequal loads are: 0 all the same, towards 1 one bears all."""
    from matchmaking.engine.assignment import gini as of  # see above

    return of(loads)
