"""What goes over with a merged entry (parts in teams, organisations to be avoided), and how it comes back."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F
from django.utils import timezone

from experts.models import Conflict, Expert, Team, TeamMember
from experts.teams.enums import TeamState
from experts.teams.rules import KIND
from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.intake.models import VersionOf
from matchmaking.intake.services.versions import keep, keep_first, last_version

Taken = dict[str, list[Any]]


def take_over(*, by: User, kept: Expert, dropped: Expert) -> Taken:
    """Put the kept entry where the other one stood, unless it stands there itself.

    Why an organisation is to be avoided is a personal matter of the file it was written in, and stays there. Returns
    what went over, for `give_back`: {"parts": [[team, part in it]], "avoided": [organisation]}.
    """
    parts = [
        [team.pk, role]
        for team in _held(TeamMember.objects.filter(expert=dropped).values("team"))
        if team.lead_id != kept.pk and (role := _replace(by, team, dropped, kept)) is not None
    ]
    known = kept.conflicts.values("organisation")
    new = dropped.conflicts.exclude(organisation__in=known).order_by("pk").values_list("organisation_id", flat=True)
    avoided = list(new)
    Conflict.objects.bulk_create(Conflict(expert=kept, organisation_id=key) for key in avoided)
    return {"parts": parts, "avoided": avoided}


def give_back(*, by: User, kept: Expert, merged: Expert, taken: Taken) -> list[str]:
    """Undo `take_over`, by team and person: a team may have been rewritten since.

    An organisation for which the kept entry has got a reason of its own stays with it. Returns the parts that could not
    be given back, because the entry that took them over is no member any more, as "number of the team (part)".
    """
    roles = dict(taken.get("parts", []))
    left = [team for team in _held(roles) if _replace(by, team, kept, merged) is None]
    kept.conflicts.filter(organisation__in=taken.get("avoided", []), reason="").delete()
    return [f"{team.public_no} ({roles[team.pk]})" if roles[team.pk] else team.public_no for team in left]


def _held(keys: Any) -> list[Team]:
    rows: Iterable[Team] = Team.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    return list(rows)


def _replace(by: User, team: Team, old: Expert, new: Expert) -> str | None:
    """Put one entry in the place of another one; returns the part in the team, None if the old one has none.

    Names are not in the words by which a team is found (`teams.services.writing`), so these stay as they are.
    """
    members = dict(team.memberships.filter(expert__in=[old, new]).values_list("expert_id", "role"))
    if old.pk not in members or new.pk in members:
        return None
    if team.state == TeamState.IN_POOL:
        keep_first(record=team, kind=KIND)
    TeamMember.objects.filter(team=team, expert=old).update(expert=new)
    Team.objects.filter(pk=team.pk).update(version=F("version") + 1, updated_at=timezone.now())
    team.refresh_from_db(fields=["version"])
    if last_version(team, KIND) is not None:
        keep(record=team, kind=KIND, by=by, what=VersionOf.EDITED)
    record(by=by, verb="team.member_replaced", about=team, kind=KIND,
           detail={"expert": new.public_no, "version": team.version})  # fmt: skip
    return members[old.pk]
