"""Files that prove or show something about a record: which pools have them, and who reads and changes them.

Intake knows no pool. Each app registers its own in its `attaching.py`, under the word that stands in
`Attachment.object_kind`. Before publication a file is for the owner's side and the officers; afterwards each file
has its own choice: officers only, members, everybody who sees the record.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from matchmaking.accounts.models import Organisation
from matchmaking.accounts.rules import is_member
from matchmaking.intake.models import Attachment, AttachmentVisibility


@dataclass(frozen=True)
class Pool:
    """`records`: whom a record shows itself to. `insider`: who reads all its files. `editable`: who adds and removes.

    `open_to`: whether somebody else who sees the record may read those of its files that are meant for him; an app
    says no here before publication and where the files would name a hidden owner.
    """

    records: Callable[[Any], QuerySet[Any]]
    owner: Callable[[Any], Organisation]
    insider: Callable[[Any, Any], bool]
    editable: Callable[[Any, Any], bool]
    open_to: Callable[[Any, Any], bool]


_pools: dict[str, Pool] = {}


class NoSuchPool(LookupError):
    """Nobody registered files for this kind of record."""


def register(kind: str, pool: Pool) -> None:
    _pools[kind] = pool


def pool_of(kind: str) -> Pool:
    """Return the pool of a kind. Raises NoSuchPool."""
    try:
        return _pools[kind]
    except KeyError:
        raise NoSuchPool(kind) from None


def files_of(kind: str, uuid: UUID) -> QuerySet[Attachment]:
    """All files of a record in their order, for those who have asked `may_read` or are insiders."""
    found = Attachment.objects.filter(object_kind=kind, object_id=uuid)
    return found.select_related("file").order_by("position", "pk")


def may_read(user: Any, record: Any, attachment: Attachment) -> bool:
    """Whether somebody who sees the record may open this file of it."""
    return bool(readable(user, attachment.object_kind, record, [attachment]))


def readable(user: Any, kind: str, record: Any, attachments: Iterable[Attachment]) -> list[Attachment]:
    """Those files of a record that somebody who sees the record may open."""
    pool = pool_of(kind)
    if user.is_authenticated and pool.insider(user, record):
        return list(attachments)
    if not pool.open_to(user, record):
        return []
    allowed = {AttachmentVisibility.PUBLIC}
    if is_member(user):
        allowed.add(AttachmentVisibility.MEMBERS)
    return [one for one in attachments if one.visibility in allowed]


def may_change(user: Any, kind: str, record: Any) -> bool:
    return bool(user.is_authenticated and pool_of(kind).editable(user, record))


def find_record(user: Any, kind: str, uuid: UUID) -> Any | None:
    """The record, if the person sees it."""
    return pool_of(kind).records(user).filter(uuid=uuid).first()


def has_file(kind: str, uuid: UUID, kinds: Iterable[str]) -> bool:
    """Whether a record has a file of one of these kinds (for the rules of what is complete)."""
    return Attachment.objects.filter(object_kind=kind, object_id=uuid, kind__in=list(kinds)).exists()
