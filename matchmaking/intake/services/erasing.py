"""Erasing what intake kept of a record on behalf of the person whose text it holds (PIPL 47): versions and rows.

For versions this is the only door: the database refuses every other change, and computes the digest itself.
"""

from typing import Any

from django.db import transaction
from django.db.models import Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.activity.services import record as write_down
from matchmaking.intake.models import ImportRow, ProposedChange, RecordVersion


class ReasonMissing(Exception):
    message = _("Please give a reason.")


@transaction.atomic
def erase_versions(*, by: User | None, record: Any, kind: str, reason: str) -> int:
    """Empty every version of a record and drop what waits to be changed in it; return how many versions were emptied.

    `by` is None for the portal itself. Versions that are empty already stay as they are. Raises ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing
    there = RecordVersion.objects.filter(object_kind=kind, object_id=record.uuid, erased_at=None)
    count = there.update(
        data=Value(None), erased_at=timezone.now(), erased_by=by, erased_because=reason.strip()[:200]
    )  # fmt: skip
    ProposedChange.objects.filter(object_kind=kind, object_id=record.uuid).delete()
    if count:
        write_down(by=by, verb=f"{kind}.versions_erased", about=record, kind=kind, detail={"count": count})
    return count


def erase_rows(*, record: Any) -> int:
    """Empty the rows of uploads that wrote this record; return how many. That there was a row stays, with its number.

    An upload that was emptied here cannot be taken back for this record, which has left by then.
    """
    rows = ImportRow.objects.filter(target_id=record.uuid)
    return rows.update(values={}, mended={}, cleaned={}, words=[], similar=[], before=Value(None))
