"""Who may do what with a match: capability, relation to the match, and its state. No writes here."""

from matchmaking.accounts.models import User
from matchmaking.matching.disclosing import identity_is_open
from matchmaking.matching.enums import (
    CONTACT_OPEN,
    DISCLOSING,
    SHOWN_TO_SIDES,
    Answer,
    GradedAs,
    MatchState,
    RunScope,
    Side,
)
from matchmaking.matching.models import Dispute, Match, MatchRun, Question
from matchmaking.vocabularies.models import Region
from needs.models import TechNeed


def can_review(user: User, match: Match) -> bool:
    """An officer of the need's region, or the secretary, on a match that waits for a decision."""
    return match.state == MatchState.PROPOSED and in_review_reach(user, match)


def can_restore(user: User, match: Match) -> bool:
    return match.state in (MatchState.DROPPED, MatchState.AGED_OUT) and in_review_reach(user, match)


def decides_on(user: User, need: TechNeed) -> bool:
    """Decides on the matches of this need, whatever stands in its reserve."""
    if not user.can("match.review"):
        return False
    return TechNeed.objects.filter(user.in_reach("match.review", "region", programme="programme"), pk=need.pk).exists()


def in_review_reach(user: User, match: Match) -> bool:
    return (
        user.can("match.review")
        and Match.objects.filter(
            user.in_reach("match.review", "need__region", programme="need__programme"), pk=match.pk
        ).exists()
    )


def speaks_for(user: User, match: Match) -> Side | None:
    """The side a person speaks for in this match; a person on both sides speaks for neither."""
    found = []
    owners = [organisation.pk for organisation in user.organisations_with("match.answer_enterprise")]
    if match.need.body.owner_id in owners:
        found.append(Side.ENTERPRISE)
    if user.can("match.answer_provider") and Match.objects.on_provider_side(user).filter(pk=match.pk).exists():
        found.append(Side.PROVIDER)
    return found[0] if len(found) == 1 else None


def can_run(user: User, *, scope: str, region: Region | None = None) -> bool:
    """A run over everything or a programme is the secretariat's; an officer runs within his own region."""
    held = user.memberships_with("match.run")
    if any(membership.organisation.region is None for membership in held):
        return True
    if scope != RunScope.REGION or region is None:
        return False
    places = [membership.organisation.region for membership in held]
    return any(place is not None and place.code in region.path for place in places)


def can_cancel(user: User, run: MatchRun) -> bool:
    """Whoever started a run, or the secretariat."""
    return user.can("match.run") and (run.requested_by_id == user.pk or can_run(user, scope=RunScope.ALL))


def can_answer(user: User, match: Match) -> bool:
    """A side answers while the match is released, until it has said yes."""
    side = speaks_for(user, match) if match.state == MatchState.RELEASED else None
    return any(one.side == side and one.answer in ("", Answer.LATER) for one in match.sides.all())


def can_see_contact(user: User, match: Match) -> bool:
    """Contact data opens only after both sides said yes, and only to the two sides; of a confidential pair only that of
    a side that may be named: it has opened that step, and both have signed."""
    if match.state not in CONTACT_OPEN or match.contact_opened_at is None:
        return False
    side = speaks_for(user, match)
    return side is not None and identity_is_open(match, side.other)


def can_disclose(user: User, match: Match) -> Side | None:
    """The side for which the person opens steps, signs, asks and answers: while the match lives, after its release."""
    return speaks_for(user, match) if match.state in DISCLOSING else None


def can_hand_on(user: User, match: Match) -> bool:
    """Whoever answers for the provider side hands the request to a colleague, until it is answered."""
    return speaks_for(user, match) == Side.PROVIDER and can_answer(user, match)


def can_ask(user: User, match: Match) -> bool:
    """Questions without names are asked until both sides have said yes."""
    return match.state == MatchState.RELEASED and speaks_for(user, match) is not None


def can_answer_question(user: User, question: Question) -> bool:
    """Answers come from the side that was asked, while the match lives."""
    side = can_disclose(user, question.match)
    return side is not None and side != question.side


def can_advance(user: User, match: Match) -> bool:
    """Talks are recorded by either side or by the officer of the region, once contact is open."""
    open_states = (MatchState.CONTACT_OPENED, MatchState.MEETING, MatchState.NEGOTIATION, MatchState.SIGNED)
    return match.state in open_states and (speaks_for(user, match) is not None or in_review_reach(user, match))


def grades_as(user: User, match: Match) -> GradedAs | None:
    """In which capacity a person may grade a match and dispute its lines: the officer always, the sides from its
    release on."""
    if in_review_reach(user, match):
        return GradedAs.OFFICER
    side = speaks_for(user, match) if match.state in SHOWN_TO_SIDES else None
    return GradedAs(side.value) if side is not None else None


def can_decide_dispute(user: User, dispute: Dispute) -> bool:
    """An officer of the match, or the secretary; nobody decides on what he has raised himself."""
    return dispute.by_id != user.pk and Dispute.objects.in_reach_of(user).filter(pk=dispute.pk).exists()
