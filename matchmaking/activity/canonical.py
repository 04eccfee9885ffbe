"""The bytes of an entry that are sealed: every value in a fixed order, each with its length in front.

Read from the database as text, never through Python's types: JSON stands there in one form (keys by length and bytes),
and a time keeps its microseconds. What reads the same is the same, and no value can pass for two others.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

SCHEME = "1"  # of these columns: with another one begins a new scheme, and old seals are read by theirs
COLUMNS = ("id", "at", "actor_id", "actor_name", "organisation_id", "organisation_name", "as_role",
           "as_organisation_id", "verb", "object_kind", "object_id", "object_no", "from_state", "to_state", "detail",
           "before", "after", "request_id", "origin")  # fmt: skip
_TIME = """to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
# For a SELECT from the entries under the name `entry`: every column as text.
AS_TEXT = ", ".join(_TIME if name == "at" else f"entry.{name}::text" for name in COLUMNS)


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
