"""The ladder of a match as its page shows it: each side's steps, the agreement, questions and answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from matchmaking.accounts.models import User
from matchmaking.matching import rules
from matchmaking.matching.disclosing import in_the_pool, is_side, next_step, reached
from matchmaking.matching.enums import DISCLOSING, LADDER, UNDER_NDA, Side, Step
from matchmaking.matching.models import Disclosure, Match, NdaAcceptance, Question


@dataclass(frozen=True)
class Rung:
    """A step of one side: `pool` open to all who may read the record, `open` to the other side since `at`, `held`
    until the agreement stands, or `closed`."""

    step: str
    label: Any
    state: str
    at: datetime | None
    is_next: bool
    is_mine: bool
    needs_agreement: bool


def ladder(match: Match, user: User) -> dict[str, Any] | None:
    """Return what the two sides and the deciding officer see of the ladder; None for anybody else, and while the match
    is not under way."""
    if match.state not in DISCLOSING or not (is_side(user, match) or rules.in_review_reach(user, match)):
        return None
    mine = rules.can_disclose(user, match)
    signed = {row.side: row for row in NdaAcceptance.objects.visible_to(user).standing().filter(match=match)}
    bound = len(signed) < len(Side)
    return {
        "side": mine,
        "sides": [(side.label, _rungs(match, side, mine, bound=bound)) for side in Side],
        "bound": bound,
        "signed": [(side.label, signed.get(side)) for side in Side],
        "mine_signed": signed.get(mine) if mine else None,
        "exhausted": mine is not None and next_step(match, mine) is None,
    }


def _rungs(match: Match, side: Side, mine: Side | None, *, bound: bool) -> list[Rung]:
    rows = {row.step: row.opened_at for row in Disclosure.objects.standing().filter(match=match, side=side)}
    pool, counted = in_the_pool(match, side), reached(match, side, rows, bound=bound)
    following = next_step(match, side) if mine == side else None
    rungs = [Rung(Step.FIELD, Step.FIELD.label, "pool", None, False, mine == side, False)]
    for step in LADDER:
        state = "open" if step in counted else "pool" if step in pool else "held" if step in rows else "closed"
        waits = bound and step in UNDER_NDA
        rungs.append(Rung(step, step.label, state, rows.get(step), step == following, mine == side, waits))
    return rungs


def asked_and_answered(match: Match, user: User) -> dict[str, Any]:
    """The questions of both sides, without names, and what the person may do about them."""
    mine = rules.can_disclose(user, match)
    return {
        "questions": Question.objects.visible_to(user).filter(match=match).order_by("asked_at", "pk"),
        "can_ask": rules.can_ask(user, match),
        "answers_for": mine.other if mine else None,
    }
