"""What matching holds of a person: answers, grades, objections, steps of talks; what is kept of a signed match."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from matchmaking.accounts.models import User
from matchmaking.accounts.privacy.retention import Rule, register_rule
from matchmaking.accounts.privacy.rooms import Held, Room, on_opt_out, register_keeper, register_room
from matchmaking.matching.automatic import opted_out
from matchmaking.matching.enums import MatchState
from matchmaking.matching.models import Contact, Dispute, FittingLook, Match, MatchGrade, MatchSide


def _line(title: str, match: Match, since: object, **data: object) -> Held:
    return Held(title=title, data=data, source=_("you"), since=since, kind="match", object_id=match.uuid,  # type: ignore[arg-type]
                url=match.get_absolute_url())  # fmt: skip


def held(user: User) -> Iterator[Held]:
    """What the person said about matches; the matches themselves belong to both sides."""
    for side in MatchSide.objects.filter(answered_by=user).select_related("match").order_by("-pk"):
        yield _line(_("Answer to a match"), side.match, side.answered_at, answer=side.answer, note=side.note)
    for step in Contact.objects.filter(by=user).select_related("match").order_by("-pk"):
        yield _line(_("Step of talks"), step.match, step.at, step=step.step, summary=step.summary)
    for grade in MatchGrade.objects.filter(by=user).select_related("match").order_by("-pk"):
        yield _line(_("Grade of a match"), grade.match, grade.at, grade=grade.grade)
    for dispute in Dispute.objects.filter(by=user).select_related("match").order_by("-pk"):
        yield _line(_("Disputed line"), dispute.match, dispute.created_at, note=dispute.note)


def erase(user: User) -> None:
    FittingLook.objects.filter(user=user).delete()


def kept(kind: str, object_id: UUID) -> str:
    """A record with a signed match stays as it was: it is part of what was agreed."""
    if kind != "expert":
        return ""
    mine = Q(expert__uuid=object_id) | Q(team__lead__uuid=object_id)
    signed = Match.objects.filter(mine, state=MatchState.SIGNED).exists()
    return _("A match with this entry was signed; it is kept as part of that agreement.") if signed else ""


def register() -> None:
    register_rule(
        Rule("matches", t("answers, grades and steps of talks"), t("as long as the match stands"), t("the act"),
             t("stay as evidence for both sides; of closed accounts no name is shown any more"),
             t("PIPL art. 47: what must be kept is stored and not processed otherwise"))
    )  # fmt: skip
    register_room(
        Room("matches", t("Matches"), t("to bring both sides together"), t("contract (PIPL art. 13 no. 2)"),
             "matches", held, erase=erase, stays=t("answers and signed matters, without the name"))
    )  # fmt: skip
    register_keeper(kept)
    on_opt_out(opted_out)
