"""The named sections of a need: one order for the form, its rail, the review notes and the list of what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from matchmaking.common.formats import plain, yuan
from matchmaking.common.rails import Part, Rail, rail
from matchmaking.intake.deciding import DecisionForm
from matchmaking.intake.selectors import decisions_of
from matchmaking.programmes.models import Programme
from matchmaking.programmes.selectors import needs_check
from matchmaking.vocabularies.selectors import labels
from needs.completeness import REQUIRED, ROW_FIELDS, SCENARIO, SCENARIO_FIELDS, contact_of
from needs.forms import CODED, CONTACT, NeedForm, NeedSheet
from needs.models import TechNeed
from needs.selectors import KIND, Shown


@dataclass(frozen=True)
class Section:
    """A named part of the form. `fields` gives each field its width in twelfths; `rows` names a formset below them."""

    key: str
    title: Any
    help: Any
    fields: tuple[tuple[str, int], ...]
    rows: str = ""
    kind: str = ""  # the kind of need it is for; empty for all


SECTIONS = (
    Section("question", _("The question"), _("Write it as you would tell a colleague in another trade."), (
        ("programme", 6), ("need_kind", 6), ("title", 12), ("background", 12), ("problem", 12), ("goal", 12),
        ("tried", 12), ("basis", 12))),
    Section("indicators", _("Assessment indicators"), _(
        "What the answer is measured by; at least one with a number. Candidates are compared row by row."),
        (), "indicators"),
    Section("scenario", _("The scenario you open"), _(
        "For application scenarios only: where a product may be tried and used, and on what conditions."), (
        ("site", 12), ("scale", 12), ("open_data", 12), ("trial_window", 12), ("support_offered", 12),
        ("access_conditions", 12)), kind=SCENARIO),
    Section("field", _("Field and industry"), _("By field and industry your need is found and matched."), (
        ("tech_field", 6), ("industry", 6), ("chain_link", 12), ("target_trl", 6), ("national_project", 6),
        ("chokepoint", 6), ("import_substitution", 6))),
    Section("money", _("Cooperation and money"), "", (
        ("coop_modes", 12), ("budget_band", 6), ("budget_fen", 6), ("open_competition", 12), ("eligibility", 12),
        ("wished_partners", 12))),
    Section("time", _("Time and intellectual property"), "", (
        ("due_months", 6), ("open_until", 6), ("ip_terms", 6), ("ip_terms_note", 6))),
    Section("visibility", _("Confidentiality and visibility"), _(
        "State secrets must not be entered here at any level."), (("visibility", 12),), "invited"),
    Section("contact", _("Contact"), _("Stored encrypted and never public."), tuple(
        (f"contact_{part}", 6) for part in CONTACT)),
)  # fmt: skip
# Fields an officer may write a note at, in the order of the form.
NOTED = (*(name for section in SECTIONS for name, _width in section.fields), "indicators")


def label_of(field: str) -> str:
    """Return what a field is called on the form; a cell of an indicator row is called by its row."""
    if field.startswith("indicators-"):
        return gettext("indicator %(number)d") % {"number": int(field.split("-")[1]) + 1}
    if field in NeedForm.base_fields:
        return str(NeedForm.base_fields[field].label)
    return str(next(section.title for section in SECTIONS if section.rows == field))


def anchor_of(field: str) -> str:
    """Return the id on the form to which a reader is sent to fill a field in."""
    if field == "invited":
        return "section-visibility"
    if field.startswith("indicators"):
        return "section-indicators"
    widget = NeedForm.base_fields[field].widget
    grouped = isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    return f"id_{field}_0" if grouped else f"id_{field}"


def listed(problems: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return problems as lines {label, sentence, anchor} for the owner's page."""
    return [
        {"label": label_of(field), "sentence": str(sentence), "anchor": anchor_of(field)}
        for field, sentence in problems.items()
    ]


def decisions(need: TechNeed) -> list[dict[str, Any]]:
    """Return the decisions on a need, newest first, with their notes; for those to whom its file is open."""
    return decisions_of(need, KIND, label_of)


def as_read(view: Shown, form: DecisionForm) -> list[dict[str, Any]]:
    """Return the sections as a checker reads them, each field with the box for his note."""
    return [
        {
            "key": section.key,
            "title": section.title,
            "lines": [
                {"name": name, "label": label_of(name), "text": _words(view, name), "note": form[f"note_{name}"]}
                for name in (
                    *(name for name, _width in section.fields),
                    *(["indicators"] * (section.key == "indicators")),
                )
            ],
        }
        for section in SECTIONS
        if section.kind in ("", view.need.need_kind)
    ]


def _words(view: Shown, name: str) -> str:
    if name == "programme":
        return str(view.need.programme)
    if name == "indicators":
        return ""  # shown as a table
    if view.body is None:
        return ""
    if name.startswith("contact_"):
        given = contact_of(view.body).get(name.removeprefix("contact_"))
        return gettext("given, not shown here") if given else ""
    value = getattr(view.need if name in ROW_FIELDS else view.body, name)
    if name in CODED:
        return "、".join(labels(CODED[name], value if isinstance(value, list) else [str(value or "")]))
    if name == "visibility":
        return view.need.get_visibility_display()
    if name == "budget_fen":
        return yuan(value) if value is not None else ""
    return plain(value) if value not in (None, "") else ""


def laid_out(
    sheet: NeedSheet, notes: Mapping[str, str], *, checked_in: Programme | None = None
) -> list[dict[str, Any]]:
    """Return the sections with their bound fields and the officer's notes, ready for the template.

    `checked_in` is the programme of a published need: fields that it checks before they go live are marked.
    """
    checked = {name for name in (*NOTED, "invited") if checked_in is not None and needs_check(checked_in, KIND, name)}
    return [
        {
            "key": section.key,
            "title": section.title,
            "help": section.help,
            "kind": section.kind,
            "cells": [
                {"bound": sheet.form[name], "width": width, "note": notes.get(name, ""), "checked": name in checked}
                for name, width in section.fields
            ],
            "rows": getattr(sheet, section.rows) if section.rows else None,
            "rows_kind": section.rows,
            "note": notes.get(section.rows, "") if section.rows else "",
            "checked": section.rows in checked,
            "wrong": _has_errors(sheet, section),
        }
        for section in SECTIONS
    ]


def rail_of(sheet: NeedSheet) -> Rail:
    """Return the steps of the form with what is filled in each; what a scenario needs stands at its own step."""
    parts = [
        Part(f"section-{section.key}", section.title, [name for name, _width in section.fields],
             [section.rows] if section.rows == "indicators" else [], section.kind)
        for section in SECTIONS
    ]  # fmt: skip
    needed = ("programme", *REQUIRED, "indicators", "contact_name", *SCENARIO_FIELDS)
    return rail(parts, form=sheet.form, sets={"indicators": sheet.indicators}, needed=needed)


def _has_errors(sheet: NeedSheet, section: Section) -> bool:
    if not sheet.form.is_bound:
        return False
    cells: list[BoundField] = [sheet.form[name] for name, _width in section.fields]
    rows = getattr(sheet, section.rows) if section.rows else None
    return any(cell.errors for cell in cells) or bool(
        rows is not None and (rows.non_form_errors() or any(row.errors for row in rows.forms))
    )
