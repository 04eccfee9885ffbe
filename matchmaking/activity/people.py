"""Names in the history are read by reference: of an account that was closed no name is shown any more.

The sealed entry keeps what it said; the floor above, which knows accounts, says who has closed his (`provide`).
"""

from collections.abc import Callable, Iterable, Mapping

from matchmaking.activity.models import Entry

Closed = Callable[[Iterable[int]], Mapping[int, str]]
_closed: list[Closed] = []


def provide(closed: Closed) -> None:
    """`closed(keys)` gives of these accounts those that were closed, with what is shown instead of the name."""
    _closed[:] = [closed]


def names_of(entries: Iterable[Entry]) -> dict[int, str]:
    """{key of an account: the name to show} for everybody who acts in these entries; one query."""
    named = {entry.actor_id: entry.actor_name for entry in entries if entry.actor_id}
    gone = _closed[0](named) if _closed and named else {}
    return named | dict(gone)
