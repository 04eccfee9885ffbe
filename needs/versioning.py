"""The content of a need as its versions keep it: every field as JSON, rows as lists of dicts."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext

from matchmaking.accounts.models import Organisation
from matchmaking.common.formats import plain, yuan
from matchmaking.intake.attachments import FILES, file_in_words
from matchmaking.intake.versions import Snapshot, as_json, from_json
from matchmaking.programmes.models import Visibility
from matchmaking.vocabularies.selectors import labels
from needs import rules
from needs.completeness import BODY_FIELDS, INDICATOR_FIELDS, ROW_FIELDS, indicator_values, values_of
from needs.forms import CODED
from needs.models import NeedBody, NeedIndicator, TechNeed
from needs.sections import SECTIONS, label_of

CONTACT = "contact"


def snapshot(need: TechNeed) -> Snapshot:
    """Everything a person has written about the need, both halves."""
    body = NeedBody.objects.get(need=need)
    found = as_json(values_of(need, body))
    found["indicators"] = as_json(indicator_values(body.indicators.order_by("position")))
    return found | {"invited": list(need.invitations.order_by("pk").values_list("organisation", flat=True))}


def proposed(data: Mapping[str, Any], indicators: Any = None, invited: Any = None) -> Snapshot:
    """What a form wants the fields to be, in the shape of a snapshot; None rows are left as they are."""
    found: Snapshot = {name: as_json(data[name]) for name in (*ROW_FIELDS, *BODY_FIELDS) if name in data}
    if indicators is not None:
        blank = {name: getattr(NeedIndicator(), name) for name in INDICATOR_FIELDS}
        found["indicators"] = [
            as_json({name: row.get(name, blank[name]) for name in INDICATOR_FIELDS}) for row in indicators
        ]
    if invited is not None:
        found["invited"] = as_json(list(invited))
    return found


def for_service(fields: Snapshot) -> dict[str, Any]:
    """Return the arguments of `writing.write` from fields of a snapshot."""
    data = from_json(TechNeed, {name: fields[name] for name in ROW_FIELDS if name in fields})
    data |= from_json(NeedBody, {name: fields[name] for name in BODY_FIELDS if name in fields})
    found: dict[str, Any] = {"data": data}
    if "indicators" in fields:
        found["indicators"] = [from_json(NeedIndicator, row) for row in fields["indicators"]]
    if "invited" in fields:
        found["invited"] = list(Organisation.objects.filter(pk__in=fields["invited"]).order_by("pk"))
    return found


def visible(user: Any, need: TechNeed) -> list[str]:
    """Every field for those to whom the file is open; contact data for the owner's people only."""
    if not rules.sees_file(user, need):
        return []
    names = [
        name for section in SECTIONS for name in (*(name for name, _width in section.fields), section.rows) if name
    ]
    shown = [*(name for name in names if name != "programme" and not name.startswith("contact_")), FILES]
    return [*shown, CONTACT] if rules.owns(user, need) else shown


def load(user: Any, uuid: UUID) -> TechNeed:
    return get_object_or_404(TechNeed.objects.visible_to(user).select_related("region", "programme"), uuid=uuid)


def label(name: str) -> str:
    if name == FILES:
        return gettext("Drawings and files")
    return label_of("contact_name" if name == CONTACT else name)


def words(name: str, value: Any) -> str:
    """A value of a snapshot as a person reads it; rows line by line."""
    if value in (None, "", [], {}):
        return ""
    if name in ("indicators", FILES):
        return "\n".join((_indicator if name == "indicators" else file_in_words)(row) for row in value)
    if name == "invited":
        return "\n".join(Organisation.objects.filter(pk__in=value).order_by("pk").values_list("name", flat=True))
    if name == CONTACT:
        return " · ".join(str(value[part]) for part in ("name", "position", "phone", "email") if value.get(part))
    if name in CODED:
        return "、".join(labels(CODED[name], value if isinstance(value, list) else [str(value)]))
    if name == "visibility":
        return str(Visibility(value).label)
    return yuan(value) if name == "budget_fen" else str(plain(value))


def _indicator(row: Mapping[str, Any]) -> str:
    parts = [str(NeedIndicator(**from_json(NeedIndicator, row))), row["now"]]
    return "；".join(part for part in parts if part) + ("" if row["must"] else "（期望）")
