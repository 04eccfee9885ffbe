"""Questions of one side to the other before both have said yes: no names, and no text in history or mails."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from experts.models import Expert, Team
from matchmaking.accounts.models import User
from matchmaking.accounts.names import fold_name, is_named_in, recognisable
from matchmaking.activity.services import record
from matchmaking.common.marks import MARKED, secret_mark
from matchmaking.common.workflow import StaleState
from matchmaking.matching import rules
from matchmaking.matching.enums import Side
from matchmaking.matching.models import Match, Question
from matchmaking.matching.services.people import enterprise_people, provider_people
from matchmaking.matching.services.review import NotAllowed, match_no
from matchmaking.notifications.services import notify
from needs.clinic.identity import contacts

MOST_WAITING = 5  # questions of a side that wait for an answer


class NotToBeSaid(Exception):
    """The text is empty, marks a state secret, or tells who writes it: a name, an address, a number to call."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message


class TooManyQuestions(NotToBeSaid):
    """The other side has not answered the earlier ones yet."""


@transaction.atomic
def ask(*, by: User, match: Match, text: str) -> Question:
    """Ask the other side something, without a name. Raises NotAllowed, NotToBeSaid, TooManyQuestions."""
    match = Match.objects.select_for_update(of=("self",)).select_related("need__body__owner").get(pk=match.pk)
    side = rules.speaks_for(by, match)
    if side is None or not rules.can_ask(by, match):
        raise NotAllowed
    _check(match, side, text, by=by)
    if Question.objects.filter(match=match, side=side, answer="").count() >= MOST_WAITING:
        raise TooManyQuestions(_("The other side has several questions to answer first."))
    question = Question.objects.create(match=match, side=side, text=text, asked_by=by)
    _write_down(match, by=by, side=side, verb="match.question_asked")
    _tell(match, side.other, "match_question", question)
    return question


@transaction.atomic
def answer_question(*, by: User, question: Question, text: str) -> Question:
    """Answer a question of the other side. Raises NotAllowed, NotToBeSaid, StaleState when it has an answer."""
    rows = Match.objects.select_for_update(of=("self",)).select_related("need__body__owner")
    match = rows.get(pk=question.match_id)
    question.match = match
    if not rules.can_answer_question(by, question):
        raise NotAllowed
    side = Side(question.side).other
    _check(match, side, text, by=by)
    door = Question.objects.filter(pk=question.pk, answer="")
    if door.update(answer=text, answered_by=by, answered_at=timezone.now()) != 1:
        raise StaleState(match_no(match))
    question.refresh_from_db()
    _write_down(match, by=by, side=side, verb="match.question_answered")
    _tell(match, side.other, "match_question_answered", question)
    return question


def _check(match: Match, side: Side, text: str, *, by: User) -> None:
    if not text.strip():
        raise NotToBeSaid(_("Please write something."))
    if mark := secret_mark(text):
        raise NotToBeSaid(MARKED % {"mark": mark})
    if found := contacts([("text", text)]):
        raise NotToBeSaid(_("Contact data open after both have said yes. Please leave out: %(words)s") %
                          {"words": "、".join(trace.words for trace in found)})  # fmt: skip
    if is_named_in(text, _names(match, side) | {fold_name(by.get_full_name())} - {""}):
        raise NotToBeSaid(_("Questions and answers carry no names, but this text names your side. Please write “we”."))


def _names(match: Match, side: Side) -> set[str]:
    """The folded names by which the writing side would be known: units, and the people of the record."""
    if side == Side.ENTERPRISE:
        return recognisable(match.need.body.owner)
    target = match.target
    if isinstance(target, Team):
        return recognisable(target.owner) | {fold_name(target.name), fold_name(target.lead.name)}
    if isinstance(target, Expert):
        return recognisable(target.body.owner) | {fold_name(target.name)}
    units = {target.body.owner, *(row.organisation for row in target.completing_units.select_related("organisation"))}
    people = {fold_name(name) for name in target.completers.values_list("name", flat=True)}
    return {name for unit in units for name in recognisable(unit)} | people - {""}


def _write_down(match: Match, *, by: User, side: Side, verb: str) -> None:
    record(by=by, verb=verb, about=match, kind="match", capability=f"match.answer_{side}", detail={"side": side})


def _tell(match: Match, side: Side, kind: str, question: Question) -> None:
    notify(
        recipients=enterprise_people(match) if side == Side.ENTERPRISE else provider_people(match),
        kind=kind,
        params={"match": match_no(match)},
        url=match.get_absolute_url(),
        dedupe_key=f"{kind}:{question.uuid}",
    )
