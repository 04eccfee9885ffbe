"""The head of the chain, put down outside the database: who rewrites the whole chain cannot rewrite these files too.

An anchor is a row and, in every folder of `settings.ANCHOR_DIRS`, a line. A file is all lines in their order and is
only ever added to: what a power cut left of a line is completed, and lines that a folder has missed are made up for.
A file that says something else than the rows is left as it is.
"""

import json
import os
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from matchmaking.activity.canonical import packed, stamp
from matchmaking.activity.models import Anchor
from matchmaking.activity.sealing import BEGINNING, head, hold_anchors, method_now
from matchmaking.common.crypto import digest

NAME = "history.jsonl"
_TAIL = 4_096  # bytes: more than any line


class AnchorsDiffer(Exception):
    """A file of anchors does not go on from where the database is. Neither is touched."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return _("The anchors in %(path)s are not those of the database. Run verify_history before anything else.") % {
            "path": self.path
        }


def anchor_digest(*, method: str, number: int, at: str, position: int, chain_head: str, previous: str) -> str:
    """The digest of one anchor; `at` as `canonical.stamp` writes it."""
    return digest(packed((method, str(number), at, str(position), chain_head, previous)), method.partition("/")[2])


def line_of(anchor: Anchor) -> bytes:
    """An anchor as its line in a file."""
    said = {"number": anchor.number, "at": stamp(anchor.at), "count": anchor.position, "head": anchor.head,
            "method": anchor.method, "previous": anchor.previous, "digest": anchor.digest}  # fmt: skip
    return json.dumps(said).encode() + b"\n"


@transaction.atomic
def put_anchor() -> Anchor | None:
    """Write down the present head as a row; None when it is the one that was written down last."""
    hold_anchors()
    position, chain_head = head()
    last = Anchor.objects.order_by("-number").first()
    if position == 0 or (last and (last.position, last.head) == (position, chain_head)):
        return None
    number, previous = (last.number + 1, last.digest) if last else (1, BEGINNING)
    at, method = timezone.now(), method_now()
    found = anchor_digest(method=method, number=number, at=stamp(at), position=position, chain_head=chain_head,
                          previous=previous)  # fmt: skip
    return Anchor.objects.create(number=number, at=at, position=position, head=chain_head, method=method,
                                 previous=previous, digest=found)  # fmt: skip


@transaction.atomic
def write_files() -> int:
    """Bring every file up to the rows; return how many lines were written. Raises AnchorsDiffer, OSError.

    Holds the lock of the anchors, so that two processes do not write one line twice.
    """
    hold_anchors()
    return sum(_go_on(Path(folder) / NAME) for folder in settings.ANCHOR_DIRS)


def _go_on(path: Path) -> int:
    number, said, begun = _end_of(path)
    if number:
        known = Anchor.objects.filter(number=number).first()
        if known is None or line_of(known) != said:
            raise AnchorsDiffer(path)
    lines = [line_of(anchor) for anchor in Anchor.objects.filter(number__gt=number).order_by("number")]
    missing = b"".join(lines)
    if not missing.startswith(begun):
        raise AnchorsDiffer(path)
    if missing:
        _append(path, missing[len(begun) :])
    return len(lines)


def _end_of(path: Path) -> tuple[int, bytes, bytes]:
    """The number and the bytes of the last whole line, and what stands of a line behind it."""
    if not path.exists():
        return 0, b"", b""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _TAIL, 0))
        tail = file.read()
    whole, cut, begun = tail.rpartition(b"\n")
    if not cut:
        return 0, b"", begun
    line = whole.rpartition(b"\n")[2] + b"\n"
    try:
        return int(json.loads(line)["number"]), line, begun
    except (ValueError, KeyError, TypeError):
        raise AnchorsDiffer(path) from None


def _append(path: Path, data: bytes) -> None:
    """Add bytes to the end of a file; it is on the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        while data:
            data = data[os.write(opened, data) :]
        os.fsync(opened)
    finally:
        os.close(opened)
