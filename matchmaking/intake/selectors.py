"""Reads about review steps. They start at a record the caller was allowed to see."""

from typing import Any

from django.db.models import QuerySet

from matchmaking.intake.models import Decision, ReviewStep


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
    """Return the last decision if it sent the record back or rejected it."""
    last = steps_of(record, kind).first()
    return last if last and last.decision in (Decision.RETURN, Decision.REJECT) else None
