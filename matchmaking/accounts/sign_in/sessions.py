"""The sessions of a person: which there are, and ending them."""

from collections.abc import Iterable

from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.accounts.tokens import revoke_tokens, tokens_of, working_tokens
from matchmaking.activity.services import record
from matchmaking.notifications.services import notify


class EndReason(models.TextChoices):
    """Why an administrator ends what somebody else has open; words that may stand in the history."""

    LOST = "lost", _("a device was lost or stolen")
    MISUSE = "misuse", _("somebody else seems to use the account")
    ASKED = "asked", _("the person asked for it")
    LEFT = "left", _("the person no longer works there")


class SessionsAdapter(DefaultUserSessionsAdapter):
    """Ended sessions stand in the history of the account."""

    @transaction.atomic
    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        ended = list(sessions)
        super().end_sessions(ended)
        if ended:
            person = ended[0].user
            record(by=person, verb="account.sessions_ended", about=person, kind="account",
                   detail={"count": len(ended)})  # fmt: skip


def end_session(*, by: User, pk: int) -> bool:
    """End one of the person's own sessions: refused with its next request. False when there is none of this key."""
    found = list(UserSession.objects.filter(user=by, pk=pk))
    SessionsAdapter().end_sessions(found)
    return bool(found)


def end_other_sessions(*, user: User, but: str | None) -> None:
    """End all sessions of the person but the one with this key."""
    SessionsAdapter().end_sessions(UserSession.objects.filter(user=user).exclude(session_key=but or ""))


def signed_in_people(*, by: User) -> QuerySet[User]:
    """Everybody but the asker who is signed in now or has given access to a program, last seen first; `session_count`
    and `seen_at` say how often and when.
    """
    lasting = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=Now())
    there = UserSession.objects.filter(Exists(lasting))
    counted = Q(usersession__in=there)
    people = User.objects.exclude(pk=by.pk).annotate(
        session_count=Count("usersession", filter=counted), seen_at=Max("usersession__last_seen_at", filter=counted)
    )
    holding = Exists(working_tokens().filter(user=OuterRef("pk")))
    return people.filter(Q(session_count__gt=0) | holding).order_by(F("seen_at").desc(nulls_last=True), "pk")


@transaction.atomic
def end_sessions_of(*, by: User, person: User, reason: EndReason) -> int:
    """End all sessions and tokens of another person: refused with the next request. Return how many sessions.

    For the administrator of security. The person is told, and may sign in again; who must not, loses the role.
    """
    sessions = list(UserSession.objects.filter(user=person))
    tokens = tokens_of(person).count()
    DefaultUserSessionsAdapter().end_sessions(sessions)
    revoke_tokens(user=person)
    detail = {"count": len(sessions), "tokens": tokens, "reason_code": reason.value}
    entry = record(by=by, verb="account.sessions_ended_by_administrator", about=person, kind="account", detail=detail)
    with translation.override(person.language):
        words = {"reason": str(reason.label)}
    notify(recipients=[person], kind="sessions_ended", params=words, url=reverse("usersessions_list"),
           dedupe_key=f"sessions_ended:{entry.pk}")  # fmt: skip
    return len(sessions)
