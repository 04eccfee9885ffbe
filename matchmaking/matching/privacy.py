"""What matching holds of a person: answers, grades, objections, steps of talks; what is kept of a signed match."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.accounts.privacy.retention import Rule, register_rule
from matchmaking.accounts.privacy.rooms import Held, Room, on_opt_out, register_keeper, register_room
from matchmaking.matching.automatic import opted_out
from matchmaking.matching.enums import MatchState
from matchmaking.matching.models import (
    Contact,
    Disclosure,
    Dispute,
    FittingLook,
    Match,
    MatchGrade,
    MatchSide,
    NdaAcceptance,
    Question,
)


def _line(title: str, match: Match, since: object, **data: object) -> Held:
    return Held(title=title, data=data, source=gettext("you"), since=since, kind="match", object_id=match.uuid,  # type: ignore[arg-type]
                url=match.get_absolute_url())  # fmt: skip


def held(user: User) -> Iterator[Held]:
    """What the person said about matches; the matches themselves belong to both sides."""
    for side in MatchSide.objects.filter(answered_by=user).select_related("match").order_by("-pk"):
        yield _line(gettext("Answer to a match"), side.match, side.answered_at, answer=side.answer, note=side.note)
    for step in Contact.objects.filter(by=user).select_related("match").order_by("-pk"):
        yield _line(gettext("Step of talks"), step.match, step.at, step=step.step, summary=step.summary)
    for grade in MatchGrade.objects.filter(by=user).select_related("match").order_by("-pk"):
        yield _line(gettext("Grade of a match"), grade.match, grade.at, grade=grade.grade)
    for dispute in Dispute.objects.filter(by=user).select_related("match").order_by("-pk"):
        yield _line(gettext("Disputed line"), dispute.match, dispute.created_at, note=dispute.note)
    yield from _said_before_both_agreed(user)


def _said_before_both_agreed(user: User) -> Iterator[Held]:
    for question in Question.objects.filter(asked_by=user).select_related("match").order_by("-pk"):
        yield _line(gettext("Question"), question.match, question.asked_at, text=question.text)
    for question in Question.objects.filter(answered_by=user).select_related("match").order_by("-pk"):
        yield _line(gettext("Answer to a question"), question.match, question.answered_at, answer=question.answer)
    for step in Disclosure.objects.filter(opened_by=user).select_related("match").order_by("-pk"):
        yield _line(gettext("Step opened to the other side"), step.match, step.opened_at, step=step.get_step_display())
    for agreement in NdaAcceptance.objects.filter(by=user).select_related("match").order_by("-pk"):
        yield _line(gettext("Agreement to keep confidential"), agreement.match, agreement.at,
                    text_version=agreement.text_version)  # fmt: skip


def erase(user: User) -> None:
    FittingLook.objects.filter(user=user).delete()


def kept(kind: str, object_id: UUID) -> str:
    """A record with a signed match stays as it was: it is part of what was agreed."""
    if kind != "expert":
        return ""
    mine = Q(expert__uuid=object_id) | Q(team__lead__uuid=object_id)
    signed = Match.objects.filter(mine, state=MatchState.SIGNED).exists()
    return gettext("A match with this entry was signed; it is kept as part of that agreement.") if signed else ""


def register() -> None:
    register_rule(
        Rule("matches", _("answers, grades and steps of talks"), _("as long as the match stands"), _("the act"),
             _("stay as evidence for both sides; of closed accounts no name is shown any more"),
             _("PIPL art. 47: what must be kept is stored and not processed otherwise"))
    )  # fmt: skip
    register_room(
        Room("matches", _("Matches"), _("to bring both sides together"), _("contract (PIPL art. 13 no. 2)"),
             "matches", held, erase=erase, stays=_("answers and signed matters, without the name"))
    )  # fmt: skip
    register_keeper(kept)
    on_opt_out(opted_out)
