"""Sentences about a file as a whole: why it was refused and what to do, and what to know about one that was read.

Codes and parameters are stored, so that everybody reads them in his own language.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from matchmaking.common.spreadsheet import WorkbookRefused

REFUSALS = {
    "no_heading": _("There is no column “%(heading)s” in the first rows of the sheet, so it cannot be read as a list."),
    "no_rows": _("The sheet has headings but no rows below them."),
    "heading_twice": _("The column “%(heading)s” stands in the sheet twice (%(first)s and %(second)s)."),
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
    "other_sheets": _("Only the sheet “%(sheet)s” was read. Not read: %(sheets)s."),
    "merged": _("The sheet has merged cells: only the first cell of each holds a value, the others count as empty."),
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


def remarks_of(remarks: Iterable[Mapping[str, Any]]) -> list[str]:
    """Sentences for the remarks of a batch; one of an older version that is no longer known is left out."""
    return [str(REMARKS[one["code"]]) % (one.get("params") or {}) for one in remarks if one["code"] in REMARKS]
