"""Writing what a passed change says of the files of a record."""

from typing import Any

from matchmaking.intake.attachments import Files
from matchmaking.intake.models import Attachment


def describe(record: Any, kind: str, files: Files) -> None:
    """Describe files of this record anew, in the transaction that holds its row; those that are gone stay gone."""
    for one in files:
        found = Attachment.objects.filter(object_kind=kind, object_id=record.uuid, uuid=one["file"])
        found.update(kind=one["kind"], caption=one["caption"], visibility=one["visibility"])
