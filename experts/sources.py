"""Where each field of an entry comes from: the person, the unit's form, or an upload, and when (PIPL 27, 44).

Nothing is kept for this: the history names who changed which fields, and a row of an upload the version it wrote.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from experts.models import Expert
from experts.services.writing import KIND
from experts.versioning import name_of, snapshot
from matchmaking.accounts.privacy.rooms import Origin
from matchmaking.activity.models import Entry
from matchmaking.intake.models import ImportRow


@dataclass(frozen=True)
class _Act:
    actor_id: int | None
    unit: str
    at: datetime
    uploaded: bool


def origins(expert: Expert) -> list[Origin]:
    """The fields that hold something, each with its last writer, in the order of the entry."""
    first, later = _acts(expert)
    found = []
    for field, value in snapshot(expert).items():
        if value not in (None, "", [], {}):
            act = later.get(field, first)
            found.append(Origin(field, name_of(field), _said(act, expert), act.at))
    return found


def _acts(expert: Expert) -> tuple[_Act, dict[str, _Act]]:
    """How the entry began, and {field: what changed it last}."""
    rows = ImportRow.objects.filter(target_id=expert.uuid, version_after__isnull=False, batch__kind=KIND)
    uploaded = set(rows.values_list("group", "version_after"))
    body = expert.body
    first = _Act(body.created_by_id, body.owner.name, expert.created_at,
                 any(group == "new" for group, _version in uploaded))  # fmt: skip
    later: dict[str, _Act] = {}
    edits = Entry.objects.about(KIND, expert.uuid).filter(verb="expert.edited").order_by("pk")
    for entry in edits.only("actor_id", "organisation_name", "at", "after"):
        written: dict[str, Any] = entry.after
        by_file = ("changed", written.get("version")) in uploaded
        act = _Act(entry.actor_id, entry.organisation_name or body.owner.name, entry.at, by_file)
        later |= dict.fromkeys(written.get("fields", ()), act)
    return first, later


def _said(act: _Act, expert: Expert) -> str:
    if act.uploaded:
        return _("upload by %(unit)s") % {"unit": act.unit}
    if act.actor_id is not None and act.actor_id == expert.body.user_id:
        return _("your own entry")
    return _("entered by %(unit)s") % {"unit": act.unit}
