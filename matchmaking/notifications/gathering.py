"""Acts on many records: what they would tell somebody record by record is gathered and told once.

`services.telling_once` opens a gathering around such an act; `services.notify` keeps what has a wording for many.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Told:
    """{kind and person: how many records, and the first notice in full}: JSON, so that a job keeps it in its cursor."""

    kept: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, person: Any, notice: dict[str, Any]) -> None:
        """One more notice for this person; `notice` are the other arguments of `notify`."""
        entry = self.kept.setdefault(f"{notice['kind']}:{person.pk}", {"person": person.pk, "count": 0, **notice})
        entry["count"] += 1


_open: ContextVar[Told | None] = ContextVar("told", default=None)


def current() -> Told | None:
    return _open.get()


@contextmanager
def gathering(kept: dict[str, dict[str, Any]] | None = None) -> Iterator[Told]:
    """Gather what `notify` is asked in this block, added to what was `kept`. Who opens it sends it.

    A notice stands where it was asked for: its record's own transaction must not be rolled back after that.
    """
    told = Told(kept if kept is not None else {})
    token = _open.set(told)
    try:
        yield told
    finally:
        _open.reset(token)
