"""The bytes of an entry that are sealed: every value in a fixed order, each with its length in front.

Read from the database as text, never through Python's types: JSON stands there in one form (keys by length and bytes),
and a time keeps its microseconds. What reads the same is the same, and no value can pass for two others.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from django.db import connection

SCHEME = "1"  # of the list below; a new column begins a new scheme, and old seals are read by theirs
SCHEMES: dict[str, tuple[str, ...]] = {
    "1": ("id", "at", "actor_id", "actor_name", "organisation_id", "organisation_name", "as_role",
          "as_organisation_id", "verb", "object_kind", "object_id", "object_no", "from_state", "to_state", "detail",
          "before", "after", "request_id", "origin"),
}  # fmt: skip
_TIME = """to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def select_list(scheme: str = SCHEME, *, table: str = "entry") -> str:
    """The columns of a scheme as texts, for a SELECT from the entries under the name `table`."""
    names = [f"{table}.{name}" for name in SCHEMES[scheme]]
    return ", ".join(_TIME.format(name=name) if name.endswith(".at") else f"{name}::text" for name in names)


def packed(values: Iterable[str | None]) -> bytes:
    """Texts as one run of bytes: `5:abcde` for a text of five bytes, `-` for none."""
    parts = []
    for value in values:
        if value is None:
            parts.append(b"-")
        else:
            encoded = value.encode()
            parts.append(b"%d:%b" % (len(encoded), encoded))
    return b"".join(parts)


def stamp(moment: datetime) -> str:
    """A time as it is sealed: UTC, with its microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def entries_as_text(ids: Sequence[int]) -> Iterator[tuple[str | None, ...]]:
    """The columns of these entries in the order of their numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {select_list()} FROM activity_entry entry WHERE id = ANY(%s) ORDER BY id",  # noqa: S608 (fixed)
            [list(ids)],
        )
        yield from cursor.fetchall()
