"""What the views of matching share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matchmaking.accounts.models import User
from matchmaking.activity.labels import verb_label
from matchmaking.activity.selectors import history
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.matching import rules
from matchmaking.matching.disclosing import is_side
from matchmaking.matching.enums import MatchState
from matchmaking.matching.filters import ReviewFilter
from matchmaking.matching.models import Match
from matchmaking.matching.selectors import next_to_review, review_queue
from matchmaking.matching.services.review import NotInPool, match_no

# What one side thinks of a match is between it and the officer.
_SAID = ("match.graded", "match.line_disputed", "match.dispute_noted", "match.dispute_accepted",
         "match.put_in_reserve", "match.taken_from_reserve")  # fmt: skip
# Nor do the sides read that they were second choice: somebody else has failed, perhaps with a confidential need.
_TOLD_AS = {"match.moved_up": "match.released"}
# What the two sides open and ask each other is between them and the officer.
_BETWEEN = ("match.step_opened", "match.step_revoked", "match.nda_accepted", "match.nda_withdrawn",
            "match.question_asked", "match.question_answered", "match.handed_on")  # fmt: skip


@dataclass
class Guard:
    """Holds the answer to give when the decision came too late."""

    response: HttpResponse | None = None


def match_history(match: Match, user: User) -> list[Any]:
    """The match's history. The sides read what happened, not who did it: a name could tell a hidden owner; nor that
    somebody graded it or disputed a line. Whoever has merely proposed it reads nothing of what is between them."""
    if rules.in_review_reach(user, match):
        return list(history(match, kind="match", show_people=True))
    kept_back = _SAID if is_side(user, match) else (*_SAID, *_BETWEEN)
    lines = [line for line in history(match, kind="match") if line["verb"] not in kept_back]
    return [{**line, "by": "", **_as_told(line["verb"])} for line in lines]


def _as_told(verb: str) -> dict[str, Any]:
    told = _TOLD_AS.get(verb)
    return {"verb": told, "title": verb_label("match", told)} if told else {}


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


def say_released(request: HttpRequest, number: int) -> None:
    """Say what a release of many comes to: how long the sides have, and where the matches stand now."""
    if not number:
        return
    said = ngettext(
        "{n} match released. Both sides have been told and have {days} working days to answer. {link}",
        "{n} matches released. Both sides have been told and have {days} working days to answer. {link}",
        number,
    )
    url = f"{reverse('matching:board_rows')}?state={MatchState.RELEASED}"
    link = format_html('<a href="{}">{}</a>', url, _("Look at the released ones"))
    shown = link if request.user.can("board.read") else ""
    messages.success(request, format_html(said, n=number, days=settings.ANSWER_WORKING_DAYS, link=shown))


def say_closed(request: HttpRequest, passed: list[tuple[Match, Any]]) -> None:
    """Name what a release of many has passed over because a side could not read it, with links and the reason."""
    by_reason: dict[str, list[Match]] = {}
    for match, why in passed:
        by_reason.setdefault(str(why), []).append(match)
    for why, matches in by_reason.items():
        links = format_html_join(
            "、", '<a href="{}">{}</a>', ((one.get_absolute_url(), match_no(one)) for one in matches)
        )
        messages.warning(request, format_html(_("Not released: {which}. {why}"), which=links, why=why))


def queue_asked(request: HttpRequest) -> str:
    """What the officer's queue is narrowed to, as a query that links carry on."""
    kept = {name: request.GET[name] for name in ReviewFilter.base_filters if request.GET.get(name)}
    return f"?{urlencode(kept)}" if kept else ""


def queue_around(request: HttpRequest, match: Match) -> dict[str, Any]:
    """The way from a match back to the list it came from; for whoever decides, on to the next item of his queue."""
    here = {"url": "", "next": None, "next_url": "", "others": 0, "release_url": "", "drop_url": ""}
    if rules.speaks_for(request.user, match):
        return here | {"url": reverse("matching:match_list")}
    if not request.user.can("match.review"):
        return here
    waiting = ReviewFilter(request.GET, queryset=review_queue(request.user), request=request).qs
    asked, following = queue_asked(request), next_to_review(waiting, match)
    return here | {
        "url": reverse("matching:review_queue") + asked,
        "next": following,
        "next_url": following.get_absolute_url() + asked if following else "",
        "others": waiting.exclude(pk=match.pk).count() if following else 0,
        "release_url": reverse("matching:match_release", args=[match.uuid]) + asked,
        "drop_url": reverse("matching:match_drop", args=[match.uuid]) + asked,
    }
