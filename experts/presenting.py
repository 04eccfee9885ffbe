"""The named sections of an entry: one order for the form, the officer's notes and the workbook."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from experts.forms import ExpertForm, ExpertSheet
from experts.models import Expert
from matchmaking.common.formats import plain
from matchmaking.intake.deciding import DecisionForm
from matchmaking.vocabularies.selectors import label, labels, region_label

SECTIONS: tuple[tuple[str, Any, tuple[tuple[str, int], ...]], ...] = (
    ("person", _("The person"), (("programme", 6), ("affiliation", 6), ("name", 6), ("title", 6), ("position", 6),
                                 ("education", 6), ("gender", 6), ("birth_year", 6))),
    ("field", _("What the expert knows"), (("expert_kinds", 12), ("directions", 12), ("fields", 12),
                                           ("disciplines", 12), ("industries", 12))),
    ("works", _("Representative works"), ()),
    ("services", _("Services and term"), (("services", 12), ("regions", 12), ("capacity", 6), ("term_from", 6),
                                               ("term_to", 6))),
    ("conflicts", _("Organisations to be avoided"), ()),
    ("contact", _("Contact"), (("contact_phone", 6), ("contact_email", 6))),
)  # fmt: skip
NOTED = ("name", "title", "position", "education", "directions", "fields", "disciplines", "industries",
         "expert_kinds", "works", "services", "regions", "capacity", "term_from", "term_to", "conflicts")  # fmt: skip
CODED = {"title": "TITLE", "education": "EDU", "fields": "HNTE8", "disciplines": "GB13745", "industries": "GB4754",
         "expert_kinds": "EXPERT_KIND", "services": "EXPERT_SERVICE"}  # fmt: skip


def label_of(field: str) -> str:
    """What a field is called on the form."""
    if field in ExpertForm.base_fields:
        return str(ExpertForm.base_fields[field].label)
    return str(next((title for key, title, _fields in SECTIONS if key == field), field))


def laid_out(sheet: ExpertSheet, notes: Mapping[str, str]) -> list[dict[str, Any]]:
    """The sections with their bound fields, sets of rows and the officer's notes, ready for the template."""
    found = []
    for key, title, names in SECTIONS:
        rows = {"works": sheet.works, "conflicts": sheet.conflicts}.get(key)
        cells = [{"bound": sheet.form[name], "width": width, "note": notes.get(name, "")}
                 for name, width in names if name in sheet.form.fields]  # fmt: skip
        if cells or rows is not None:
            found.append({"key": key, "title": title, "cells": cells, "rows": rows, "note": notes.get(key, "")})
    return found


def words(expert: Expert, name: str) -> str:
    """A field as a reader sees it."""
    if name == "works":
        return "\n".join(f"{work.title} ({work.year})" if work.year else work.title for work in expert.works.all())
    if name == "conflicts":
        return "、".join(one.organisation.name for one in expert.conflicts.select_related("organisation"))
    value = getattr(expert, name)
    if name == "regions":
        return "、".join(region_label(code) for code in value) or gettext("everywhere")
    if name in CODED:
        return "、".join(labels(CODED[name], value)) if isinstance(value, list) else label(CODED[name], value)
    return plain(value) if value not in (None, "") else ""


def as_read(expert: Expert, form: DecisionForm) -> list[dict[str, Any]]:
    """The lines as an officer reads them, each with the box for his note."""
    return [
        {"name": name, "label": label_of(name), "text": words(expert, name), "note": form[f"note_{name}"]}
        for name in NOTED
    ]
