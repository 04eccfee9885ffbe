"""Is the history still what was sealed? Finds edit, deletion, reordering, truncation and a rewrite of the whole.

The chain answers for itself up to its head; that it was not cut or made anew is told by the anchors outside the
database. Without their files nothing is called whole.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from matchmaking.activity.anchoring import NAME, anchor_digest, line_of
from matchmaking.activity.canonical import AS_TEXT, SCHEME
from matchmaking.activity.models import Anchor, Seal, Unsealed
from matchmaking.activity.sealing import BEGINNING, head, seal_digest
from matchmaking.activity.services import record

KIND = "history"
VERIFIED, BROKEN = "history.verified", "history.broken"
PIECE = 5_000  # places read at a time
SENTENCES: dict[str, Any] = {
    "missing": _("Place %(position)s of the chain is missing."),
    "order": _("Place %(position)s does not follow the place before it: the order was changed."),
    "method": _("Place %(position)s was sealed by a method that is not known here: %(method)s."),
    "deleted": _("Entry %(entry)s was deleted; it stood in place %(position)s."),
    "changed": _("Entry %(entry)s (%(verb)s %(number)s) is not what was sealed in place %(position)s."),
    "cut": _("The chain ends with place %(position)s, but anchor %(anchor)s of %(at)s knew %(count)s places: its end was cut off."),  # noqa: E501
    "rewritten": _("Place %(position)s is not what anchor %(anchor)s of %(at)s knew: the chain was made anew."),
    "unsealed": _("Entry %(entry)s (%(verb)s %(number)s) is neither sealed nor waiting for it."),
    "vanished": _("Entry %(entry)s was deleted while it waited to be sealed."),
    "anchor_file": _("There are no anchors in %(path)s, but the database knows %(count)s."),
    "anchor_line": _("Line %(anchor)s of %(path)s is not the anchor that was written."),
    "anchor_rows": _("Anchor %(anchor)s of %(path)s is not in the database as it was written."),
}  # fmt: skip


_UUID = uuid5(NAMESPACE_URL, "tongti:history")


@dataclass(frozen=True)
class TheHistory:
    """The history itself, as what an entry is about."""

    uuid: UUID = _UUID
    public_no: str = ""


@dataclass(frozen=True)
class Finding:
    """The first place at which the history is not what was sealed."""

    code: str
    params: dict[str, Any]

    def __str__(self) -> str:
        return str(SENTENCES[self.code]) % self.params


@dataclass(frozen=True)
class Verified:
    """What was looked at: places `first` to `last` of the chain, anchors in files, and how many entries wait."""

    first: int
    last: int
    head: str
    anchors: int
    waiting: int
    finding: Finding | None


@dataclass(frozen=True)
class Mark:
    """An anchor as a file has it."""

    number: int
    at: str
    count: int
    head: str


def verify_history(*, since: datetime | None = None) -> Verified:
    """Compare the whole history with its seals and anchors, and write down what came of it.

    With `since` the walk along the chain begins at the last anchor before that time; all anchors are still compared.
    """
    marks: list[Mark] = []
    spoilt = None
    for folder in settings.ANCHOR_DIRS:
        found, wrong = _read(Path(folder) / NAME)
        marks, spoilt = max(marks, found, key=len), spoilt or wrong
    last, chain_head = head()  # after the anchors, so that it stands behind all of them
    start = max((mark for mark in marks if since and _time(mark.at) <= since), key=lambda one: one.number, default=None)
    first, before = (start.count, start.head) if start else (0, BEGINNING)
    finding = (
        (_compare([start], last) if start else None)
        or _walk(first, before, last)
        or _compare(marks, last)
        or spoilt
        or _strays(since if start else None)
    )
    outcome = Verified(first=min(first + 1, last), last=last, head=chain_head, anchors=len(marks),
                       waiting=Unsealed.objects.count(), finding=finding)  # fmt: skip
    write_down(outcome)
    return outcome


def write_down(outcome: Verified) -> None:
    """That somebody looked is part of the history, and what he found."""
    detail: dict[str, Any] = {"first": outcome.first, "last": outcome.last, "anchors": outcome.anchors}
    if outcome.finding:
        detail |= {"code": outcome.finding.code, "params": outcome.finding.params}
    record(by=None, verb=BROKEN if outcome.finding else VERIFIED, about=TheHistory(), kind=KIND, detail=detail)


def said_of(detail: dict[str, Any]) -> str:
    """The words for an entry that a verification wrote."""
    if "code" in detail:
        return str(Finding(detail["code"], detail["params"]))
    return f"{detail['first']}–{detail['last']}" if "last" in detail else ""


def _walk(after: int, previous: str, last: int) -> Finding | None:
    """Follow the chain from behind a place to the last one; the first place that does not fit."""
    expected = after + 1
    for position, entry_id, method, sealed_at, said, stored, *entry in _places(after, last):
        if position != expected:
            return Finding("missing", {"position": expected})
        if said != previous:
            return Finding("order", {"position": position})
        if method.partition("/")[0] != SCHEME:
            return Finding("method", {"position": position, "method": method})
        if entry[0] is None:
            return Finding("deleted", {"entry": entry_id, "position": position})
        if seal_digest(method=method, position=position, sealed_at=sealed_at, previous=said, entry=entry) != stored:
            return Finding("changed", _named(entry) | {"position": position})
        previous, expected = stored, expected + 1
    return Finding("missing", {"position": expected}) if expected <= last else None


def _places(after: int, last: int) -> Iterator[tuple[Any, ...]]:
    """Seals with the texts of their entries, in order, a page at a time."""
    while after < last:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT seal.position, seal.entry_id, seal.method, seal.sealed_at, seal.previous, seal.digest,"  # noqa: S608 (columns of ours)
                f" {AS_TEXT} FROM activity_seal seal LEFT JOIN activity_entry entry ON entry.id = seal.entry_id"
                " WHERE seal.position > %s AND seal.position <= %s ORDER BY seal.position LIMIT %s",
                [after, last, PIECE],
            )
            rows = cursor.fetchall()
        if not rows:
            return
        yield from rows
        after = rows[-1][0]


def _compare(marks: list[Mark], last: int) -> Finding | None:
    """The first anchor that the chain does not bear out."""
    counts = [mark.count for mark in marks]
    heads = dict(Seal.objects.filter(position__in=counts).values_list("position", "digest"))
    for mark in marks:
        when = {"anchor": mark.number, "at": f"{timezone.localtime(_time(mark.at)):%Y-%m-%d %H:%M}"}
        if mark.count > last:
            return Finding("cut", when | {"position": last, "count": mark.count})
        if heads.get(mark.count) != mark.head:
            return Finding("rewritten", when | {"position": mark.count})
    return None


def _strays(since: datetime | None) -> Finding | None:
    """An entry that no seal covers and that does not wait for one, or one that was deleted while it waited."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {AS_TEXT} FROM activity_entry entry"  # noqa: S608 (columns of ours)
            " WHERE (%s::timestamptz IS NULL OR entry.at >= %s)"
            " AND NOT EXISTS (SELECT FROM activity_seal seal WHERE seal.entry_id = entry.id)"
            " AND NOT EXISTS (SELECT FROM activity_unsealed waiting WHERE waiting.entry_id = entry.id)"
            " ORDER BY entry.id LIMIT 1",
            [since, since],
        )
        if stray := cursor.fetchone():
            return Finding("unsealed", _named(stray))
        cursor.execute(
            "SELECT entry_id FROM activity_unsealed waiting WHERE NOT EXISTS"
            " (SELECT FROM activity_entry entry WHERE entry.id = waiting.entry_id) ORDER BY entry_id LIMIT 1"
        )
        gone = cursor.fetchone()
    return Finding("vanished", {"entry": gone[0]}) if gone else None


