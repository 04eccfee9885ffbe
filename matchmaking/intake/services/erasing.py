"""Erasing the kept versions of a record on behalf of the person whose text they hold (PIPL 47).

This is the only door: the database refuses every other change of a version, and computes the digest itself.
"""

from typing import Any

from django.db import transaction
from django.db.models import Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.activity.services import record as write_down
from matchmaking.intake.models import ProposedChange, RecordVersion


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
