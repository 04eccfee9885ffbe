"""What somebody does to the history who may do everything in the database: triggers off, plain SQL, triggers on."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.db import connection

from matchmaking.activity import anchoring, sealing
from matchmaking.activity.canonical import AS_TEXT
from matchmaking.activity.models import Anchor, Seal
from matchmaking.activity.services import record


@dataclass
class Thing:
    public_no: str = "CG-2026-000001"
    uuid: UUID = field(default_factory=uuid4)


def write(count, **how):
    """Entries like those of real acts; what they say differs."""
    return [
        record(by=None, verb="thing.edited", about=Thing(f"CG-{number:03}"), kind="thing", to_state="draft",
               detail={"version": number, "share": number / 7, "reason": "图纸不全"}, **how)
        for number in range(1, count + 1)
    ]  # fmt: skip


def seal_all(*, most=sealing.PIECE):
    """Seal what waits; return how many."""
    sealed = 0
    while done := sealing.seal_entries(most=most):
        sealed += done
    return sealed


def anchor():
    made = anchoring.put_anchor()
    anchoring.write_files()
    return made


@contextmanager
def unguarded():
    """The triggers of the history are off, as for the owner of the tables."""
    tables = ("activity_entry", "activity_unsealed", "activity_seal", "activity_anchor")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def forge_chain(first=1):
    """Compute all seals anew from a place on, so that the chain fits what the entries say now."""
    with unguarded() as cursor:
        seals = list(Seal.objects.filter(position__gte=first).order_by("position"))
        previous = Seal.objects.filter(position=first - 1).values_list("digest", flat=True).first()
        previous = previous or sealing.BEGINNING
        cursor.execute("DELETE FROM activity_seal WHERE position >= %s", [first])
        place = first
        for seal in seals:
            cursor.execute(f"SELECT {AS_TEXT} FROM activity_entry entry WHERE id = %s", [seal.entry_id])
            entry = cursor.fetchone()
            if entry is None:
                continue
            digest = sealing.seal_digest(method=seal.method, position=place, sealed_at=seal.sealed_at,
                                         previous=previous, entry=entry)  # fmt: skip
            Seal.objects.create(position=place, entry_id=seal.entry_id, method=seal.method, sealed_at=seal.sealed_at,
                                previous=previous, digest=digest)  # fmt: skip
            previous, place = digest, place + 1


def forge_anchors():
    """Make the anchors in the database fit the chain as it is now; the files outside cannot be reached."""
    heads = dict(Seal.objects.values_list("position", "digest"))
    anchors = list(Anchor.objects.order_by("number"))
    with unguarded() as cursor:
        cursor.execute("DELETE FROM activity_anchor")
    previous = sealing.BEGINNING
    for one in anchors:
        place = min(one.position, max(heads))
        digest = anchoring.anchor_digest(method=one.method, number=one.number, at=anchoring.stamp(one.at),
                                         position=place, chain_head=heads[place], previous=previous)  # fmt: skip
        Anchor.objects.create(number=one.number, at=one.at, position=place, head=heads[place], method=one.method,
                              previous=previous, digest=digest)  # fmt: skip
        previous = digest