def _named(entry: Any) -> dict[str, Any]:
    """An entry in words: its number, verb and the number of its record, from the columns as texts."""
    return {"entry": int(entry[0]), "verb": entry[8], "number": entry[11]}


def _read(path: Path) -> tuple[list[Mark], Finding | None]:
    """The anchors of a file, as far as they follow each other, and the first thing that is wrong with it.

    A last line without its end is one that is being written, or that a power cut left; the next anchor completes it.
    """
    rows = {anchor.number: line_of(anchor) for anchor in Anchor.objects.iterator()}
    if not path.exists():
        return [], Finding("anchor_file", {"path": str(path), "count": len(rows)}) if rows else None
    marks: list[Mark] = []
    previous, wrong = BEGINNING, None
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
        said = _parsed(line)
        if said is None or said["number"] != number or said["previous"] != previous or said["digest"] != _digest(said):
            return marks, Finding("anchor_line", {"path": str(path), "anchor": number})
        if rows.get(number) != line + b"\n":
            wrong = wrong or Finding("anchor_rows", {"path": str(path), "anchor": number})
        marks.append(Mark(number, said["at"], said["count"], said["head"]))
        previous = said["digest"]
    return marks, wrong


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(line)
    except ValueError:
        return None
    names = {"number", "at", "count", "head", "method", "previous", "digest"}
    return said if isinstance(said, dict) and names <= said.keys() else None


def _digest(said: dict[str, Any]) -> str:
    return anchor_digest(method=said["method"], number=said["number"], at=said["at"], position=said["count"],
                         chain_head=said["head"], previous=said["previous"])  # fmt: skip


def _time(text: str) -> datetime:
    found = parse_datetime(text)
    assert found is not None  # the digest of the line has been compared
    return found
