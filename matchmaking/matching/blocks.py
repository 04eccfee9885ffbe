"""The pools in the memory of a process, in blocks: for what is asked of the engine beside its batches.

A block is read again only when one of its rows has changed, and a request builds blocks for some tenths of a second at
most: after a start the first answers say how much of the pool they have seen, and the page asks again until they have
seen all of it. Nothing here touches the broker.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from matchmaking.matching import beside, snapshot
from matchmaking.matching.models import StatisticsVersion

if TYPE_CHECKING:
    from matchmaking.engine.policy import Policy

SIZE = 200
SECONDS = 0.3


class Blocks:
    """The blocks of this process, under the statistics and the policy they were built with. Not for two threads at
    once: whoever reads them holds `lock`."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.built_with: tuple = ()
        self.counter: beside.Asking | None = None
        self.blocks: dict[tuple[str, int], tuple[tuple, Any]] = {}

    def ready(self, kinds: Sequence[str], seconds: float) -> tuple[dict[str, list[Any]], int, int]:
        """Return the blocks of these kinds that are there after at most `seconds` of building, and how many of all
        records they hold; nothing before the first fit.

        Every call loads the numerical libraries or builds at least one block, so that asking again always ends.
        """
        until = time.monotonic() + seconds
        policy = snapshot.default_policy()
        version = StatisticsVersion.objects.standing(policy.version)
        if version is None:
            return {}, 0, 0
        built = self._renew(version, policy)
        stamps = {(kind, block): stamp for kind in kinds for block, stamp in snapshot.count_stamps(kind, SIZE)}
        self.blocks = {key: held for key, held in self.blocks.items() if key in stamps or key[0] not in kinds}
        found: dict[str, list[Any]] = {kind: [] for kind in kinds}
        seen = 0
        for (kind, block), stamp in stamps.items():
            if self._stale(kind, block, stamp):
                if built and time.monotonic() > until:
                    continue
                self._build(kind, block, stamp)
                built = True
            found[kind].append(self.blocks[kind, block][1])
            seen += stamp[0]
        return found, seen, sum(stamp[0] for stamp in stamps.values())

    def _renew(self, version: StatisticsVersion, policy: Policy) -> bool:
        """Take up other statistics or another policy; return whether there was anything to take up."""
        wanted = (version.digest, policy.digest)
        if self.built_with == wanted:
            return False
        self.blocks = {}
        self.counter = beside.Asking(beside.model_at_once(version.digest), policy)
        self.built_with = wanted
        return True

    def _stale(self, kind: str, block: int, stamp: tuple) -> bool:
        held = self.blocks.get((kind, block))
        return held is None or held[0] != stamp

    def _build(self, kind: str, block: int, stamp: tuple) -> None:
        assert self.counter is not None  # `_renew` comes first
        keys = snapshot.block_keys(kind, block, SIZE)
        self.blocks[kind, block] = (stamp, self.counter.block(kind, keys))


shared = Blocks()


def forget() -> None:
    """Drop the blocks of this process, for tests and benchmarks."""
    shared.__init__()  # type: ignore[misc]
