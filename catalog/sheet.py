"""The form of an achievement with its sets of rows: one sheet, filled on a page or by a program."""

from collections.abc import Mapping
from typing import Any

from catalog import rules, versioning
from catalog.forms import FORMSETS, AchievementForm, RowsFormSet, initial_of
from catalog.models import Achievement
from catalog.selectors import people_by_name
from catalog.services.rows import HONOUR_FIELDS, INDICATOR_FIELDS
from matchmaking.accounts.models import Organisation
from matchmaking.intake.services import changes

IP_FIELDS = ("kind", "number", "title", "status", "encumbrances", "owner", "inventors", "filed_on", "granted_on",
             "expires_on")  # fmt: skip


def bound(
    data: Mapping[str, Any] | None, achievement: Achievement | None, owner: Organisation
) -> tuple[AchievementForm, dict[str, RowsFormSet]]:
    """The form and its row sets, over posted data or over the record with what waits for a check."""
    initial = initial_of(achievement) if achievement else {}
    waiting = _waiting(achievement) if achievement else {}
    initial |= waiting.get("data", {})
    form = AchievementForm(data, achievement=achievement, initial=initial, auto_id="id_%s")
    sets: dict[str, RowsFormSet] = {
        name: kind(data, prefix=name, initial=_initial_rows(name, achievement, owner, waiting.get(name)))
        for name, kind in FORMSETS.items()
    }
    return form, sets


def _waiting(achievement: Achievement) -> dict[str, Any]:
    """The change of a published record that waits for a check, as the service takes it."""
    change = changes.open_change(achievement, "achievement") if achievement.state in rules.REVISABLE else None
    return versioning.for_service(change.content) if change else {}


def _initial_rows(
    name: str, achievement: Achievement | None, owner: Organisation, waiting: list[Any] | None
) -> list[dict[str, Any]]:
    if achievement is None:
        return [{"organisation": owner}] if name == "completing_units" else []
    if waiting is not None and name == "completing_units":
        return [{"organisation": one} for one in waiting]
    if waiting is not None and name == "completers":
        units = Organisation.objects.in_bulk([row["organisation_id"] for row in waiting])
        return [{"name": row["name"], "organisation": units.get(row["organisation_id"])} for row in waiting]
    if waiting is not None:
        return [{field: _plain(value) for field, value in row.items()} for row in waiting]
    if name == "completing_units":
        return [{"organisation": row.organisation} for row in achievement.completing_units.all()]
    if name == "completers":
        return [{"name": row.name, "organisation": row.organisation} for row in achievement.completers.all()]
    fields = {"indicators": INDICATOR_FIELDS, "ip_items": IP_FIELDS, "honours": HONOUR_FIELDS}[name]
    rows = getattr(achievement, name).all()
    return [{field: _plain(getattr(row, field)) for field in fields} for row in rows]


def _plain(value: Any) -> Any:
    """98.500000 was typed as 98.5."""
    return f"{value.normalize():f}" if hasattr(value, "normalize") else value


def all_valid(form: AchievementForm, sets: dict[str, RowsFormSet]) -> bool:
    """Ask every form, so that all errors are shown at once."""
    return all([form.is_valid(), *(one.is_valid() for one in sets.values())])


def rows_of(sets: dict[str, RowsFormSet], owner: Organisation) -> dict[str, Any]:
    """The rows under the names of the service; a completer who has an account in the owner is linked to it."""
    people = sets["completers"].rows()
    accounts = people_by_name([person["name"] for person in people], owner)
    return {
        "indicators": sets["indicators"].rows(),
        "ip_items": sets["ip_items"].rows(),
        "honours": sets["honours"].rows(),
        "completing_units": [row["organisation"] for row in sets["completing_units"].rows()],
        "completers": [{**person, "user": accounts.get(person["name"])} for person in people],
    }
