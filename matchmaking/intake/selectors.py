"""Reads about review steps and uploads. They start at a record or a person: nothing is shown that is not his to see."""

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from matchmaking.accounts.models import User
from matchmaking.common.crypto import unseal
from matchmaking.intake.models import (
    CHANGE,
    REMARKED,
    Decision,
    ImportBatch,
    ImportRow,
    ReviewStep,
    ReviewTask,
    RowGroup,
)
from matchmaking.vocabularies.selectors import labels

# Views of the rows of an upload beside their groups.
COMPLETE = "complete"  # records that had everything at the import
INCOMPLETE = "incomplete"  # rows that become drafts which cannot be submitted yet
QUESTIONS = "questions"  # rows that may be records of the owner
ALIKE = "alike"  # rows with a remark: another row of the file is nearly the same
MENDED = "mended"  # rows that were mended in the browser


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
    last = _on_the_way(record, kind).first()
    if last is None or last.decision != Decision.RETURN:
        return {}
    return {note.field: note.note for note in last.notes.all()}


def last_return(record: Any, kind: str) -> ReviewStep | None:
    """Return the last decision if it sent the record back, rejected or suspended it."""
    last = _on_the_way(record, kind).first()
    return last if last and last.decision in (Decision.RETURN, Decision.REJECT, Decision.SUSPEND) else None


def returned_change(record: Any, kind: str) -> ReviewStep | None:
    """Return the decision that sent the last change of a published record back, if nothing was proposed since."""
    last = steps_of(record, kind).filter(step=CHANGE).first()
    return last if last and last.decision == Decision.RETURN else None


def _on_the_way(record: Any, kind: str) -> QuerySet[ReviewStep]:
    """Decisions on the record itself. An appeal that waits or was dismissed leaves the rejection as it is."""
    return steps_of(record, kind).exclude(step=CHANGE).exclude(decision__in=[Decision.APPEAL, Decision.DISMISS])


def uploads_of(user: User, kind: str = "") -> QuerySet[ImportBatch]:
    """The uploads that a person may see, of one kind or of all, newest first."""
    seen = ImportBatch.objects.visible_to(user)
    seen = seen.filter(kind=kind) if kind else seen
    return seen.select_related("owner", "programme", "file", "created_by", "job").order_by("-id")


def rows_of(batch: ImportBatch, group: str = "") -> QuerySet[ImportRow]:
    """The rows of an upload in the order of the file, missing records by number: all, a group, or one of the views."""
    rows = batch.rows.order_by("row_no", "target_no")
    if group == INCOMPLETE:
        return rows.filter(group__in=[RowGroup.NEW, RowGroup.CHANGED]).exclude(missing=[])
    if group == QUESTIONS:  # answered ones stay, so that an answer can be changed
        return rows.in_file().exclude(similar=[])
    if group == ALIKE:
        return rows.filter(REMARKED)
    if group == MENDED:
        return rows.exclude(mended={})
    return rows.filter(group=group) if group else rows


def headings_of(batch: ImportBatch) -> list[dict[str, Any]]:
    """The headings of a file with a few values from below each, for the person who assigns the columns."""
    return [{**one, "samples": [unseal(text) for text in one.get("sample", ())]} for one in batch.headings]


def decisions_of(record: Any, kind: str, label_of: Callable[[str], Any]) -> list[dict[str, Any]]:
    """Return the decisions on a record in words, newest first, with their notes; `label_of` names a field.

    For those to whom the file of the record is open.
    """
    return [
        {
            "decision": step.decision,
            "step": step.step,
            "words": step.get_decision_display(),
            "reasons": labels("REVIEW_REASON", step.reasons),
            "reason": step.reason,
            "organisation": step.organisation,
            "by": step.by,
            "at": step.at,
            "notes": [{"label": label_of(note.field), "text": note.note} for note in step.notes.all()],
        }
        for step in steps_of(record, kind)
    ]


def has_left_its_owner(kind: str) -> Exists:
    """Whether a record was ever handed in, for a queryset of records: one that its owner withdrew before stays his."""
    steps = ReviewStep.objects.filter(object_kind=kind, object_id=OuterRef("uuid"))
    return Exists(steps.exclude(decision=Decision.WITHDRAW))


def is_escalated(kind: str, step: str) -> Exists:
    """Whether the open task of a step has been escalated, for a queryset of records: the next desk may decide."""
    tasks = ReviewTask.objects.open().filter(object_kind=kind, step=step, escalated_at__isnull=False)
    return Exists(tasks.filter(object_id=OuterRef("uuid")))


def written(batch: ImportBatch, show: str) -> QuerySet[Any]:
    """The records that an upload wrote: those that were complete at the import, or those that were not."""
    rows = batch.rows.filter(group__in=[RowGroup.NEW, RowGroup.CHANGED], version_after__isnull=False)
    rows = rows.exclude(missing=[]) if show == INCOMPLETE else rows.filter(missing=[])
    return rows.order_by().values("target_id")
