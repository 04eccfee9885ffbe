"""Teams as a workbook. Headers and words are Chinese whatever the language of the page."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.http import HttpResponseBase
from django.utils import translation

from experts.models import Team
from experts.teams.selectors import with_members
from matchmaking.accounts.privacy.ledger import Named, mark_of, note_export
from matchmaking.common.exporting import workbook_response
from matchmaking.vocabularies.selectors import labels, region_label

SHEET = "团队"
BATCH = 500
COLUMNS: list[tuple[str, int, Callable[[Any], Any]]] = [
    ("编号", 16, lambda team: team.public_no),
    ("团队名称", 36, lambda team: team.name),
    ("牵头人", 12, lambda team: team.lead.name if team.lead_seen else ""),
    ("牵头单位", 30, lambda team: team.owner.name),
    ("参与单位", 40, lambda team: "、".join(unit.name for unit in team.units.all())),
    ("成员", 50, lambda team: "、".join(_member(one) for one in team.seen_members)),
    ("技术领域", 36, lambda team: "、".join(labels("HNTE8", team.fields))),
    ("团队简介", 60, lambda team: team.summary),
    ("代表成果", 50, lambda team: team.achievements),
    ("所在省市", 12, lambda team: region_label(team.region_id)),
    ("状态", 12, lambda team: team.get_state_display()),
]


def _member(one: Any) -> str:
    return f"{one.expert.name}（{one.role}）" if one.role else one.expert.name


def response(filename: str, keys: Sequence[int], user: Any) -> HttpResponseBase:
    """Return the workbook as a download. Raises ExportTooLarge."""
    headers = [(header, width) for header, width, _cell in COLUMNS]
    named: list[Named] = []
    with translation.override("zh-hans"):
        made = workbook_response(filename, headers, _rows(keys, user, named), sheet=SHEET, mark=mark_of(user))
    note_export(kind="team", rows=named, shown_to=user)
    return made


def _rows(keys: Sequence[int], user: Any, named: list[Named]) -> Iterator[list[Any]]:
    """A few queries for every 500; what leaves the pool meanwhile is left out. `named` takes up who is in it."""
    for start in range(0, len(keys), BATCH):
        part = keys[start : start + BATCH]
        rows: dict[int, Any] = with_members(
            user, Team.objects.visible_to(user).select_related("owner", "lead")
        ).in_bulk(part)
        for team in (rows[key] for key in part if key in rows):
            named += [(one.expert.body.user_id, team.uuid, team.public_no) for one in team.seen_members]
            yield [cell(team) for _h, _w, cell in COLUMNS]
