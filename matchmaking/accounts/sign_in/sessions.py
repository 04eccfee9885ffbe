"""The sessions of a person: which there are, and ending them."""

from collections.abc import Iterable

from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.db import transaction

from matchmaking.accounts.models import User
from matchmaking.activity.services import record


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
