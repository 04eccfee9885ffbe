"""How the versions of a kind of record are written and read. Each app above says it once, at start."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from matchmaking.activity.labels import register_fields
from matchmaking.common.formats import plain
from matchmaking.intake.attachments import FILES, merged, with_files

Snapshot = dict[str, Any]


class Unchanged(Exception):
    """A rejected record is filed again only with changes."""

    message = _("This record was rejected. Please change what the decision names before you hand it in again.")


@dataclass(frozen=True)
class VersionedKind:
    """`snapshot` gives every field of a record as JSON; `visible` the fields that a person may read of its versions,
    in their order: nothing for those to whom the file is closed. `unjudged` fields say nothing about the content;
    of `told` ones, choices that everybody reads who sees the record, the history keeps the values.
    """

    kind: str
    snapshot: Callable[[Any], Snapshot]
    labels: Callable[[str], Any]
    visible: Callable[[Any, Any], Collection[str]]
    load: Callable[[Any, UUID], Any]
    words: Callable[[str, Any], str] = lambda _name, value: str(plain(value))
    unjudged: Sequence[str] = ()
    told: Sequence[str] = ()

    def content(self, record: Any) -> Snapshot:
        """What stands there now: the fields, and the files of kinds whose owners change them in the pool."""
        return with_files(self.kind, record, self.snapshot(record))

    def proposed(self, now: Snapshot, change: Snapshot) -> Snapshot:
        """What would stand there with a change, which names only the files that it concerns."""
        after = now | change
        return after | {FILES: merged(now.get(FILES, []), change[FILES])} if FILES in change else after


class UnknownKind(Exception):
    """No app registered this kind of record."""


_kinds: dict[str, VersionedKind] = {}


def register(kind: str, **how: Any) -> None:
    """Say how versions of a kind are made and read; see `VersionedKind`."""
    _kinds[kind] = made = VersionedKind(kind=kind, **how)
    register_fields(kind, name=made.labels, value=made.words)


def find(kind: str) -> VersionedKind:
    try:
        return _kinds[kind]
    except KeyError:
        raise UnknownKind(kind) from None


def differing(kind: str, before: Snapshot, after: Snapshot) -> list[str]:
    """The fields of `after` that say something else than in `before`.

    What reads the same is no difference: a form gives back an empty text for what was stored as nothing, codes
    (keywords, industries) in the order of the list from which they are ticked, and two signs for each line break.
    """
    words = find(kind).words
    pairs = ((name, _one_break(before.get(name)), _one_break(value)) for name, value in after.items())
    changed = (pair for pair in pairs if _unordered(pair[1]) != _unordered(pair[2]))
    return [name for name, old, new in changed if words(name, old) != words(name, new)]


def _unordered(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return sorted(value)
    return value


def _one_break(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    if isinstance(value, Mapping):
        return {name: _one_break(one) for name, one in value.items()}
    return [_one_break(one) for one in value] if isinstance(value, list | tuple) else value


def as_json(value: Any) -> Any:
    """A value of a model or a form as JSON keeps it: numbers without padding, days as text, records by their key."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, Mapping):
        return {str(name): as_json(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    return value


def from_json(model: type[models.Model], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a model from what `as_json` made of them; keys of other records stay keys."""
    found = {}
    for name, value in row.items():
        column = field_of(model, name)
        if isinstance(column, models.ForeignKey):
            found[column.attname] = value
        else:
            found[name] = column.to_python(value)
    return found


def field_of(model: type[models.Model], name: str) -> Any:
    """The column of a model by its name."""
    return model._meta.get_field(name)  # noqa: SLF001 (Django's documented door)
