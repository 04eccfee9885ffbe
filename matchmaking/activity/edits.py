"""What an edit changed, as the history keeps it: versions and the names of fields, never a protected value."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypedDict


class Edit(TypedDict):
    """The two halves of what `record()` takes."""

    before: dict[str, Any]
    after: dict[str, Any]


def edit_of(
    *,
    version: int,
    fields: Iterable[str],
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    told: Collection[str] = (),
) -> Edit:
    """An edit of the row version `version`, which became the next one. `fields` have changed.

    Values are kept only of the fields in `told`: codes and choices that everybody may read who sees the record. What
    the others said stands in the kept versions of the record, which name the same row version.
    """
    names = sorted(fields)
    shown = [name for name in names if name in told]
    found = Edit(before={"version": version}, after={"version": version + 1, "fields": names})
    if shown:
        found["before"]["values"] = {name: (before or {}).get(name) for name in shown}
        found["after"]["values"] = {name: (after or {}).get(name) for name in shown}
    return found
