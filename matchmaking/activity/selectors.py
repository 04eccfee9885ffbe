"""Reading history. Who may read it is decided by who may see the record: load that through `visible_to` first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from django.utils.translation import gettext as _

from matchmaking.activity.labels import field_label, state_label, told, value_label, verb_label
from matchmaking.activity.models import Entry
from matchmaking.activity.people import names_of


class Line(TypedDict):
    """One dated line, in the shape that the `timeline` component takes; texts in the language of the page."""

    at: datetime
    verb: str
    title: str
    by: str
    text: str


def history(record: Any, *, kind: str, show_people: bool = False, limit: int = 100) -> list[Line]:
    """The newest entries about a record, newest first.

    `show_people` is for colleagues and officers: the other side of a match must not learn a name from a history.
    """
    entries = list(Entry.objects.about(kind, record.uuid).order_by("-id")[:limit])
    names = names_of(entries) if show_people else {}
    return [_line(entry, names) for entry in entries]


def published_since(*, kind: str, verbs: Sequence[str], since: datetime) -> set[UUID]:
    """The records of a kind with which one of these acts was done since then, by their uuid."""
    acts = Entry.objects.filter(object_kind=kind, verb__in=verbs, at__gte=since)
    return set(acts.values_list("object_id", flat=True))


def _line(entry: Entry, names: dict[int, str]) -> Line:
    person = names.get(entry.actor_id or 0, "")
    who = " · ".join(part for part in (person, entry.organisation_name) if part)
    title, text = what(entry)
    return Line(
        at=entry.at,
        verb=entry.verb,
        title=title,
        by=who or ("" if entry.actor_id else _("the portal")),
        text="\n".join(part for part in (text, *changes_of(entry)) if part),
    )


def what(entry: Entry) -> tuple[str, str]:
    """What was done, and what was said of it: the states and a reason."""
    said = (_step(entry), told(entry.object_kind, entry.detail))
    return verb_label(entry.object_kind, entry.verb), "\n".join(part for part in said if part)


def changes_of(entry: Entry) -> list[str]:
    """What an edit changed, line by line: the fields by their names, values where anybody may read them."""
    kind, old, new = entry.object_kind, entry.before, entry.after
    lines = []
    if fields := new.get("fields"):
        names = "、".join(field_label(kind, name) for name in fields)
        lines.append(_("Changed: %(fields)s") % {"fields": names})
    for name, value in new.get("values", {}).items():
        source, target = (value_label(kind, name, one) for one in (old.get("values", {}).get(name), value))
        lines.append(f"{field_label(kind, name)}: {source or '—'} → {target or '—'}")
    if "version" in old and "version" in new:
        lines.append(_("Version %(old)s → %(new)s") % {"old": old["version"], "new": new["version"]})
    return lines


def _step(entry: Entry) -> str:
    source = state_label(entry.object_kind, entry.from_state)
    target = state_label(entry.object_kind, entry.to_state)
    return f"{source} → {target}" if source and target else target
