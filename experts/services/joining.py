"""The way into the pool: the person consents, the unit agrees, the region admits, returns or refuses."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from experts import rules
from experts.consenting import SCOPE_POOL, SCOPE_PUBLIC, consent_text
from experts.enums import ExpertState
from experts.models import Expert, ExpertBody
from experts.selectors import for_page
from experts.services.people import person_of, tell, unit_people
from experts.services.refusals import (
    ConsentMissing,
    NotAdmissible,
    NotAllowed,
    OpinionMissing,
    ReasonMissing,
    TextChanged,
)
from experts.services.writing import KIND, enqueue_match
from experts.workflow import EXPERT
from matchmaking.accounts.models import Consent, Organisation, User
from matchmaking.activity.services import record
from matchmaking.common.workflow import IllegalMove, StaleState, expect_version, move
from matchmaking.intake.models import Decision, VersionOf
from matchmaking.intake.services.appeals import drop_appeal
from matchmaking.intake.services.review import record_step
from matchmaking.intake.services.tasks import follow
from matchmaking.intake.services.versions import keep, keep_first, refuse_unchanged
from matchmaking.notifications.services import telling_once
from matchmaking.programmes.models import Visibility
from matchmaking.programmes.reviewing import officers_for

S = ExpertState
UNIT, REGION = "unit", "region"


@transaction.atomic
def give_consent(
    *, by: User, expert: Expert, publish: bool = False, digest: str | None = None, version: int | None = None
) -> Consent:
    """The person consents to the text in force; `publish` is the separate consent to be shown to everybody.

    `digest` names the text that was read. Raises NotAllowed, TextChanged, StaleState.
    """
    if not rules.can_consent(by, expert):
        raise NotAllowed
    expect_version(expert, version)
    text = consent_text()
    if digest is not None and digest != text.digest:
        raise TextChanged
    consent = Consent.objects.create(
        person_name=expert.name, user=by, scope=SCOPE_PUBLIC if publish else SCOPE_POOL,
        text_version=text.version, text_hash=text.digest,
    )  # fmt: skip
    shown = Visibility.PUBLIC if publish else Visibility.MEMBERS
    step(by, expert, S.CONSENTED, "expert.consented", visibility=shown)
    ExpertBody.objects.filter(expert=expert).update(consent=consent)
    if rules.needs_unit(expert):
        tell(unit_people(expert), "expert_to_agree", expert)
    else:
        tell(officers_for(expert, KIND), "expert_to_review", expert)
    return consent


@transaction.atomic
def agree_unit(*, by: User, expert: Expert, opinion: str, version: int | None = None) -> Expert:
    """The unit agrees, with its opinion in words.

    Raises NotAllowed, OpinionMissing, StaleState, and Unchanged for a refused entry that is still as it was.
    """
    if not rules.can_agree(by, expert):
        raise NotAllowed
    expect_version(expert, version)
    if not opinion.strip():
        raise OpinionMissing
    refuse_unchanged(record=expert, kind=KIND)
    step(by, expert, S.UNIT_AGREED, "expert.unit_agreed", decision=Decision.PASS, at=UNIT, acting=expert.body.owner)
    ExpertBody.objects.filter(expert=expert).update(unit_opinion=opinion.strip())
    tell(officers_for(expert, KIND), "expert_to_review", expert)
    return expert


@transaction.atomic
def hand_in_expert(*, by: User, expert: Expert, version: int | None = None) -> Expert:
    """Take a returned entry on again, or nominate a refused one anew.

    A consent that stands is kept for a returned entry; the unit's own hand then means that it agrees. Otherwise the
    person is asked (again). Raises NotAllowed, StaleState.
    """
    if not rules.can_hand_in(by, expert):
        raise NotAllowed
    expect_version(expert, version)
    body = ExpertBody.objects.select_related("consent", "owner").get(expert=expert)
    target = S.NOMINATED
    if expert.state == S.RETURNED and consented(body):
        agreed = rules.needs_unit(expert) and rules.is_unit(by, expert) and body.unit_opinion
        target = S.UNIT_AGREED if agreed else S.CONSENTED
    drop_appeal(record=expert, kind=KIND)
    step(by, expert, target, "expert.handed_in", decision=Decision.SUBMIT, at=UNIT, acting=body.owner)
    if target == S.NOMINATED:
        tell(person_of(expert), "expert_consent_asked", expert)
    elif target == S.CONSENTED and rules.needs_unit(expert):
        tell(unit_people(expert), "expert_to_agree", expert)
    else:
        tell(officers_for(expert, KIND), "expert_to_review", expert)
    return expert


@transaction.atomic
def admit_expert(*, by: User, expert: Expert, version: int | None = None) -> Expert:
    """The region admits an expert, who is matched at once by a job.

    Raises NotAllowed, StaleState, ConsentMissing, NotAdmissible (no works, term over).
    """
    acting = _reviewing(by, expert, version)
    if not consented(ExpertBody.objects.select_related("consent").get(expert=expert)):
        raise ConsentMissing
    if not expert.works.exists():
        raise NotAdmissible(_("At least one representative work is needed. Please return the entry."))
    if expert.term_to is None or expert.term_to < timezone.localdate():
        raise NotAdmissible(_("The term is over. Please return the entry so that a new one can be set."))
    step(by, expert, S.IN_POOL, "expert.admitted", decision=Decision.PASS, at=REGION, acting=acting)
    enqueue_match(expert, by=by)
    tell([*person_of(expert), *unit_people(expert)], "expert_admitted", expert)
    return expert


@telling_once()
def admit_experts(*, by: User, chosen: Mapping[str, int]) -> tuple[list[Expert], list[tuple[Expert, Any]]]:
    """Admit many, each for itself; tell it once. `chosen` maps an entry's uuid to the version that was looked at.

    Returns (done, left): each entry that was left with the sentence that says why.
    """
    done: list[Expert] = []
    left: list[tuple[Expert, Any]] = []
    for expert in for_page(Expert.objects.visible_to(by)).filter(uuid__in=list(chosen)).order_by("pk"):
        try:
            admit_expert(by=by, expert=expert, version=chosen[str(expert.uuid)])
        except (NotAllowed, StaleState, IllegalMove, ConsentMissing, NotAdmissible) as refusal:
            left.append((expert, refusal.message))
        else:
            done.append(expert)
    return done, left


@transaction.atomic
def return_expert(
    *,
    by: User,
    expert: Expert,
    reason: str,
    reasons: Iterable[str] = (),
    notes: Mapping[str, str] | None = None,
    version: int | None = None,
) -> Expert:
    """Region, or the unit that is asked to agree, send an entry back: reasons as codes and in words, notes at fields.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    if rules.can_agree(by, expert):
        expect_version(expert, version)
        acting, at = expert.body.owner, UNIT
    else:
        acting, at = _reviewing(by, expert, version), REGION
    if not reason.strip():
        raise ReasonMissing
    step(by, expert, S.RETURNED, "expert.returned", decision=Decision.RETURN, at=at, acting=acting, reason=reason,
         reasons=reasons, notes=notes)  # fmt: skip
    tell([*person_of(expert), *unit_people(expert)], "expert_returned", expert)
    return expert


