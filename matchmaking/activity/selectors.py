"""Reading history. Who may read it is decided by who may see the record: load that through `visible_to` first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from matchmaking.activity.labels import state_label, verb_label
from matchmaking.activity.models import Entry


@dataclass(frozen=True)
class Line:
    """One dated line. `who` is an organisation, with the person before it only where persons may be shown."""

    at: datetime
    verb: str
    title: str
    who: str
    by_system: bool
    from_state: str
    to_state: str
    reason: str


def history(record: Any, *, kind: str, show_people: bool = False, limit: int = 100) -> list[Line]:
    """The newest entries about a record, newest first.

    `show_people` is for colleagues and officers: the other side of a match must not learn a name from a history.
    """
    entries = Entry.objects.about(kind, record.uuid).order_by("-id")[:limit]
    return [_line(entry, show_people) for entry in entries]


def _line(entry: Entry, show_people: bool) -> Line:
    shown = [entry.actor_name] if show_people else []
    reason = entry.detail.get("reason", "")
    return Line(
        at=entry.at,
        verb=entry.verb,
        title=verb_label(entry.object_kind, entry.verb),
        who=" · ".join(part for part in [*shown, entry.organisation_name] if part),
        by_system=entry.actor_id is None,
        from_state=state_label(entry.object_kind, entry.from_state),
        to_state=state_label(entry.object_kind, entry.to_state),
        reason=reason if isinstance(reason, str) else "",
    )
