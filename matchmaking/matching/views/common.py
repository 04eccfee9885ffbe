"""What the views of matching share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from matchmaking.accounts.models import User
from matchmaking.activity.selectors import history
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.matching import rules
from matchmaking.matching.models import Match
from matchmaking.matching.services.review import NotInPool


@dataclass
class Guard:
    """Holds the answer to give when the decision came too late."""

    response: HttpResponse | None = None


def match_history(match: Match, user: User) -> list[Any]:
    """The match's history. The sides read what happened, not who did it: a name could tell a hidden owner."""
    if rules.in_review_reach(user, match):
        return list(history(match, kind="match", show_people=True))
    return [{**line, "by": ""} for line in history(match, kind="match")]


@contextmanager
def conflict_guard(request: HttpRequest, match: Match, *, refused: type[Exception]) -> Iterator[Guard]:
    """Answer 409 with who decided and when if the match has moved, 403 if the person may not decide."""
    guard = Guard()
    try:
        yield guard
    except (StaleState, IllegalMove, NotInPool) as error:
        context = {
            "object": match,
            "message": error.message,
            "history": match_history(match, request.user)[:3],
            "back_url": match.get_absolute_url(),
        }
        guard.response = render(request, "409.html", context, status=409)
    except refused as error:
        raise PermissionDenied from error