@transaction.atomic
def refuse_expert(
    *, by: User, expert: Expert, reason: str, reasons: Iterable[str] = (), version: int | None = None
) -> Expert:
    """The region refuses an expert; person or unit may appeal once, or the unit nominates anew.

    Raises NotAllowed, ReasonMissing, StaleState.
    """
    acting = _reviewing(by, expert, version)
    if not reason.strip():
        raise ReasonMissing
    step(by, expert, S.REFUSED, "expert.refused", decision=Decision.REJECT, at=REGION, acting=acting, reason=reason,
         reasons=reasons)  # fmt: skip
    tell([*person_of(expert), *unit_people(expert)], "expert_refused", expert)
    return expert


def consented(body: ExpertBody) -> bool:
    """Whether a consent stands."""
    return body.consent is not None and body.consent.withdrawn_at is None


def _reviewing(by: User, expert: Expert, version: int | None) -> Organisation:
    """Return the department that acts. StaleState for a reviewer who came late, NotAllowed for everybody else."""
    acting = rules.reviewer(by, expert)
    if acting is None:
        raise NotAllowed
    expect_version(expert, version)
    if not rules.waits_for_region(expert):
        raise StaleState(expert.public_no)
    return acting


def step(
    by: User | None,
    expert: Expert,
    target: str,
    verb: str,
    *,
    decision: Decision | None = None,
    at: str = "",
    acting: Organisation | None = None,
    reason: str = "",
    reasons: Iterable[str] = (),
    notes: Mapping[str, str] | None = None,
    **changes: Any,
) -> None:
    """Move an entry; write down decision, task, version and history, in the transaction of the caller."""
    before = expert.state
    if decision in (Decision.RETURN, Decision.REJECT):
        keep_first(record=expert, kind=KIND, what=VersionOf.SUBMITTED)
    move(expert, target, workflow=EXPERT, **changes)
    if decision is not None and by is not None and acting is not None:
        record_step(by=by, record=expert, kind=KIND, step=at, decision=decision, organisation=acting, reason=reason,
                    reasons=reasons, notes=notes)  # fmt: skip
    waits_at = rules.waits_at(expert)
    follow(record=expert, kind=KIND, step=waits_at, owner=expert.body.owner)
    if waits_at == REGION or (target == S.IN_POOL and decision == Decision.PASS):
        keep(record=expert, kind=KIND, by=by, what=VersionOf.SUBMITTED if waits_at else VersionOf.PUBLISHED)
    record(by=by, verb=verb, about=expert, kind=KIND, organisation=acting, from_state=before, to_state=target)
