"""The named steps of a team: one order for the form, its rail, the officer's notes and the workbook."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from experts.models import Team, TeamMember
from experts.teams.completeness import REQUIRED
from experts.teams.forms import TeamForm, TeamSheet
from experts.teams.rules import KIND
from matchmaking.common.formats import plain
from matchmaking.common.rails import Part, Rail, rail
from matchmaking.intake.deciding import DecisionForm
from matchmaking.intake.selectors import decisions_of
from matchmaking.programmes.models import Programme
from matchmaking.programmes.selectors import needs_check
from matchmaking.vocabularies.selectors import labels

STEPS: tuple[tuple[str, Any, tuple[tuple[str, int], ...]], ...] = (
    ("team", _("The team"), (("programme", 6), ("lead", 6), ("name", 12), ("summary", 12))),
    ("members", _("Members and units"), ()),
    ("field", _("Fields and achievements"), (("fields", 12), ("achievements", 12), ("capacity", 6))),
    ("visibility", _("Who may see it"), (("visibility", 12),)),
)
NOTED = ("name", "lead", "summary", "members", "units", "fields", "achievements", "capacity", "visibility")


def label_of(field: str) -> str:
    """What a field is called on the form."""
    if field in TeamForm.base_fields:
        return str(TeamForm.base_fields[field].label)
    return str(_("units of the team") if field == "units" else _("members of the team"))


def laid_out(
    sheet: TeamSheet, notes: Mapping[str, str], *, checked_in: Programme | None = None
) -> list[dict[str, Any]]:
    """The steps with their bound fields, sets of rows and the officer's notes.

    `checked_in` is the programme of a team in the pool: fields that it checks before they go live are marked.
    """
    checked = {name for name in NOTED if checked_in is not None and needs_check(checked_in, KIND, name)}
    found = []
    for key, title, names in STEPS:
        cells = [{"bound": sheet.form[name], "width": width, "note": notes.get(name, ""), "checked": name in checked}
                 for name, width in names if name in sheet.form.fields]  # fmt: skip
        rows = {"members": sheet.members, "units": sheet.units} if key == "members" else {}
        if cells or rows:
            row_notes = [notes[name] for name in rows if notes.get(name)]
            found.append({"key": key, "title": title, "cells": cells, "rows": rows, "row_notes": row_notes})
    return found


def rail_of(sheet: TeamSheet, notes: Mapping[str, str]) -> Rail:
    """The steps of the form with what is filled in each."""
    parts = [
        Part(f"section-{step['key']}", step["title"], [cell["bound"].name for cell in step["cells"]], [*step["rows"]])
        for step in laid_out(sheet, notes)
    ]
    sets = {"members": sheet.members, "units": sheet.units}
    needed = ("programme", "lead", *REQUIRED, "members")
    return rail(parts, form=sheet.form, sets=sets, needed=needed, noted=notes)


def as_read(team: Team, members: list[TeamMember], form: DecisionForm) -> list[dict[str, Any]]:
    """The lines as an officer reads them, each with the box for his note."""
    words = {
        "name": team.name,
        "lead": f"{team.lead.name} · {team.lead.organisation or ''} · {team.lead.public_no}",
        "summary": team.summary,
        "members": "\n".join(_member(one) for one in members),
        "units": "、".join(unit.name for unit in team.units.order_by("name")),
        "fields": "、".join(labels("HNTE8", team.fields)),
        "achievements": plain(team.achievements) if team.achievements else "",
        "capacity": "" if team.capacity is None else str(team.capacity),
        "visibility": team.get_visibility_display(),
    }
    return [
        {"name": name, "label": label_of(name), "text": words[name], "note": form[f"note_{name}"]} for name in NOTED
    ]


def _member(one: TeamMember) -> str:
    parts = (one.expert.name, one.role, str(one.expert.organisation or ""), one.expert.public_no)
    return " · ".join(part for part in parts if part)


def decisions(team: Team) -> list[dict[str, Any]]:
    """The decisions on a team, newest first, with their notes; for those to whom its file is open."""
    return decisions_of(team, KIND, label_of)
