"""Uploads as their pages show them: counts, tabs, what an import would do, rows, and cells that can be mended."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matchmaking.common.crypto import unseal
from matchmaking.intake.asking import differences
from matchmaking.intake.cells import MoneyCell, YesNoCell
from matchmaking.intake.code_cells import leaves, option
from matchmaking.intake.importing import CHECK, LIVE, Column, RowKind
from matchmaking.intake.models import BatchState, ImportBatch, ImportRow, RowGroup
from matchmaking.intake.refusals import errors_of, obstacle_of, row_remarks_of
from matchmaking.intake.repeated import Repeated
from matchmaking.intake.selectors import ALIKE, INCOMPLETE, MENDED, QUESTIONS
from matchmaking.intake.suggesting import is_read_alike, offers

# The order of the tabs: what needs the person first.
GROUPS = (RowGroup.INVALID, QUESTIONS, RowGroup.NEW, RowGroup.CHANGED, RowGroup.UNCHANGED, RowGroup.MISSING, INCOMPLETE,
          ALIKE, MENDED, RowGroup.LEFT_OUT)  # fmt: skip
ALWAYS = frozenset({RowGroup.INVALID, RowGroup.NEW, RowGroup.CHANGED, RowGroup.UNCHANGED, RowGroup.MISSING})
LOOK = {
    RowGroup.INVALID: ("alert-triangle", "red"),
    QUESTIONS: ("question-mark", "orange"),
    RowGroup.NEW: ("plus", "green"),
    RowGroup.CHANGED: ("edit", "blue"),
    RowGroup.UNCHANGED: ("check", "grey"),
    RowGroup.MISSING: ("eye-off", "purple"),
    RowGroup.LEFT_OUT: ("minus", "grey"),
}
OBSTACLE = "obstacle"  # the code of an error that is no wrong cell: the record itself is not to be changed
MOST_REPEATED = 8  # repeated errors shown above the rows
YES_NO = ("是", "否")  # what stands in a workbook, whatever the language of the page


def group_words() -> dict[str, str]:
    return {
        RowGroup.INVALID: _("With errors"),
        QUESTIONS: _("Questions"),
        RowGroup.NEW: _("New"),
        RowGroup.CHANGED: _("Changed"),
        RowGroup.UNCHANGED: _("Unchanged"),
        RowGroup.MISSING: _("Not in the file"),
        INCOMPLETE: _("Incomplete"),
        ALIKE: _("Alike"),
        MENDED: _("Mended here"),
        RowGroup.LEFT_OUT: _("Left out"),
    }


def count_of(batch: ImportBatch, group: str) -> int:
    return int(batch.counts.get(group, 0))


def first_group(batch: ImportBatch) -> str:
    """The group to look at first: whatever needs the person, else what would be imported."""
    shown = (RowGroup.INVALID, QUESTIONS, RowGroup.NEW, RowGroup.CHANGED, RowGroup.MISSING, RowGroup.UNCHANGED)
    return next((group for group in shown if count_of(batch, group)), RowGroup.NEW)


def summary(batch: ImportBatch, group: str) -> dict[str, Any]:
    """Tiles, tabs and the sentences of what an import would do: all that changes when one row does."""
    words = group_words()
    open_ = batch.state == BatchState.CHECKED
    ready = count_of(batch, RowGroup.NEW) + count_of(batch, RowGroup.CHANGED) + count_of(batch, "withdraw")
    return {
        "batch": batch,
        "group": group,
        "tiles": [
            {"label": words[name], "number": count_of(batch, name), "icon": look[0], "tone": look[1],
             "url": f"?group={name}#rows"}
            for name, look in LOOK.items() if name in ALWAYS or count_of(batch, name)
        ],
        "tabs": [
            {"label": words[name], "url": f"?group={name}#rows", "active": name == group,
             "count": count_of(batch, name)}
            for name in GROUPS if name in ALWAYS or name == group or count_of(batch, name)
        ],
        "deeds": deeds_of(batch),
        "ready": ready,
        "good": count_of(batch, RowGroup.NEW) + count_of(batch, RowGroup.CHANGED),
        "invalid": count_of(batch, RowGroup.INVALID),
        "questions": count_of(batch, QUESTIONS),
        "withdraw": count_of(batch, "withdraw"),
        "missing": count_of(batch, RowGroup.MISSING),
        "published": count_of(batch, LIVE) + count_of(batch, CHECK),
        "is_open": open_,
    }  # fmt: skip


def deeds_of(batch: ImportBatch) -> list[str]:
    """What an import would do now, or what it did, a sentence each; nothing that does not occur."""
    new, changed = count_of(batch, RowGroup.NEW), count_of(batch, RowGroup.CHANGED)
    withdrawn, left = count_of(batch, "withdraw"), count_of(batch, RowGroup.INVALID)
    unchanged, incomplete = count_of(batch, RowGroup.UNCHANGED), count_of(batch, INCOMPLETE)
    said = [
        (new, ngettext("%(n)s new draft is made.", "%(n)s new drafts are made.", new)),
        (changed, ngettext("%(n)s record is changed.", "%(n)s records are changed.", changed)),
        *published_deeds(count_of(batch, LIVE), count_of(batch, CHECK)),
        (withdrawn, ngettext("%(n)s record that is not in the file is withdrawn.",
                             "%(n)s records that are not in the file are withdrawn.", withdrawn)),
        (incomplete, ngettext("%(n)s row is incomplete: it is imported, but it cannot be submitted yet.",
                              "%(n)s rows are incomplete: they are imported, but cannot be submitted yet.",
                              incomplete)),
        (left, ngettext("%(n)s row with errors is left out.", "%(n)s rows with errors are left out.", left)),
        (count_of(batch, RowGroup.LEFT_OUT),
         ngettext("%(n)s row that was left out by hand is not imported.",
                  "%(n)s rows that were left out by hand are not imported.", count_of(batch, RowGroup.LEFT_OUT))),
        (unchanged, ngettext("%(n)s row says what your record says already.",
                             "%(n)s rows say what your records say already.", unchanged)),
    ]  # fmt: skip
    return [sentence % {"n": f"{number:,}"} for number, sentence in said if number]


def published_deeds(live: int, check: int) -> list[tuple[int, str]]:
    """What happens to those of the changed records that are published; one may be counted in both."""
    return [
        (live, ngettext("Of these, %(n)s published record has fields that go live at once.",
                        "Of these, %(n)s published records have fields that go live at once.", live)),
        (check, ngettext("Of these, %(n)s published record has fields that go to the region for a check; until then "
                         "the former text is shown.",
                         "Of these, %(n)s published records have fields that go to the region for a check; until then "
                         "the former text is shown.", check)),
    ]  # fmt: skip


def read_sentence(batch: ImportBatch) -> str:
    """How the rows of the file add up, so that none of them is lost in silence."""
    rows = sum(count_of(batch, name) for name in RowGroup if name != RowGroup.MISSING)
    passed = sum(count_of(batch, name) for name in ("blank", "above", "notes"))
    return _(
        "%(read)s lines of the file were read: %(rows)s records, %(passed)s titles, headings, remarks and blank lines."
    ) % {"read": f"{rows + passed:,}", "rows": f"{rows:,}", "passed": f"{passed:,}"}


# --- Rows --------------------------------------------------------------------------------------------------------


def text_of(row: ImportRow, column: Column) -> str:
    """What stands in a cell now: what was typed here, else what the file says."""
    text = str(row.mended.get(column.name, row.values.get(column.name, "")))
    return unseal(text) if text and column.private else text


def title_of(row: ImportRow, kind: RowKind) -> str:
    return text_of(row, kind.column(kind.key))


def line(row: ImportRow, kind: RowKind) -> dict[str, Any]:
    """One row in a list of a group."""
    headings = {column.name: column.heading for column in kind.columns}
    return {
        "row": row,
        "title": title_of(row, kind),
        "url": kind.record_url(row.target_id) if row.target_id and kind.record_url else "",
        "changes": [
            change | {"heading": headings.get(change["name"], ""), "private": change["name"] in kind.private}
            for change in row.cleaned.get("changes", [])
        ],
        "missing": [headings.get(name, name) for name in row.missing],
        "remarks": row_remarks_of(row),
        "obstacle": obstacle_of(row),
        "problems": [error["message"] for error in errors_of(row)] if row.group == RowGroup.LEFT_OUT else [],
    }


def mend_line(row: ImportRow, kind: RowKind) -> dict[str, Any]:
    """A row with errors: its wrong cells with an input each, and what no cell of it can help."""
    cells: dict[str, dict[str, Any]] = {}
    obstacles = []
    for error in errors_of(row):
        if error["code"] == OBSTACLE:
            obstacles.append({"message": error["message"], "hint": error["hint"]})
            continue
        cell = cells.setdefault(error["name"], cell_input(row, kind, kind.column(error["name"])))
        cell["at"] = error["cell"]
        cell["problems"].append({"message": error["message"], "hint": error["hint"]})
    return line(row, kind) | {"cells": list(cells.values()), "obstacles": obstacles}


def whole_line(row: ImportRow, kind: RowKind) -> dict[str, Any]:
    """Every cell of a row: those with errors first, then those that are missing, then the rest."""
    found = mend_line(row, kind)
    wrong = {cell["name"] for cell in found["cells"]}
    in_file = row.batch.heading.get("places", {})
    offer(found["cells"], kind)
    rest = [column for column in kind.columns if column.name in in_file and column.name not in wrong]
    rest.sort(key=lambda column: column.name not in row.missing)
    found["rest"] = [
        cell_input(row, kind, column) | {"needed": column.name in row.missing, "note": str(column.note)}
        for column in rest
    ]
    return found


def cell_input(row: ImportRow, kind: RowKind, column: Column) -> dict[str, Any]:
    """What an input for a cell needs: its present text, and the words to choose from where there are such."""
    value = text_of(row, column)
    options = options_of(kind, column)
    return {
        "name": column.name,
        "id": f"cell-{row.row_no}-{column.name}",
        "heading": column.heading,
        "row": row,
        "value": value,
        "options": options,
        "one": bool(options) and not column.many,
        "strange": bool(value) and value not in options,
        "lines": column.keeps_lines or len(value) > 60,
        "at": "",
        "problems": [],
        "offers": [],
        "same": 0,
    }


def options_of(kind: RowKind, column: Column) -> list[str]:
    """The words that may stand in a cell, as the template offers them."""
    if column.table:
        return [option(code, name) for code, name in leaves(column.table)]
    return list(YES_NO) if isinstance(kind.form.base_fields.get(column.name), YesNoCell) else []


def ask_line(row: ImportRow, kind: RowKind) -> dict[str, Any]:
    return ask_lines([row], kind)[0]


def ask_lines(rows: Sequence[ImportRow], kind: RowKind) -> list[dict[str, Any]]:
    """Rows that look like records of the owner: each with the records it may mean, and what differs."""
    found = differences(rows, kind)
    return [_ask_line(row, kind, found) for row in rows]


def _ask_line(row: ImportRow, kind: RowKind, found: Mapping[tuple[int | None, str], Any]) -> dict[str, Any]:
    why = {
        "title": _("nearly the same name"),
        "registration": _("the same registration number"),
        "email": _("the same e-mail address"),
    }
    candidates = [
        one
        | {
            "words": why.get(one["why"], ""),
            "url": kind.record_url(one["uuid"]) if kind.record_url else "",
            "differs": found.get((row.row_no, one["uuid"]), []),
        }
        for one in row.similar
    ]
    return {"row": row, "title": title_of(row, kind), "candidates": candidates}


def rail(batch: ImportBatch, *, at: int | None = None) -> list[dict[str, Any]]:
    """Where an upload stands on its way; `at` for a page that goes back to an earlier step."""
    labels = [_("Upload the file"), _("Columns"), _("Check and mend"), _("Import"), _("Submit")]
    place = {
        BatchState.UPLOADED: 0, BatchState.REFUSED: 0, BatchState.MAPPING: 1, BatchState.CHECKED: 2,
        BatchState.COMMITTING: 3, BatchState.COMMITTED: 4, BatchState.UNDOING: 3, BatchState.UNDONE: 3,
        BatchState.ABANDONED: 2,
    }[BatchState(batch.state)]  # fmt: skip
    place = place if at is None else at
    stopped = batch.state in (BatchState.REFUSED, BatchState.ABANDONED, BatchState.UNDONE)
    if stopped:  # the step at which it ended says how: undone, given up, refused
        labels[place] = str(batch.get_state_display())
    return [{"label": label, "state": _step_state(number, place, stopped)} for number, label in enumerate(labels)]


def _step_state(number: int, place: int, stopped: bool) -> str:
    if number == place:
        return "stopped" if stopped else "current"
    return "done" if number < place else "todo"


def lines(rows: Iterable[ImportRow], kind: RowKind, group: str) -> list[dict[str, Any]]:
    """The rows of one page in the form of their group."""
    if group == RowGroup.INVALID:
        return mend_lines(list(rows), kind)
    return ask_lines(list(rows), kind) if group == QUESTIONS else [line(row, kind) for row in rows]


def mend_lines(
    rows: Sequence[ImportRow], kind: RowKind, same: Mapping[tuple[str, str], int] = MappingProxyType({})
) -> list[dict[str, Any]]:
    """Rows with errors, with what is offered for their wrong cells; `same`: in how many rows a content is wrong."""
    found = [mend_line(row, kind) for row in rows]
    offer([cell for one in found for cell in one["cells"]], kind)
    for one in found:
        for cell in one["cells"]:
            cell["same"] = same.get((cell["name"], cell["value"]), 0)
    return found


def offer(cells: Sequence[dict[str, Any]], kind: RowKind) -> None:
    """Put to each cell the texts that could stand there instead."""
    found = offers(kind, [(cell["row"], cell["name"], cell["value"]) for cell in cells])
    for cell in cells:
        cell["offers"] = found[cell["row"], cell["name"]]


def repeated_groups(batch: ImportBatch, kind: RowKind, found: Sequence[Repeated]) -> list[dict[str, Any]]:
    """The errors that stand in most rows, each with an input that mends them all."""
    found = found[:MOST_REPEATED]
    whole = {
        "twice": _("The record stands in the file twice; the first row counts."),
        "obstacle": _("The record cannot be changed by an upload."),
    }
    rows = {row.row_no: row for row in batch.rows.filter(row_no__in=[one.row_no for one in found])}
    groups: list[dict[str, Any]] = []
    for one in found:
        row = rows[one.row_no]
        row.batch = batch
        cell = cell_input(row, kind, kind.column(one.column))
        error = next(error for error in errors_of(row)
                     if error["name"] == one.column and (not one.code or error["code"] == one.code))  # fmt: skip
        problems = [{"message": error["message"], "hint": error["hint"]}]
        cell |= {"id": f"same-{cell['id']}", "problems": problems}
        groups.append({"row": row, "cell": cell, "count": one.count, "whole": whole.get(one.code, "")})
    offer([group["cell"] for group in groups if not group["whole"]], kind)
    return groups


def wrong_columns(lines: Iterable[dict[str, Any]], kind: RowKind) -> list[dict[str, Any]]:
    """Columns in which one click reads what is written otherwise: dates, amounts, addresses. Never codes or names."""
    found: dict[str, dict[str, Any]] = {}
    for one in lines:
        for cell in one["cells"]:
            field = kind.form.base_fields[cell["name"]]
            if cell["offers"] and is_read_alike(kind, cell["name"]):
                column = found.setdefault(cell["name"], {"name": cell["name"], "heading": cell["heading"], "seen": 0})
                column["seen"] += 1
                column["money"] = isinstance(field, MoneyCell)
                column["example"] = f"{cell['value']} → {cell['offers'][0]}"
    return [column for column in found.values() if column["seen"] > 1]


# --- The whole list as a workbook --------------------------------------------------------------------------------


def listed_columns(batch: ImportBatch, kind: RowKind, *, needed: bool = False) -> list[Column]:
    """The columns of the file in the order of the template, and before them the number by which it is known.

    With `needed`, those as well that must be filled before a record is handed in.
    """
    in_file = batch.heading.get("places", {})
    return [
        column
        for column in kind.columns
        if column.name in in_file or column.name in kind.identity[:1] or (needed and column.required)
    ]


def heading_now(batch: ImportBatch, column: Column) -> str:
    """The heading of a column, with the unit that the file gave: the numbers below are as they were written."""
    unit = batch.heading.get("units", {}).get(column.name, "")
    return f"{column.heading}{f'（{unit}）' if unit else ''}{'*' if column.required else ''}"


def listed_row(row: ImportRow, kind: RowKind, columns: Iterable[Column]) -> list[str]:
    """What stands in each cell now. A row that means a record carries its number, so that it is known next time."""
    named = kind.identity[:1]
    return [row.target_no if column.name in named and row.target_no else text_of(row, column) for column in columns]
