"""What a change may not do to a record in the pool, asked in the same way by its form, its check and an upload."""

from collections.abc import Callable, Mapping
from typing import Any

Fields = Mapping[str, Any]
Problems = Mapping[str, Any]  # {field: sentence}; a cell of a row is named `<field>-<place>-<column>`
Judge = Callable[[Fields], Problems]


def new_gaps(*, lacks: Judge, exposes: Judge, whole: Fields, live: Fields) -> dict[str, Any]:
    """Return what is wrong with a record after a change, and after that part of it which goes live at once.

    Both judges are asked what is wrong with the record when it has these fields. What it lacked before it may go on
    lacking (`lacks`). What exposes a hidden owner is refused whatever stood there before (`exposes`): an old gap in the
    same field excuses nothing. Only while a change waits that mends them may other fields stay as they are.
    """
    if not whole:
        return {}
    parts = [whole, live] if live and live != whole else [whole]
    found = {name: words for fields in parts for name, words in lacks(fields).items()}
    before = lacks({}) if found else {}
    exposed = dict(exposes(whole))
    if len(parts) > 1 and (at_once := exposes(live)):
        waiting = {name for name in exposes({}) if name.partition("-")[0] not in live}
        exposed |= {name: words for name, words in at_once.items() if name not in waiting}
    return {name: words for name, words in found.items() if name not in before} | exposed
