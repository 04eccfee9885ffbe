"""What a large index that is mapped knows of its achievements: read from the file when it is asked for, never all.

A million achievements as objects would take more memory in every process than their weights take in all of them
together, and half a minute to make.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.constraints import Constraints
from matchmaking.engine.spooling import Spool
from matchmaking.engine.types import Target

Arrays = dict[str, NDArray[Any]]


class Lines(Sequence[str]):
    """Texts in one array of bytes."""

    def __init__(self, written: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
        self.written, self.ends = written, ends

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, at: Any) -> Any:
        at = range(len(self))[at]
        return bytes(self.written[self.ends[at] : self.ends[at + 1]]).decode("utf-8", "surrogatepass")

    @classmethod
    def of(cls, texts: Iterable[str]) -> Lines:
        """Write texts one behind the other."""
        spool, ends = Spool(np.uint8), [0]
        for text in texts:
            found = np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)
            spool.add(found)
            ends.append(ends[-1] + len(found))
        return cls(spool.array(), np.asarray(ends, dtype=np.int64))


class Records(Sequence[Target]):
    """Achievements, each made from its line when it is asked for."""

    def __init__(self, lines: Lines, read: Callable[[str], Target]) -> None:
        self._lines, self._read = lines, read

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, at: Any) -> Any:
        return self._read(self._lines[at])


class Places(Mapping[str, int]):
    """Where keys stand that are in their order."""

    def __init__(self, keys: Lines) -> None:
        self._keys = keys

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __getitem__(self, key: str) -> int:
        at = bisect_left(self._keys, key)
        if at == len(self._keys) or self._keys[at] != key:
            raise KeyError(key)
        return at


class Groups(Mapping[str, tuple[int, ...]]):
    """Positions under names that are in their order."""

    def __init__(self, names: Lines, ends: NDArray[np.int64], positions: NDArray[np.int32]) -> None:
        self._places, self._ends, self._positions = Places(names), ends, positions

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __getitem__(self, name: str) -> tuple[int, ...]:
        at = self._places[name]
        return tuple(self._positions[self._ends[at] : self._ends[at + 1]].tolist())


def constraints_arrays(constraints: Constraints) -> Arrays:
    """The constraints of achievements, whose keys are in their order, as arrays."""
    keys, units = Lines.of(constraints.positions), sorted(constraints.by_unit.items())
    names = Lines.of(name for name, _ in units)
    spool = Spool(np.int32)
    for _, positions in units:
        spool.add(np.asarray(positions, dtype=np.int32))
    return {
        "keys": keys.written, "key_ends": keys.ends, "units": names.written, "unit_ends": names.ends,
        "having": spool.array(), "having_ends": np.cumsum([0, *(len(positions) for _, positions in units)]),
    }  # fmt: skip


def constraints_of(arrays: Mapping[str, NDArray[Any]]) -> Constraints:
    """The reverse of `constraints_arrays`."""
    names = Lines(arrays["units"], arrays["unit_ends"])
    units = Groups(names, arrays["having_ends"], arrays["having"])
    return Constraints(units, {}, Places(Lines(arrays["keys"], arrays["key_ends"])))
