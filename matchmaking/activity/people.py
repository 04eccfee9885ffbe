"""Names in the history are read by reference: an entry names an account by its number alone.

So a person can have the name erased and the chain of seals stays as it is. The floor above, which knows accounts, says
what each is called now, and what is shown instead of one that was closed (`provide`). Entries written before this hold
a name; of a closed account it is shown no more.
"""

from collections.abc import Callable, Iterable, Mapping

from matchmaking.activity.models import Entry

Names = Callable[[Iterable[int]], Mapping[int, str]]
_names: list[Names] = []


def provide(names: Names) -> None:
    """`names(keys)` gives for each of these accounts what is shown as its name."""
    _names[:] = [names]


def names_of(entries: Iterable[Entry]) -> dict[int, str]:
    """{key of an account: the name to show} for everybody who acts in these entries; one query."""
    named = {entry.actor_id: entry.actor_name for entry in entries if entry.actor_id}
    found = _names[0](named) if _names and named else {}
    return named | dict(found)
