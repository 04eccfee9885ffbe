"""Sentences about a file as a whole: why it was refused and what to do, and what to know about one that was read.

Codes and parameters are stored, so that everybody reads them in his own language.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from matchmaking.common.spreadsheet import WorkbookRefused
from matchmaking.intake.importing import find_kind
from matchmaking.intake.models import ImportRow
from matchmaking.intake.said import spoken
from matchmaking.intake.services.import_results import texts_of
from matchmaking.intake.services.imports import REVISED_TOO_MANY

REFUSALS = {
    "no_heading": _("There is no column “%(heading)s” in the first rows of the sheet, so it cannot be read as a list."),
    "no_rows": _("The sheet has headings but no rows below them."),
    "heading_twice": _("The column “%(heading)s” stands in the sheet twice (%(first)s and %(second)s)."),
    "too_many_revised": REVISED_TOO_MANY,
    "failed": _("The check of this file failed for a reason of ours. Nothing was imported."),
}
WHAT_TO_DO = {
    "no_heading": _("Copy your rows into the template and upload that."),
    "no_rows": _("Fill in the sheet with the headings and upload the file again."),
    "heading_twice": _("Delete or rename one of the two columns and upload the file again."),
    "failed": _("Upload the file again. If it fails once more, tell the people who run this portal."),
}
REMARKS = {
    "unknown_columns": _("These columns are not part of the list and were left out: %(columns)s."),
    "no_heading": REFUSALS["no_heading"],
    "heading_twice": REFUSALS["heading_twice"],
    "same_shape": _(
        "Only the sheet “%(sheet)s” was read. These sheets hold lists of the same kind: %(sheets)s. "
        "Choose another sheet, or upload each as a file of its own."
    ),
    "notes": _("%(count)s lines were taken for notes and not for records: row %(rows)s (“%(first)s”)."),
    "undo_blocked": _(
        "The upload was not undone: %(count)s records were changed, handed in or checked meanwhile (%(first)s). "
        "Nothing changed."
    ),
    "undo_failed": _("Undoing failed for a reason of ours and nothing was changed. Please try again."),
    "back_as_draft": _(
        "These records had left the drafts before the import withdrew them; they came back as drafts: %(numbers)s."
    ),
    "other_sheets": _("Only the sheet “%(sheet)s” was read. Not read: %(sheets)s."),
    "merged": _("The sheet has merged cells: only the first cell of each holds a value, the others count as empty."),
    "merged_down": _("%(cells)s: the cells are merged; the value was taken for every row (%(count)s places)."),
    "merged_names": _(
        "%(cells)s: the cells are merged, but names and numbers of records were not taken for every row: one record "
        "stands in one row (%(count)s places)."
    ),
    "merged_across": _(
        "%(cells)s: the cells are merged over several columns; only the first cell holds the value (%(count)s places)."
    ),
    "hidden_rows": _("%(count)s hidden rows were read like all others."),
    "changed_meanwhile": _(
        "Nothing was imported yet: records of your organisation have changed since the check. "
        "The preview below is new; please look at it once more."
    ),
    "commit_failed": _("The import failed for a reason of ours and nothing was written. Please try again."),
}


def sentence_of(refusal: Mapping[str, Any]) -> str:
    """Why a file was refused, in the language of the page."""
    code, params = refusal.get("code", ""), refusal.get("params") or {}
    if code in REFUSALS:
        return str(REFUSALS[code]) % params
    return str(WorkbookRefused.from_dict(dict(refusal)).sentence)


def advice_of(refusal: Mapping[str, Any]) -> str:
    """What the person can do about it; the reader's own sentences say it themselves."""
    return str(WHAT_TO_DO.get(refusal.get("code", ""), ""))


ROW_REMARKS = {
    "like_row": _("Nearly the same name stands in row %(row)s. If both are one, leave one of them out."),
    "names_owner": _("The owner of this need is hidden, but this row names your organisation in: %(columns)s."),
}


def errors_of(row: ImportRow) -> list[dict[str, Any]]:
    """What is wrong with which cell of a row, in the reader's words, with what stands in the cell now."""
    texts = texts_of({**row.values, **row.mended}, find_kind(row.batch.kind))
    return [
        {**error, "message": spoken(error["message"]), "hint": spoken(error["hint"]),
         "value": texts.get(error["name"], "")}
        for error in row.errors
    ]  # fmt: skip


def row_remarks_of(row: ImportRow) -> list[str]:
    """What the person should know about one row that is no error."""
    return [str(ROW_REMARKS[one["code"]]) % one["params"] for one in row.remarks if one["code"] in ROW_REMARKS]


def obstacle_of(row: ImportRow) -> str:
    """Why a missing record cannot be withdrawn by the upload; nothing if it can."""
    return spoken(row.cleaned.get("obstacle", ""))


def remarks_of(remarks: Iterable[Mapping[str, Any]]) -> list[str]:
    """Sentences for the remarks of a batch; one of an older version that is no longer known is left out."""
    return [str(REMARKS[one["code"]]) % (one.get("params") or {}) for one in remarks if one["code"] in REMARKS]
