"""The chain over the history: one sealer gives every committed entry its place behind all others.

Any number of sealers may run, at any moment, and each may die at any moment: a lock that ends with the transaction lets
one of them work, and seals and waiting rows change in one transaction. What is sealed next is decided by “waits”, never
by a number greater than the last one: numbers become visible out of order (reliability facts 12 and rule 36).
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from matchmaking.activity.canonical import AS_TEXT, SCHEME, packed, stamp
from matchmaking.activity.models import Seal
from matchmaking.common.crypto import digest

PIECE = 2_000  # entries in a transaction
PAUSE = 5  # seconds between two rounds, so that a busy hour does not bring one every second
BEGINNING = "0" * 64  # what stands before the first place
_SEALER, _ANCHORER = 7_361_001, 7_361_002  # keys of the advisory locks

Values = Sequence[str | None]


def method_now() -> str:
    """How seals are made from now on: the scheme of the bytes and the digest, as each seal names them."""
    return f"{SCHEME}/{settings.HISTORY_DIGEST}"


def seal_digest(*, method: str, position: int, sealed_at: datetime, previous: str, entry: Values) -> str:
    """The digest of one place in the chain. `entry` holds the columns of the scheme as texts (`canonical.py`)."""
    data = packed((method, str(position), stamp(sealed_at), previous, *entry))
    return digest(data, method.partition("/")[2])


def hold(key: int) -> None:
    """Wait until nobody else does this, and keep others from it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def hold_anchors() -> None:
    """One process at a time writes anchors."""
    hold(_ANCHORER)


def is_due() -> bool:
    """Whether entries wait and the last round is some seconds ago. Costs two looks into indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT EXISTS (SELECT FROM activity_unsealed) AND NOT coalesce(
                (SELECT sealed_at > statement_timestamp() - make_interval(secs => %s)
                 FROM activity_seal ORDER BY position DESC LIMIT 1), false)
            """,
            [PAUSE],
        )
        return bool(cursor.fetchone()[0])


@transaction.atomic
def seal_entries(*, most: int = PIECE) -> int:
    """Give up to `most` waiting entries their places; return how many. 0 means that nothing waits."""
    hold(_SEALER)
    with connection.cursor() as cursor:  # reads after the lock: what another sealer has just committed is seen
        cursor.execute(
            f"SELECT {AS_TEXT} FROM activity_unsealed waiting"  # noqa: S608 (columns of ours)
            " JOIN activity_entry entry ON entry.id = waiting.entry_id ORDER BY waiting.entry_id LIMIT %s",
            [most],
        )
        waiting: list[Values] = cursor.fetchall()
    if not waiting:
        return 0
    last, previous = head()
    seals, method, now = [], method_now(), timezone.now()
    for position, entry in enumerate(waiting, start=last + 1):
        found = seal_digest(method=method, position=position, sealed_at=now, previous=previous, entry=entry)
        seals.append(Seal(position=position, entry_id=int(entry[0] or 0), method=method, sealed_at=now,
                          previous=previous, digest=found))  # fmt: skip
        previous = found
    Seal.objects.bulk_create(seals)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM activity_unsealed WHERE entry_id = ANY(%s)", [[seal.entry_id for seal in seals]])
    return len(seals)


def head() -> tuple[int, str]:
    """The last place of the chain and its digest; (0, the beginning) while nothing is sealed."""
    return Seal.objects.order_by("-position").values_list("position", "digest").first() or (0, BEGINNING)
