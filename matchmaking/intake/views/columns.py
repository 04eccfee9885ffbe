"""What each column of a file means, as a person says it; and which sheet is read."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from matchmaking.common.access import access
from matchmaking.common.workflow import StaleState
from matchmaking.intake.forms import VersionForm
from matchmaking.intake.importing import find_kind
from matchmaking.intake.models import BatchState, ImportBatch
from matchmaking.intake.presenting import rail
from matchmaking.intake.refusals import remarks_of
from matchmaking.intake.selectors import headings_of
from matchmaking.intake.services.mapping import BadMapping, choose_sheet, set_mapping
from matchmaking.intake.views.common import MAY_IMPORT, batch_or_404, conflict

CHANGEABLE = (BatchState.MAPPING, BatchState.CHECKED)


@require_http_methods(["GET", "HEAD", "POST"])
@access(MAY_IMPORT)
def import_columns(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Every heading of the file beside what it was understood as; proposals are marked as such."""
    batch = batch_or_404(request, uuid)
    if batch.state not in CHANGEABLE:
        return redirect("imports:detail", batch.uuid) if request.method != "POST" else conflict(request, batch)
    problem = ""
    given: dict[int, str] = {}
    if request.method == "POST":
        form = VersionForm(request.POST)
        given = _given(request, batch)
        try:
            if not form.is_valid():
                raise StaleState(str(batch))
            set_mapping(by=request.user, batch=batch, columns=given, **form.cleaned_data)
        except StaleState:
            return conflict(request, batch)
        except BadMapping as refusal:
            problem = str(refusal)
        else:
            return redirect("imports:detail", batch.uuid)
    return render(
        request, "intake/import_columns.html", _context(batch, given, problem), status=422 if problem else 200
    )


def _context(batch: ImportBatch, given: dict[int, str], problem: str) -> dict[str, Any]:
    kind = find_kind(batch.kind)
    headings = [_heading(one, given) for one in headings_of(batch)]
    names = {column.name: column.heading for column in kind.columns}
    for one in headings:
        one["guessed"] = [{"name": name, "heading": names[name]} for name in one["guesses"] if name in names]
        if one["guessed"] and one["open"]:
            words = {"columns": "、".join(guess["heading"] for guess in one["guessed"]), "why": _why(one["why"])}
            one["words"] = (_("Perhaps “%(columns)s”: %(why)s") % words, "orange")
    headings.sort(key=lambda one: not one["open"])  # what nobody knows yet stands first
    taken = {one["selected"] for one in headings}
    return {
        "batch": batch,
        "kind": kind,
        "rail": rail(batch, at=1),
        "problem": problem,
        "remarks": remarks_of(batch.remarks) if batch.state == BatchState.MAPPING else [],
        "headings": headings,
        "choices": [{"name": column.name, "heading": column.heading, "required": column.required}
                    for column in kind.columns],
        "absent": [column.heading for column in kind.columns if column.required and column.name not in taken],
        "key": kind.column(kind.key).heading,
        "heading_row": batch.heading.get("row_no"),
        "sheet": batch.heading.get("sheet", ""),
        "sheets": batch.heading.get("sheets", []),
    }  # fmt: skip


def _heading(one: dict[str, Any], given: dict[int, str]) -> dict[str, Any]:
    """A heading with the column that is selected: what was just chosen, what it means, or the proposal."""
    proposed = not one["column"] and not one["how"] and bool(one["proposal"])
    selected = given.get(one["index"], one["column"] or (one["proposal"] if proposed else ""))
    return one | {
        "guesses": one.get("guesses") or [],  # uploads of before have none
        "selected": selected,
        "open": not one["column"] and not one["how"],
        "words": _how(one, proposed),
    }


def _how(one: dict[str, Any], proposed: bool) -> tuple[str, str]:
    """How the meaning of a heading is known, and in which tone that is said."""
    if proposed:
        return _("Proposal: please check"), "orange"
    return {
        "name": (_("recognised by its name"), "green"),
        "remembered": (_("as you said last time"), "green"),
        "chosen": (_("chosen by you"), "blue"),
        "ignored": (_("left out, as you said"), "grey"),
        "passed": (_("not needed"), "grey"),
    }.get(one["how"], (_("not known: left out"), "grey"))


def _why(code: str) -> str:
    """What the values below a heading look like."""
    return {
        "level": _("the values look like readiness levels"),
        "right": _("the values look like numbers of patents or registrations"),
        "day": _("the values look like days"),
        "money": _("the values look like amounts of money"),
        "code": _("the values are words of a code table"),
        "email": _("the values look like e-mail addresses"),
        "phone": _("the values look like telephone numbers"),
    }.get(code, "")


def _given(request: HttpRequest, batch: ImportBatch) -> dict[int, str]:
    found = {}
    for one in batch.headings:
        value = request.POST.get(f"column-{one['index']}")
        if value is not None:
            found[one["index"]] = value
    return found


@require_POST
@access(MAY_IMPORT)
def import_sheet(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Read another sheet of the file."""
    batch = batch_or_404(request, uuid)
    if batch.state not in CHANGEABLE:
        return conflict(request, batch)
    form = VersionForm(request.POST)
    try:
        if not form.is_valid():
            raise StaleState(str(batch))
        choose_sheet(by=request.user, batch=batch, sheet=request.POST.get("sheet", ""), **form.cleaned_data)
    except StaleState:
        return conflict(request, batch)
    except BadMapping as refusal:
        messages.error(request, str(refusal))
    return redirect("imports:detail", batch.uuid)
