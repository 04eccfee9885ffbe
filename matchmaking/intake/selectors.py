"""Reads about review steps and uploads. They start at a record or a person: nothing is shown that is not his to see."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from matchmaking.accounts.models import User
from matchmaking.intake.models import Decision, ImportBatch, ImportRow, ReviewStep, RowGroup

INCOMPLETE = "incomplete"  # rows that become drafts which cannot be submitted yet


def steps_of(record: Any, kind: str) -> QuerySet[ReviewStep]:
    """Return the decisions on a record, newest first, with organisation, person and notes."""
    return (
        ReviewStep.objects.about(kind, record.uuid)
        .select_related("organisation", "by")
        .prefetch_related("notes")
        .order_by("-id")
    )


def open_notes(record: Any, kind: str) -> dict[str, str]:
    """Return {field: note} of the last decision if it sent the record back, for the owner's form."""
    last = steps_of(record, kind).first()
    if last is None or last.decision != Decision.RETURN:
        return {}
    return {note.field: note.note for note in last.notes.all()}


def last_return(record: Any, kind: str) -> ReviewStep | None:
    """Return the last decision if it sent the record back, rejected or suspended it."""
    last = steps_of(record, kind).first()
    return last if last and last.decision in (Decision.RETURN, Decision.REJECT, Decision.SUSPEND) else None


def uploads_of(user: User, kind: str) -> QuerySet[ImportBatch]:
    """The uploads of a kind that a person may see, newest first."""
    seen = ImportBatch.objects.visible_to(user).filter(kind=kind)
    return seen.select_related("owner", "programme", "file", "created_by", "job").order_by("-id")


def rows_of(batch: ImportBatch, group: str = "") -> QuerySet[ImportRow]:
    """The rows of an upload in the order of the file: all, one group, or the incomplete ones."""
    rows = batch.rows.order_by("row_no")
    if group == INCOMPLETE:
        return rows.filter(group__in=[RowGroup.NEW, RowGroup.CHANGED]).exclude(missing=[])
    return rows.filter(group=group) if group else rows


def decisions_of(record: Any, kind: str, label_of: Callable[[str], Any]) -> list[dict[str, Any]]:
    """Return the decisions on a record in words, newest first, with their notes; `label_of` names a field.

    For those to whom the file of the record is open.
    """
    return [
        {
            "decision": step.decision,
            "words": step.get_decision_display(),
            "reason": step.reason,
            "organisation": step.organisation,
            "by": step.by,
            "at": step.at,
            "notes": [{"label": label_of(note.field), "text": note.note} for note in step.notes.all()],
        }
        for step in steps_of(record, kind)
    ]
