"""What a nomination must hold before the person is asked for consent, and what can never be so."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from experts.models import Expert, ExpertBody

MOST_FIELDS, MOST_WORKS = 5, 10
REQUIRED = ("name", "title", "education", "fields", "disciplines", "industries", "expert_kinds", "directions",
            "services", "term_from", "term_to")  # fmt: skip


def missing_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return {field: sentence} for what is missing; contact data are named `contact_<part>`."""
    found: dict[str, Any] = {name: _("This field is needed.") for name in REQUIRED if not values.get(name)}
    if not (values.get("contact") or {}).get("email"):
        found["contact_email"] = _("Needed: the person is asked for consent at this address.")
    return found


def missing_of(expert: Expert, body: ExpertBody) -> dict[str, Any]:
    """What is missing of a stored entry."""
    return missing_fields({name: getattr(expert, name) for name in REQUIRED} | {"contact": body.contact})


def wrong_fields(values: Mapping[str, Any], works: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return {field: sentence} for what no entry may hold, complete or not."""
    wrong: dict[str, Any] = {}
    if len(values.get("fields") or ()) > MOST_FIELDS:
        wrong["fields"] = _("At most five technical fields.")
    if len(works) > MOST_WORKS:
        wrong["works"] = _("At most ten works.")
    start, end = values.get("term_from"), values.get("term_to")
    if start and end and end <= start:
        wrong["term_to"] = _("The term must end after it begins.")
    return wrong
