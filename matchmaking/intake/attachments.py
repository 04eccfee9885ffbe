"""Files that prove or show something about a record: which pools have them, and who reads and changes them.

Intake knows no pool. Each app registers its own in its `attaching.py`, under the word that stands in
`Attachment.object_kind`. Before publication a file is for the owner's side and the officers; afterwards each file
has its own choice: officers only, members, everybody who sees the record. While a record stands in the pool its owner
adds and removes files at once; that others read one is a change that is checked (`services.files`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from matchmaking.accounts.models import Organisation
from matchmaking.accounts.rules import is_member
from matchmaking.intake.models import Attachment, AttachmentKind, AttachmentVisibility

if TYPE_CHECKING:
    from matchmaking.intake.services.revising import Revising

FILES = "files"  # the field of versions and changes that holds files
Files = list[dict[str, str]]
CERTIFICATES = (AttachmentKind.TITLE, AttachmentKind.HONOUR, AttachmentKind.OTHER)
EVIDENCE = tuple(one for one in AttachmentKind if one not in CERTIFICATES[:2])


@dataclass(frozen=True)
class Pool:
    """`records`: whom a record shows itself to. `insider`: who reads all its files. `editable`: who adds and removes.

    `open_to`: whether somebody else who sees the record may read those of its files that are meant for him; an app
    says no here before publication and where the files would name a hidden owner. `revising`: the steps of a
    record that stands in the pool; without them its files stay as they were checked. `purposes`: what its files may be.
    `closed`: no file is ever for others, and nobody is asked who may open it.
    """

    records: Callable[[Any], QuerySet[Any]]
    owner: Callable[[Any], Organisation]
    insider: Callable[[Any, Any], bool]
    editable: Callable[[Any, Any], bool]
    open_to: Callable[[Any, Any], bool] = lambda _user, _record: False
    revising: "Revising | None" = None
    purposes: Sequence[AttachmentKind] = EVIDENCE
    closed: bool = False


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
    """Whether the person adds and removes files, before the record is handed in or while it stands in the pool."""
    return bool(user.is_authenticated and pool_of(kind).editable(user, record)) or may_revise(user, kind, record)


def may_revise(user: Any, kind: str, record: Any) -> bool:
    """Whether the record stands in the pool and the person may change it there."""
    steps = pool_of(kind).revising
    return bool(user.is_authenticated and steps and steps.can_revise(user, record))


def find_record(user: Any, kind: str, uuid: UUID) -> Any | None:
    """The record, if the person sees it."""
    return pool_of(kind).records(user).filter(uuid=uuid).first()


def has_file(kind: str, uuid: UUID, kinds: Iterable[str]) -> bool:
    """Whether a record has a file of one of these kinds (for the rules of what is complete)."""
    return Attachment.objects.filter(object_kind=kind, object_id=uuid, kind__in=list(kinds)).exists()


def described(attachment: Attachment) -> dict[str, str]:
    """A file as versions and changes keep it."""
    return {"file": str(attachment.uuid), "name": attachment.file.name, "kind": attachment.kind,
            "caption": attachment.caption, "visibility": attachment.visibility}  # fmt: skip


def with_files(kind: str, record: Any, fields: dict[str, Any]) -> dict[str, Any]:
    """A snapshot with the files of the record, where its kind has files that are versioned."""
    pool = _pools.get(kind)
    if pool is None or pool.revising is None:
        return fields
    return fields | {FILES: [described(one) for one in files_of(kind, record.uuid)]}


def merged(now: Files, changed: Files) -> Files:
    """All files of a record with what a change says of some of them; one that is gone stays gone."""
    said = {one["file"]: one for one in changed}
    return [said.get(one["file"], one) for one in now]


def file_in_words(one: Mapping[str, str]) -> str:
    """A file of a version or a change as a person reads it, on one line."""
    readers = _("opened by: %(readers)s") % {"readers": AttachmentVisibility(one["visibility"]).label}
    return " · ".join(filter(None, [one["name"], str(AttachmentKind(one["kind"]).label), one["caption"], readers]))
