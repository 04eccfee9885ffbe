"""The named steps of a talent post: one order for the form, its rail, the review notes and what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from matchmaking.common.formats import plain
from matchmaking.common.rails import Part, Rail, rail
from matchmaking.intake.deciding import DecisionForm
from matchmaking.intake.selectors import decisions_of
from matchmaking.programmes.models import Programme
from matchmaking.programmes.selectors import needs_check
from matchmaking.vocabularies.selectors import labels
from needs.forms import CONTACT
from needs.talent.completeness import REQUIRED, ROW_FIELDS, contact_of
from needs.talent.forms import CODED, PostForm, PostSheet
from needs.talent.models import TalentPost
from needs.talent.rules import KIND
from needs.talent.selectors import Shown


@dataclass(frozen=True)
class Step:
    """A named part of the form. `fields` gives each field its width in twelfths."""

    key: str
    title: Any
    help: Any
    fields: tuple[tuple[str, int], ...]


STEPS = (
    Step("post", _("The post"), _("Name it as it would stand on a door."), (
        ("programme", 6), ("post_kind", 6), ("title", 9), ("headcount", 3), ("tech_field", 12))),
    Step("work", _("Work and results"), "", (
        ("duties", 12), ("expected_output", 12), ("tech_need", 12))),
    Step("conditions", _("Conditions"), _("Ask for what the work needs; every further condition halves the answers."), (
        ("education", 6), ("professional_title", 6), ("disciplines", 12), ("requirements", 12))),
    Step("time", _("Time and attendance"), "", (
        ("attendance", 8), ("days_per_week", 4), ("term_months", 6), ("open_until", 6))),
    Step("pay", _("Pay and support"), "", (
        ("pay_band", 6), ("pay_details", 6), ("housing", 6), ("insurance", 6), ("mentor", 12))),
    Step("visibility", _("Who may see it"), _("State secrets must not be entered here at any level."), (
        ("visibility", 12),)),
    Step("contact", _("Contact"), _("Stored encrypted and never public."), tuple(
        (f"contact_{part}", 6) for part in CONTACT)),
)  # fmt: skip
# Fields an officer may write a note at, in the order of the form.
NOTED = tuple(name for step in STEPS for name, _width in step.fields)


def label_of(field: str) -> str:
    """Return what a field is called on the form."""
    if field in PostForm.base_fields:
        return str(PostForm.base_fields[field].label)
    return gettext("Invited organisations")


def anchor_of(field: str) -> str:
    """Return the id on the form to which a reader is sent to fill a field in."""
    if field == "invited":
        return "section-visibility"
    return f"id_{field}_0" if isinstance(PostForm.base_fields[field].widget, forms.RadioSelect) else f"id_{field}"


def listed(problems: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return problems as lines {label, sentence, anchor} for the owner's page."""
    return [
        {"label": label_of(field), "sentence": str(sentence), "anchor": anchor_of(field)}
        for field, sentence in problems.items()
    ]


def decisions(post: TalentPost) -> list[dict[str, Any]]:
    """Return the decisions on a post, newest first, with their notes; for those to whom its file is open."""
    return decisions_of(post, KIND, label_of)


def as_read(view: Shown, form: DecisionForm) -> list[dict[str, Any]]:
    """Return the steps as a checker reads them, each field with the box for his note."""
    return [
        {
            "key": step.key,
            "title": step.title,
            "lines": [
                {"name": name, "label": label_of(name), "text": _words(view, name), "note": form[f"note_{name}"]}
                for name, _width in step.fields
            ],
        }
        for step in STEPS
    ]


def _words(view: Shown, name: str) -> str:
    if name == "programme":
        return str(view.post.programme)
    if view.body is None:
        return ""
    if name.startswith("contact_"):
        return gettext("given, not shown here") if contact_of(view.body).get(name.removeprefix("contact_")) else ""
    if name == "tech_need":
        return f"{view.need.public_no} {view.need.title}" if view.need else ""
    value = getattr(view.post if name in ROW_FIELDS else view.body, name)
    if name in CODED:
        return "、".join(labels(CODED[name], value if isinstance(value, list) else [str(value or "")]))
    if name == "visibility":
        return view.post.get_visibility_display()
    return plain(value) if value not in (None, "") else ""


def rail_of(sheet: PostSheet, notes: Mapping[str, str]) -> Rail:
    """Return the steps of the form with what is filled in each."""
    parts = [Part(f"section-{step.key}", step.title, [name for name, _width in step.fields]) for step in STEPS]
    needed = ("programme", *REQUIRED, "contact_name", "contact_phone")
    return rail(parts, form=sheet.form, sets={}, needed=needed, noted=notes)


def laid_out(
    sheet: PostSheet, notes: Mapping[str, str], *, checked_in: Programme | None = None
) -> list[dict[str, Any]]:
    """Return the steps with their bound fields and the officer's notes, ready for the template.

    `checked_in` is the programme of a published post: fields that it checks before they go live are marked.
    """
    checked = {name for name in (*NOTED, "invited") if checked_in is not None and needs_check(checked_in, KIND, name)}
    return [
        {
            "key": step.key,
            "title": step.title,
            "help": step.help,
            "cells": [
                {"bound": sheet.form[name], "width": width, "note": notes.get(name, ""), "checked": name in checked}
                for name, width in step.fields
            ],
            "rows": sheet.invited if step.key == "visibility" else None,
        }
        for step in STEPS
    ]
