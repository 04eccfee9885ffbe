"""The way of a team into the pool and out of it: handed in, admitted, sent back, dissolved, left by a member."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from experts.models import Team, TeamMember
from experts.teams import rules
from experts.teams.completeness import missing_of
from experts.teams.enums import EDITABLE, TeamState
from experts.teams.rules import KIND
from experts.teams.services.people import keepers, people_of, tell
from experts.teams.services.refusals import Incomplete, NotAllowed, ReasonMissing
from experts.teams.workflow import TEAM
from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record
from matchmaking.common.workflow import StaleState, expect_version, move
from matchmaking.intake.models import Decision, VersionOf
from matchmaking.intake.services import changes
from matchmaking.intake.services.appeals import drop_appeal
from matchmaking.intake.services.review import record_step
from matchmaking.intake.services.tasks import follow
from matchmaking.intake.services.versions import keep, keep_first, refuse_unchanged
from matchmaking.jobs.services import enqueue
from matchmaking.programmes.reviewing import officers_for

S = TeamState
UNIT, REGION = "unit", "region"


@transaction.atomic
def submit_team(*, by: User, team: Team, version: int | None = None) -> Team:
    """Hand a team in to the officers who admit experts.

    Raises NotAllowed, Incomplete, StaleState, and Unchanged for a refused team that is still as it was.
    """
    if not rules.keeps(by, team):
        raise NotAllowed
    expect_version(team, version)
    if team.state not in EDITABLE:
        raise StaleState(team.public_no)
    if problems := missing_of(team):
        raise Incomplete(problems)
    refuse_unchanged(record=team, kind=KIND)
    _step(by, team, S.SUBMITTED, "team.submitted", decision=Decision.SUBMIT, at=UNIT, acting=team.owner)
    keep(record=team, kind=KIND, by=by, what=VersionOf.SUBMITTED)
    tell(officers_for(team, KIND), "team_to_review", team)
    return team


@transaction.atomic
def admit_team(*, by: User, team: Team, version: int | None = None) -> Team:
    """Admit a team; its members are told that they are shown in it. Raises NotAllowed, Incomplete, StaleState."""
    acting = _reviewing(by, team, version)
    if problems := missing_of(team):
        raise Incomplete(problems)
    _step(by, team, S.IN_POOL, "team.admitted", decision=Decision.PASS, at=REGION, acting=acting)
    keep(record=team, kind=KIND, by=by, what=VersionOf.PUBLISHED)
    tell(keepers(team), "team_admitted", team)
    tell(people_of(team.memberships.values_list("expert", flat=True)), "team_joined", team)
    return team


@transaction.atomic
def return_team(
    *,
    by: User,
    team: Team,
    reason: str,
    reasons: Iterable[str] = (),
    notes: Mapping[str, str] | None = None,
    version: int | None = None,
) -> Team:
    """Send a team back; `reasons` are codes, `notes` maps a field to what is wrong with it.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    acting = _reviewing(by, team, version)
    if not reason.strip():
        raise ReasonMissing
    _step(by, team, S.RETURNED, "team.returned", decision=Decision.RETURN, at=REGION, acting=acting, reason=reason,
          reasons=reasons, notes=notes)  # fmt: skip
    tell(keepers(team), "team_returned", team)
    return team


@transaction.atomic
def refuse_team(*, by: User, team: Team, reason: str, reasons: Iterable[str] = (), version: int | None = None) -> Team:
    """Refuse a team; its keepers may appeal once, or file it again with changes.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    acting = _reviewing(by, team, version)
    if not reason.strip():
        raise ReasonMissing
    _step(by, team, S.REFUSED, "team.refused", decision=Decision.REJECT, at=REGION, acting=acting, reason=reason,
          reasons=reasons)  # fmt: skip
    tell(keepers(team), "team_refused", team)
    return team


@transaction.atomic
def reopen_team(*, by: User, team: Team, version: int | None = None) -> Team:
    """Make a draft of a refused or dissolved team again. Raises NotAllowed, StaleState."""
    if not rules.can_reopen(by, team):
        raise NotAllowed
    expect_version(team, version)
    _step(by, team, S.DRAFT, "team.reopened")
    return team


@transaction.atomic
def dissolve_team(*, by: User, team: Team, version: int | None = None) -> Team:
    """Lead or unit dissolve a team; open matches are closed by a job. Raises NotAllowed, StaleState."""
    if not rules.can_dissolve(by, team):
        raise NotAllowed
    expect_version(team, version)
    was_in_pool = team.state == S.IN_POOL
    _step(by, team, S.LEFT, "team.dissolved")
    if was_in_pool:
        _close_matches(team, by=by)
    return team


@transaction.atomic
def step_out(*, by: User, team: Team) -> Team:
    """A member leaves by himself; from the next request on nobody sees him in the team. Raises NotAllowed."""
    part = rules.membership_of(by, team)
    if part is None or TeamMember.objects.filter(pk=part.pk).delete()[0] != 1:
        raise NotAllowed
    Team.objects.filter(pk=team.pk).update(version=F("version") + 1, updated_at=timezone.now())
    team.refresh_from_db(fields=["version"])
    record(by=by, verb="team.member_left", about=team, kind=KIND, detail={"expert": part.expert.public_no})
    tell(keepers(team), "team_member_left", team, once=f"{part.pk}")
    return team


def _reviewing(by: User, team: Team, version: int | None) -> Organisation:
    """Return the department that acts. StaleState for a reviewer who came late, NotAllowed for everybody else."""
    acting = rules.reviewer(by, team)
    if acting is None or team.state == S.DRAFT:
        raise NotAllowed
    expect_version(team, version)
    if team.state != S.SUBMITTED:
        raise StaleState(team.public_no)
    return acting


def _step(
    by: User,
    team: Team,
    target: str,
    verb: str,
    *,
    decision: Decision | None = None,
    at: str = "",
    acting: Organisation | None = None,
    reason: str = "",
    reasons: Iterable[str] = (),
    notes: Mapping[str, str] | None = None,
) -> None:
    """Move a team and write down the decision and the history, in the transaction of the caller."""
    before = team.state
    if decision in (Decision.RETURN, Decision.REJECT):
        keep_first(record=team, kind=KIND, what=VersionOf.SUBMITTED)
    move(team, target, workflow=TEAM)
    if decision is not None and acting is not None:
        record_step(by=by, record=team, kind=KIND, step=at, decision=decision, organisation=acting, reason=reason,
                    reasons=reasons, notes=notes)  # fmt: skip
    follow(record=team, kind=KIND, step=rules.waits_at(team), owner=team.owner)
    if target in (S.DRAFT, S.LEFT):  # what waits beside the team has no object any more
        changes.drop(record=team, kind=KIND)
        drop_appeal(record=team, kind=KIND)
    record(by=by, verb=verb, about=team, kind=KIND, organisation=acting, from_state=before, to_state=target)


def _close_matches(team: Team, *, by: User | None) -> None:
    enqueue(kind="close_matches", args={"noun": KIND, "id": team.pk}, by=by,
            dedupe_key=f"close_matches:team:{team.pk}:{team.version}")  # fmt: skip
