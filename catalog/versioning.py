"""The content of an achievement as its versions keep it: every field as JSON, rows as lists of dicts."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from catalog import rules
from catalog.models import Achievement, AchievementBody, AchievementIndicator, Completer, Honour, HonourKind, IPItem
from catalog.presenting import all_items
from catalog.selectors import for_page
from catalog.services.rows import BODY_FIELDS, HONOUR_FIELDS, INDICATOR_FIELDS, PUBLIC_FIELDS
from matchmaking.accounts.models import Organisation
from matchmaking.common.formats import plain, yuan
from matchmaking.common.labels import label, labels
from matchmaking.intake.attachments import FILES, file_in_words
from matchmaking.intake.versions import Snapshot, as_json, field_of, from_json
from matchmaking.programmes.models import Visibility

IP_FIELDS = ("kind", "number", "title", "status", "encumbrances", "owner", "inventors", "filed_on", "granted_on",
             "expires_on")  # fmt: skip
ROWS = ("indicators", "ip_items", "completing_units", "completers", "honours")
# Rows that are columns of their own model and nothing else.
PLAIN_ROWS = {"indicators": (AchievementIndicator, INDICATOR_FIELDS), "ip_items": (IPItem, IP_FIELDS),
              "honours": (Honour, HONOUR_FIELDS)}  # fmt: skip
# What the unit declares when it hands in; it says nothing about the content.
UNJUDGED = ("secrecy_declared", "unit_opinion", "unit_opinion_by", "unit_opinion_on")


def snapshot(achievement: Achievement) -> Snapshot:
    """Everything a person has written about the achievement, protected fields included.

    Rows that were read ahead are taken as they are: an upload does so for a hundred records at once.
    """
    body = achievement.body
    found: Snapshot = {name: as_json(getattr(achievement, name)) for name in PUBLIC_FIELDS}
    found |= {name: as_json(getattr(body, name)) for name in BODY_FIELDS}
    indicators = sorted(achievement.indicators.all(), key=_place)
    units = sorted(achievement.completing_units.all(), key=_place)
    rights = sorted(achievement.ip_items.all(), key=attrgetter("pk"))
    return found | {
        "indicators": [{name: as_json(getattr(row, name)) for name in INDICATOR_FIELDS} for row in indicators],
        "ip_items": [{name: as_json(getattr(row, name)) for name in IP_FIELDS} for row in rights],
        "completing_units": [row.organisation_id for row in units],
        "completers": [
            {"name": row.name, "organisation": row.organisation_id, "user": row.user_id}
            for row in sorted(achievement.completers.all(), key=_place)
        ],
        "honours": [
            {name: as_json(getattr(row, name)) for name in HONOUR_FIELDS}
            for row in sorted(achievement.honours.all(), key=_place)
        ],
    }  # fmt: skip


def _place(row: Any) -> tuple[int, int]:
    return row.position, row.pk


def proposed(data: Mapping[str, Any], **rows: Any) -> Snapshot:
    """What a form or a row wants the fields to be, in the shape of a snapshot; None rows are left as they are."""
    found: Snapshot = {name: as_json(value) for name, value in data.items()}
    for name, given in rows.items():
        if given is None:
            continue
        found[name] = as_json(list(given))
        if name in PLAIN_ROWS:
            model, fields = PLAIN_ROWS[name]
            blank = model()
            found[name] = [
                {field: as_json(row.get(field, getattr(blank, field))) for field in fields} for row in found[name]
            ]
        if name == "completers":
            found[name] = [{"name": row["name"], "organisation": row.get("organisation"), "user": row.get("user")}
                           for row in found[name]]  # fmt: skip
    return found


def for_service(fields: Snapshot) -> dict[str, Any]:
    """Return the arguments of `records.write` from fields of a snapshot."""
    data = from_json(Achievement, {name: fields[name] for name in PUBLIC_FIELDS if name in fields})
    data |= from_json(AchievementBody, {name: fields[name] for name in BODY_FIELDS if name in fields})
    found: dict[str, Any] = {"data": data}
    for name, (model, _fields) in PLAIN_ROWS.items():
        if name in fields:
            found[name] = [from_json(model, row) for row in fields[name]]
    if "completing_units" in fields:
        units = Organisation.objects.in_bulk(fields["completing_units"])
        found["completing_units"] = [units[key] for key in fields["completing_units"] if key in units]
    if "completers" in fields:
        found["completers"] = [from_json(Completer, row) for row in fields["completers"]]
    return found


def visible(user: Any, achievement: Achievement) -> list[str]:
    """Every field for those to whom the file is open, contact data and price among them; nothing for others."""
    if not rules.can_see_protected(user, achievement):
        return []
    names = ["contact" if name == "contact_name" else name for name in (item.name for item in all_items())
             if name not in ("programme", "contact_phone", "contact_email")]  # fmt: skip
    return [*names, FILES, *UNJUDGED]


def load(user: Any, uuid: UUID) -> Achievement:
    return get_object_or_404(for_page(Achievement.objects.visible_to(user)), uuid=uuid)


def label_of(name: str) -> Any:
    items = {item.name: item for item in all_items()}
    if name in items:
        return items[name].label
    if name == "contact":
        return items["contact_name"].label
    if name == FILES:
        return _("Evidence and files")
    model = Achievement if name in PUBLIC_FIELDS else AchievementBody
    return field_of(model, name).verbose_name


def words(name: str, value: Any) -> str:
    """A value of a snapshot as a person reads it; rows line by line."""
    if value in (None, "", [], {}):
        return ""
    by_row = {"indicators": _indicator, "ip_items": _right, "honours": _honour, FILES: file_in_words}
    if name in by_row:
        return "\n".join(by_row[name](row) for row in value)
    if name == "completing_units":
        units = Organisation.objects.in_bulk(value)
        return "\n".join(str(units.get(key, "")) for key in value)
    if name == "completers":
        units = Organisation.objects.in_bulk([row["organisation"] for row in value if row["organisation"]])
        return "\n".join(
            " · ".join(filter(None, [row["name"], str(units.get(row["organisation"], ""))])) for row in value
        )
    if name == "contact":
        return " · ".join(str(value[part]) for part in ("name", "phone", "email") if value.get(part))
    if name.endswith("_fen"):
        return yuan(value)
    table = {item.name: item.table for item in all_items()}.get(name, "")
    if table:
        return "、".join(labels(table, value)) if isinstance(value, list) else label(table, str(value))
    if name == "maturity":
        return label("MATURITY", value)
    if name == "visibility":
        return str(Visibility(value).label)
    return str(plain(value))


def _indicator(row: Mapping[str, Any]) -> str:
    said = str(AchievementIndicator(**from_json(AchievementIndicator, row)))
    notes = [str(row[name]) for name in ("condition", "evidence") if row.get(name)]
    return f"{said}（{'；'.join(notes)}）" if notes else said


def _honour(row: Mapping[str, Any]) -> str:
    return f"{HonourKind(row['kind']).label} · {Honour(**row)}"


def _right(row: Mapping[str, Any]) -> str:
    kind, status = label("IP_RIGHT", row["kind"]), label("IP_STATUS", row["status"] or "")
    dates = (row["filed_on"], row["granted_on"], row["expires_on"])
    encumbered = "、".join(labels("IP_ENCUMBRANCE", row["encumbrances"]))
    parts: list[Any] = [kind, row["number"], row["title"], status, row["owner"], row["inventors"], *dates, encumbered]
    return " · ".join(str(part) for part in parts if part)
