"""The appeal against a refusal: by the person or the unit, decided by the secretariat."""

from experts import rules
from experts.enums import ExpertState as S
from experts.models import Expert
from experts.services.people import person_of, tell, unit_people
from experts.services.refusals import NotAllowed, ReasonMissing
from experts.services.writing import KIND
from experts.workflow import EXPERT
from matchmaking.accounts.models import User
from matchmaking.common.workflow import move
from matchmaking.intake.models import VersionOf
from matchmaking.intake.services.revising import Revising
from matchmaking.intake.services.tasks import follow
from matchmaking.intake.services.versions import keep
from matchmaking.programmes.reviewing import officers_for


def _back_into_review(by: User, expert: Expert) -> None:
    move(expert, S.UNIT_AGREED if rules.needs_unit(expert) else S.CONSENTED, workflow=EXPERT)
    follow(record=expert, kind=KIND, step=rules.waits_at(expert), owner=expert.body.owner)
    keep(record=expert, kind=KIND, by=by, what=VersionOf.SUBMITTED)
    tell(officers_for(expert, KIND), "expert_to_review", expert)


# The person changes an entry in the pool alone and at once (rules.PERSON_FIELDS): nothing of it waits for a check.
REVISING = Revising(
    kind=KIND,
    verb="expert",
    news="expert",
    can_appeal=rules.can_appeal,
    back_into_review=_back_into_review,
    owner_people=lambda expert: [*person_of(expert), *unit_people(expert)],
    tell=tell,
    refused=NotAllowed,
    reason_missing=ReasonMissing,
)
