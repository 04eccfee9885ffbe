"""Who may ask the units about a pair of entries, answer, merge and undo. No writes here."""

from django.utils import timezone

from experts import rules
from experts.enums import COMPARED, Answer, ExpertState
from experts.models import Expert, ExpertPair
from experts.teams.enums import TeamState
from matchmaking.accounts.models import User
from matchmaking.intake.duplicates.enums import PairState
from matchmaking.programmes.models import Visibility
from matchmaking.vocabularies.workdays import workday_after

ANSWER_DAYS = 10  # working days that a unit has


def can_tell_apart(user: User, pair: ExpertPair) -> bool:
    return pair.state == PairState.FOUND and any(_reviews(user, one) for one in (pair.first, pair.second))


def can_ask(user: User, pair: ExpertPair) -> bool:
    """An officer who reviews one of both, once; not before both entries are open to both units."""
    return pair.asked_at is None and both_open(pair) and can_tell_apart(user, pair)


def can_merge(user: User, pair: ExpertPair, dropped: Expert) -> bool:
    """An officer who reviews the entry that leaves, after the units: none objects, each agreed or had its time, and
    can answer still.

    Who leads a team stays: the team belongs to the unit of its lead.
    """
    if pair.state != PairState.FOUND or not _both_stand(pair) or not _reviews(user, dropped):
        return False
    answers = {pair.first_answer, pair.second_answer}
    if pair.asked_at is None or Answer.OTHER in answers:
        return False
    if answers != {Answer.SAME} and (not both_open(pair) or timezone.localdate() <= answer_due(pair)):
        return False
    return not dropped.led_teams.exclude(state=TeamState.LEFT).exists()


def can_undo(user: User, pair: ExpertPair) -> bool:
    """Nobody is put back into the pool whose consent is gone, with whichever of both entries it was withdrawn."""
    if pair.state == PairState.DIFFERENT:
        return any(_reviews(user, one) for one in (pair.first, pair.second))
    merged = pair.merged()
    if pair.state != PairState.MERGED or merged is None:
        return False
    return merged.state == ExpertState.MERGED and _reviews(user, merged) and consents_stand(pair)


def sides_of(user: User, pair: ExpertPair) -> list[str]:
    """The sides ("first", "second") for which the person may answer now: his unit nominated the entry."""
    if pair.asked_at is None or pair.state != PairState.FOUND or not both_open(pair):
        return []
    return [
        side for side in ("first", "second")
        if rules.is_unit(user, getattr(pair, side)) and not getattr(pair, f"{side}_answer")
    ]  # fmt: skip


def answer_due(pair: ExpertPair):
    """The last day on which a unit may answer before the officer decides alone."""
    return workday_after(timezone.localdate(pair.asked_at), ANSWER_DAYS)


def both_open(pair: ExpertPair) -> bool:
    """Whether each unit may see the entry of the other one: the question alone would give a nomination away."""
    both = (pair.first, pair.second)
    return all(one.state == ExpertState.IN_POOL and one.visibility != Visibility.INVITED for one in both)


def consents_stand(pair: ExpertPair) -> bool:
    both = Expert.objects.filter(pk__in=[pair.first_id, pair.second_id])
    return both.filter(body__consent__isnull=False, body__consent__withdrawn_at=None).count() == 2


def _both_stand(pair: ExpertPair) -> bool:
    return pair.first.state in COMPARED and pair.second.state in COMPARED


def _reviews(user: User, expert: Expert) -> bool:
    return rules.reviewer(user, expert) is not None
