"""Adding, describing and removing the files of a record.

On a record that stands in the pool the owner adds and removes at once: a new file is for the officers, and each step is
kept as a version. What others would read of a file that they do not read today waits for a check, as other changes do.
"""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.activity.services import record as record_entry
from matchmaking.common.documents import DocumentRefused, examine
from matchmaking.intake.attachments import FILES, Files, described, files_of, may_change, may_revise, pool_of
from matchmaking.intake.models import Attachment, AttachmentVisibility, StoredFile, VersionOf
from matchmaking.intake.services import changes
from matchmaking.intake.services.versions import keep, keep_first


class NotAllowed(Exception):
    """The person may not change the files of this record in its present state."""

    message = _("The files of this record cannot be changed now.")


class NoSuchRecord(Exception):
    """The record was removed while the file was on its way."""


def add_attachment(
    *, by: User, kind: str, record: Any, upload: UploadedFile, purpose: str, visibility: str, caption: str = ""
) -> Attachment:
    """Check a file and store it under a random name. Raises DocumentRefused with a sentence, NotAllowed,
    NoSuchRecord.

    `purpose` is one of AttachmentKind. The record is locked: it cannot be handed in while a file comes. In the pool
    every new file is for the officers alone, whatever `visibility` says.
    """
    document = examine(upload.name or "", upload)  # type: ignore[arg-type]  # an UploadedFile reads like a file
    stored = StoredFile(uuid=uuid4(), name=document.name, size=document.size, sha256=document.sha256, created_by=by)
    try:
        with transaction.atomic():
            place, in_pool = _open(by, kind, record)
            stored.owner = pool_of(kind).owner(place)
            present = files_of(kind, place.uuid)
            if len(present) >= settings.FILES_PER_RECORD:
                raise DocumentRefused(
                    _("A record has at most %(number)s files.") % {"number": settings.FILES_PER_RECORD}
                )
            if any(one.file.sha256 == document.sha256 for one in present):
                raise DocumentRefused(_("This very file is there already."))
            stored.file.save(stored.uuid.hex, upload, save=False)
            stored.save(force_insert=True)
            if in_pool or pool_of(kind).closed:
                visibility = AttachmentVisibility.OFFICERS
            last = present.aggregate(last=Max("position"))["last"] or 0
            attachment = Attachment.objects.create(
                object_kind=kind, object_id=place.uuid, file=stored, media_type=document.media_type, kind=purpose,
                visibility=visibility, caption=caption, position=last + 1, created_by=by,
            )  # fmt: skip
            _written(by, place, attachment, "file_added", in_pool=in_pool)
            return attachment
    except BaseException:
        if stored.file:
            stored.file.delete(save=False)  # a file without a row would stay for ever
        raise


@transaction.atomic
def describe_attachment(
    *, by: User, record: Any, attachment: Attachment, purpose: str, visibility: str, caption: str
) -> bool:
    """Change what a file is called, what it is and who may open it. Raises NotAllowed, NoSuchRecord.

    Returns False where this waits for a check: in the pool, for whatever others would newly read.
    """
    kind = attachment.object_kind
    place, in_pool = _open(by, kind, record)
    attachment.refresh_from_db()
    before = described(attachment)
    visibility = AttachmentVisibility.OFFICERS if pool_of(kind).closed else visibility
    after = before | {"kind": purpose, "visibility": visibility, "caption": caption}
    if in_pool and _shows_more(before, after):
        steps = pool_of(kind).revising
        others = [one for one in _waiting(place, kind) if one["file"] != after["file"]]
        came = steps.revise(by, place, version=place.version, wanted={FILES: [*others, after]})  # type: ignore[union-attr]
        return FILES in came.live
    Attachment.objects.filter(pk=attachment.pk).update(kind=purpose, visibility=visibility, caption=caption)
    attachment.kind, attachment.visibility = purpose, visibility
    _take_out_of_change(by, place, attachment)
    _written(by, place, attachment, "file_described", in_pool=in_pool)
    return True


@transaction.atomic
def remove_attachment(*, by: User, record: Any, attachment: Attachment) -> None:
    """Remove a file for good: the row now, the bytes after the transaction. Raises NotAllowed, NoSuchRecord."""
    place, in_pool = _open(by, attachment.object_kind, record)
    _take_out_of_change(by, place, attachment)
    _remove(attachment)
    _written(by, place, attachment, "file_removed", in_pool=in_pool)


@transaction.atomic
def remove_all(*, by: User | None, kind: str, record: Any) -> None:
    """Remove every file of a record for good, in the step by which its person leaves, whose business it is who may."""
    for attachment in files_of(kind, record.uuid):
        _remove(attachment)
        _written(by, record, attachment, "file_removed", in_pool=False)


def _remove(attachment: Attachment) -> None:
    stored = attachment.file
    attachment.delete()
    stored.delete()
    transaction.on_commit(lambda: stored.file.storage.delete(str(stored.file.name)))


def _shows_more(before: dict[str, str], after: dict[str, str]) -> bool:
    """Whether people outside the officers would read something of a file that they do not read today."""
    widths = AttachmentVisibility.values  # from the few to the many
    if after["visibility"] == AttachmentVisibility.OFFICERS:
        return False
    same = before | {"visibility": after["visibility"]} == after
    return not same or widths.index(after["visibility"]) > widths.index(before["visibility"])


def _waiting(record: Any, kind: str) -> Files:
    """What a change that waits for a check says of files."""
    change = changes.open_change(record, kind)
    return change.content.get(FILES, []) if change else []


def _take_out_of_change(by: User, record: Any, attachment: Attachment) -> None:
    """What is done to a file now replaces what waited for it."""
    kind = attachment.object_kind
    waiting, steps = _waiting(record, kind), pool_of(kind).revising
    rest = [one for one in waiting if one["file"] != str(attachment.uuid)]
    if steps and len(rest) < len(waiting):
        changes.settle(by=by, record=record, kind=kind, wanted=[FILES], checked={FILES: rest} if rest else {},
                       owner=steps.owner_of(record))  # fmt: skip


def _written(by: User | None, record: Any, attachment: Attachment, step: str, *, in_pool: bool) -> None:
    """One line of history, and in the pool a version."""
    kind = attachment.object_kind
    pool = pool_of(kind)
    owner = pool.owner(record)
    record_entry(
        by=by, verb=f"{kind}.{step}", about=record, kind=kind,
        organisation=pool.revising.named(record, owner) if pool.revising else owner,
        acting_for=owner,
        detail={"file": str(attachment.uuid), "kind": attachment.kind, "visibility": attachment.visibility},
    )  # fmt: skip
    if in_pool:
        keep(record=record, kind=kind, by=by, what=VersionOf.EDITED)


def _open(by: User, kind: str, record: Any) -> tuple[Any, bool]:
    """The record as it stands now, locked against every move of its state, and whether it stands in the pool, where
    the first version is kept before anything changes. Raises NotAllowed, NoSuchRecord.
    """
    pool = pool_of(kind)
    locked = type(record).objects.select_for_update(no_key=True, of=("self",)).filter(pk=record.pk)
    if locked.first() is None:
        raise NoSuchRecord
    place = pool.records(by).filter(pk=record.pk).first()
    if place is None or not may_change(by, kind, place):
        raise NotAllowed
    in_pool = may_revise(by, kind, place)
    if in_pool:
        keep_first(record=place, kind=kind)
    return place, in_pool
