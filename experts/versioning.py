"""The content of an expert's entry as its versions keep it: every field as JSON, rows as lists."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404

from experts import rules
from experts.models import Expert, ExpertBody
from experts.presenting import CODED, NOTED, label_of
from experts.selectors import for_page
from experts.services.writing import WRITTEN, WRITTEN_BODY
from matchmaking.accounts.models import Organisation
from matchmaking.common.formats import plain
from matchmaking.intake.versions import Snapshot, as_json
from matchmaking.vocabularies.selectors import label, labels, region_label

PERSONAL = ("gender", "birth_year", "contact")


def snapshot(expert: Expert) -> Snapshot:
    """Everything that was written about the expert, personal data included."""
    body = ExpertBody.objects.get(expert=expert)
    found: Snapshot = {name: as_json(getattr(expert, name)) for name in WRITTEN}
    found |= {name: as_json(getattr(body, name)) for name in WRITTEN_BODY}
    works = expert.works.order_by("position")
    return found | {
        "works": [{"title": work.title, "kind": work.kind, "year": work.year} for work in works],
        "conflicts": list(expert.conflicts.order_by("pk").values_list("organisation", flat=True)),
    }


def visible(user: Any, expert: Expert) -> list[str]:
    """The entry for those to whom the file is open; personal data for the person and the unit only."""
    if not rules.sees_file(user, expert):
        return []
    shown = [*NOTED, "organisation"]
    return [*shown, *PERSONAL] if rules.sees_contact(user, expert) else shown


def load(user: Any, uuid: UUID) -> Expert:
    return get_object_or_404(for_page(Expert.objects.visible_to(user)), uuid=uuid)


def name_of(field: str) -> str:
    return label_of({"organisation": "affiliation"}.get(field, field))


def words(name: str, value: Any) -> str:
    """A value of a snapshot as a person reads it; rows line by line."""
    if value in (None, "", [], {}):
        return ""
    if name == "works":
        return "\n".join(f"{work['title']} ({work['year']})" if work["year"] else work["title"] for work in value)
    if name in ("conflicts", "organisation"):
        keys = value if isinstance(value, list) else [value]
        return "、".join(Organisation.objects.filter(pk__in=keys).order_by("pk").values_list("name", flat=True))
    if name == "contact":
        return " · ".join(str(value[part]) for part in ("name", "position", "phone", "email") if value.get(part))
    if name == "gender":
        return str(dict(ExpertBody.gender.field.flatchoices).get(value, value))
    if name == "regions":
        return "、".join(region_label(code) for code in value)
    if name in CODED:
        return "、".join(labels(CODED[name], value)) if isinstance(value, list) else label(CODED[name], value)
    return str(value) if name == "birth_year" else str(plain(value))
