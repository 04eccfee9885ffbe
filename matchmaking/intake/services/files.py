"""Adding, describing and removing the files of a record."""

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
from matchmaking.intake.attachments import files_of, pool_of
from matchmaking.intake.models import Attachment, StoredFile


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

    `purpose` is one of AttachmentKind. The record is locked: it cannot be handed in while a file comes.
    """
    document = examine(upload.name or "", upload)  # type: ignore[arg-type]  # an UploadedFile reads like a file
    stored = StoredFile(uuid=uuid4(), name=document.name, size=document.size, sha256=document.sha256, created_by=by)
    try:
        with transaction.atomic():
            place = _open(by, kind, record)
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
            last = present.aggregate(last=Max("position"))["last"] or 0
            attachment = Attachment.objects.create(
                object_kind=kind, object_id=place.uuid, file=stored, media_type=document.media_type, kind=purpose,
                visibility=visibility, caption=caption, position=last + 1, created_by=by,
            )  # fmt: skip
            record_entry(by=by, verb=f"{kind}.file_added", about=place, kind=kind, organisation=stored.owner,
                         detail={"file": str(attachment.uuid), "kind": purpose})  # fmt: skip
            return attachment
    except BaseException:
        if stored.file:
            stored.file.delete(save=False)  # a file without a row would stay for ever
        raise


@transaction.atomic
def describe_attachment(
    *, by: User, record: Any, attachment: Attachment, purpose: str, visibility: str, caption: str
) -> None:
    """Change what a file is called, what it is and who may open it. Raises NotAllowed, NoSuchRecord."""
    place = _open(by, attachment.object_kind, record)
    Attachment.objects.filter(pk=attachment.pk).update(kind=purpose, visibility=visibility, caption=caption)
    record_entry(by=by, verb=f"{attachment.object_kind}.file_described", about=place, kind=attachment.object_kind,
                 detail={"file": str(attachment.uuid), "kind": purpose, "visibility": visibility})  # fmt: skip


@transaction.atomic
def remove_attachment(*, by: User, record: Any, attachment: Attachment) -> None:
    """Remove a file for good: the row now, the bytes after the transaction. Raises NotAllowed, NoSuchRecord."""
    place = _open(by, attachment.object_kind, record)
    stored = attachment.file
    attachment.delete()
    stored.delete()
    record_entry(by=by, verb=f"{attachment.object_kind}.file_removed", about=place, kind=attachment.object_kind,
                 detail={"file": str(attachment.uuid), "kind": attachment.kind})  # fmt: skip
    transaction.on_commit(lambda: stored.file.storage.delete(str(stored.file.name)))


def _open(by: User, kind: str, record: Any) -> Any:
    """The record as it stands now, locked against every move of its state. Raises NotAllowed, NoSuchRecord."""
    pool = pool_of(kind)
    locked = type(record).objects.select_for_update(no_key=True, of=("self",)).filter(pk=record.pk)
    if locked.first() is None:
        raise NoSuchRecord
    place = pool.records(by).filter(pk=record.pk).first()
    if place is None or not pool.editable(by, place):
        raise NotAllowed
    return place
