"""Review steps: the dated decisions on a record before it is public, with a note per field."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from matchmaking.accounts.models import Organisation, User
from matchmaking.intake.models import Decision, FieldNote, ReviewStep


@transaction.atomic
def record_step(
    *,
    by: User,
    record: Any,
    kind: str,
    step: str,
    decision: Decision,
    organisation: Organisation,
    reason: str = "",
    reasons: Iterable[str] = (),
    notes: Mapping[str, str] | None = None,
) -> ReviewStep:
    """Write down one decision on `record` (a list entry of `kind`), in the transaction that moves its state.

    `reasons` are codes of REVIEW_REASON; `notes` maps a field name to what is wrong with it, empty ones are left out.
    """
    taken = ReviewStep.objects.create(
        object_kind=kind,
        object_id=record.uuid,
        step=step,
        decision=decision,
        reasons=list(dict.fromkeys(reasons)),
        reason=reason,
        organisation=organisation,
        by=by,
        record_version=record.version,
    )
    FieldNote.objects.bulk_create(
        FieldNote(step=taken, field=field, note=note.strip()) for field, note in (notes or {}).items() if note.strip()
    )
    return taken
