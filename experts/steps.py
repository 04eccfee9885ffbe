"""The steps of the long form of an expert, with what is filled in each."""

from collections.abc import Collection

from experts.forms import ExpertSheet
from experts.presenting import SECTIONS
from matchmaking.common.rails import Part, Rail, rail


def rail_of(sheet: ExpertSheet, notes: Collection[str] = ()) -> Rail:
    """Return the rail; every field that the form asks for counts, and the works."""
    sets = {"works": sheet.works} | ({"conflicts": sheet.conflicts} if sheet.conflicts is not None else {})
    parts = []
    for key, title, names in SECTIONS:
        fields = [name for name, _width in names if name in sheet.form.fields]
        if fields or key in sets:
            parts.append(Part(key, title, fields=fields, rows=[key] if key in sets else []))
    needed = [name for name, one in sheet.form.fields.items() if one.required]
    return rail(parts, form=sheet.form, sets=sets, needed=[*needed, "works"], noted=notes)
