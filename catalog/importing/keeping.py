"""What an upload keeps of a record before it changes it, so that an undo can give the earlier values back."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.models import Achievement
from catalog.services.rows import BODY_FIELDS, INDICATOR_FIELDS, PUBLIC_FIELDS
from matchmaking.accounts.models import Organisation

CONTACT = ("contact_name", "contact_phone", "contact_email")
RIGHT_FIELDS = ("kind", "number", "title", "status", "encumbrances", "owner", "inventors", "filed_on", "granted_on",
                "expires_on")  # fmt: skip
PERSON_FIELDS = ("name", "organisation_id", "user_id")


def keep(record: Achievement, names: Sequence[str]) -> dict[str, Any]:
    """Return the columns that are about to change, with everything that the workbook has no column for."""
    before: dict[str, Any] = {}
    for name in names:
        if name in CONTACT:
            before["contact"] = record.body.contact
        elif name == "indicators":
            rows = sorted(record.indicators.all(), key=lambda one: (one.position, one.pk))
            before[name] = [_columns(one, INDICATOR_FIELDS) for one in rows]
        elif name == "ip_items":
            before[name] = [
                _columns(one, RIGHT_FIELDS) for one in sorted(record.ip_items.all(), key=lambda one: one.pk)
            ]
        elif name == "completers":
            people = sorted(record.completers.all(), key=lambda one: one.position)
            before[name] = [_columns(one, PERSON_FIELDS) for one in people]
        elif name == "completing_units":
            units = sorted(record.completing_units.all(), key=lambda one: one.position)
            before[name] = [one.organisation_id for one in units]
        else:
            before[name] = getattr(record.body if name in BODY_FIELDS else record, name)
    if "trl" in before:
        before["maturity"] = record.maturity  # follows from the level unless it is given
    return before


def kept(before: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (data, rows below) as `update_achievement` takes them."""
    data = {name: value for name, value in before.items() if name in (*PUBLIC_FIELDS, *BODY_FIELDS)}
    below = {name: before[name] for name in ("indicators", "ip_items", "completers") if name in before}
    if "completing_units" in before:
        keys = before["completing_units"]
        units = Organisation.objects.in_bulk(keys)
        below["completing_units"] = [units[key] for key in keys]
    return data, below


def _columns(row: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
