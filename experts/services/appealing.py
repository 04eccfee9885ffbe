"""The appeal against a refusal: by the person or the unit, decided by the secretariat."""

from django.db import transaction

from experts import rules
from experts.enums import ExpertState as S
from experts.models import Expert
from experts.services.joining import step
from experts.services.people import person_of, tell, unit_people
from experts.services.refusals import NotAllowed, ReasonMissing
from experts.services.writing import KIND
from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.common.workflow import expect_version
from matchmaking.intake.models import Appeal
from matchmaking.intake.services import appeals
from matchmaking.programmes.reviewing import officers_for


@transaction.atomic
def appeal_expert(*, by: User, expert: Expert, version: int, text: str) -> Appeal:
    """Appeal against the refusal, once. Raises NotAllowed, StaleState, appeals.AppealRefused."""
    if not rules.can_appeal(by, expert):
        raise NotAllowed
    expect_version(expert, version)
    appeal = appeals.lodge(by=by, record=expert, kind=KIND, text=text, owner=expert.body.owner)
    record(by=by, verb="expert.appealed", about=expert, kind=KIND, organisation=expert.body.owner)
    return appeal


@transaction.atomic
def decide_appeal(*, by: User, expert: Expert, appeal: Appeal, version: int, uphold: bool, reason: str) -> Expert:
    """The secretariat upholds the appeal, which puts the entry back into review, or dismisses it.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    instance = appeals.instance_for(by, appeal)
    if instance is None:
        raise NotAllowed
    expect_version(expert, version)
    if not reason.strip():
        raise ReasonMissing
    appeals.decide(by=by, record=expert, kind=KIND, appeal=appeal, uphold=uphold, reason=reason, instance=instance,
                   told=[*person_of(expert), *unit_people(expert)])  # fmt: skip
    if uphold:
        step(by, expert, S.UNIT_AGREED if rules.needs_unit(expert) else S.CONSENTED, "expert.appeal_upheld")
        tell(officers_for(expert, KIND), "expert_to_review", expert)
    else:
        record(by=by, verb="expert.appeal_dismissed", about=expert, kind=KIND, organisation=instance)
    return expert
