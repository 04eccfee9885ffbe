"""Why a pair that somebody names is not proposed: what excludes it, its place in the list, what is missing.

Asked only by who may read both texts, so that a score is never a way to probe a closed one. What a rule would tell of
a hidden owner or of an expert's declared conflicts is said only to who may know these anyway; to everybody else the
page says the same whatever the answer is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict

from catalog.models import Achievement
from experts import rules as expert_rules
from experts.models import Expert, Team
from matchmaking.accounts.models import User
from matchmaking.accounts.rules import is_member
from matchmaking.common.pool_registry import find_pool
from matchmaking.common.pools import in_order
from matchmaking.matching.enums import RunScope
from matchmaking.matching.models import Candidate, Match, MatchRun, RunNeed
from matchmaking.matching.nouns import NOUNS, Answer, noun_of
from matchmaking.matching.workflow import REFUSED
from matchmaking.programmes.models import Visibility
from needs.models import NeedBody, TechNeed

_OFFERED = 4
SAME_OWNER, CONFLICT, REFUSED_BEFORE, MATCHED = "same_owner", "declared_conflict", "earlier_refusal", "matched"
NEED_OUT, TARGET_OUT = "need_not_in_pool", "target_not_in_pool"


@dataclass(frozen=True)
class Obstacle:
    """One thing that keeps a pair from being proposed (or the match that it is already), with its day and match."""

    kind: str
    match: Match | None = None
    on: datetime | None = None


def askable_needs(user: User) -> Any:
    """The needs whose text the person may read: he may ask about these. Only who works for an organisation asks."""
    if not is_member(user):
        return TechNeed.objects.none()
    readable = NeedBody.objects.readable_by(user).values("pk")
    return TechNeed.objects.visible_to(user).filter(pk__in=readable).select_related("body__owner", "region")


def find_answer(user: User, number: str, *, matched: bool = False) -> Answer | None:
    """The achievement, expert or team with this number, if the person may read it; `matched`: of those in the pool
    only."""
    for model in NOUNS:
        rows = _readable(model, user)
        found = (rows.matched() if matched else rows).filter(public_no=number.strip().upper()).first()
        if found is not None:
            return found
    return None


def offer_answers(user: User, words: str, *, matched: bool = False) -> list[Answer]:
    """Some achievements, experts and teams that hold these words, for the person to choose from, the best hits first:
    found by the search of their pools, whatever their number, in all that the person may read; `matched`: of those in
    the pool only."""
    asked = QueryDict(mutable=True)
    asked["q"] = words
    found: list[Answer] = []
    for model, noun in NOUNS.items():
        pool = find_pool(noun)
        assert pool is not None  # each of them registers
        rows = model.objects.visible_to(user)
        keys = pool.keys(asked, user, rows=rows.matched() if matched else rows)
        found += in_order(_readable(model, user), keys[:_OFFERED])
    return found


def _readable(model: type[Any], user: User) -> Any:
    rows = model.objects.visible_to(user)
    if model is Achievement:
        return rows.select_related("body__owner", "region").prefetch_related("completing_units__organisation")
    return rows.select_related("organisation", "body__owner") if model is Expert else rows.select_related("owner")


def obstacles(user: User, need: TechNeed, answer: Answer, excluded: str) -> list[Obstacle]:
    """What keeps the pair from being proposed, as far as the person may know it. `excluded` is the engine's word."""
    found = []
    if not TechNeed.objects.matched().filter(pk=need.pk).exists():
        found.append(Obstacle(NEED_OUT))
    if not type(answer).objects.matched().filter(pk=answer.pk).exists():  # type: ignore[union-attr]
        found.append(Obstacle(TARGET_OUT))
    if excluded == SAME_OWNER and knows_owners(user, need, answer):
        found.append(Obstacle(SAME_OWNER))
    if excluded == CONFLICT and knows_conflicts(user, need, answer):
        found.append(Obstacle(CONFLICT))
    match = Match.objects.visible_to(user).filter(need=need, **{noun_of(answer): answer}).first()
    if match is not None:
        unchanged = (match.need_text_version, match.target_text_version) == (need.text_version, answer.text_version)
        kind = REFUSED_BEFORE if match.state in REFUSED and unchanged else MATCHED
        found.append(Obstacle(kind, match, match.ended_at or match.state_since))
    return found


def knows_owners(user: User, need: TechNeed, answer: Answer) -> bool:
    """Whether the person may know who owns both records."""
    return knows_unit(user, answer) and NeedBody.objects.owner_known_to(user).filter(pk=need.pk).exists()


def knows_unit(user: User, answer: Answer) -> bool:
    """Whether the person may know whose achievement, expert or team it is."""
    if answer.visibility != Visibility.HIDDEN_OWNER:
        return True
    return (answer.owner_id if isinstance(answer, Team) else answer.body.owner_id) in user.organisation_ids


def knows_conflicts(user: User, need: TechNeed, answer: Answer) -> bool:
    """Whether the person may know which conflicts an expert has declared; those of a team stay with its members."""
    if isinstance(answer, Achievement):
        return True
    return isinstance(answer, Expert) and expert_rules.sees_file(user, answer) and knows_owners(user, need, answer)


def list_of(need: TechNeed, answer: Answer) -> tuple[MatchRun | None, list[tuple[str, float]]]:
    """The run that last ranked this kind of answer for the need, and the numbers and scores of its list, best first."""
    if isinstance(answer, Team):
        return None, []  # teams are proposed by hand alone
    noun = noun_of(answer)
    lists = RunNeed.objects.filter(need=need, run__finished_at__isnull=False).standing(noun)
    newest, stands = lists.order_by("-run").values_list("run", "stands").first() or (0, 0)
    alone = MatchRun.objects.filter(scope=RunScope.NEED, need=need, finished_at__isnull=False, pk__gt=newest)
    run = alone.order_by("-pk").first() or MatchRun.objects.filter(pk=stands).first()
    if run is None:
        return None, []
    rows = Candidate.objects.filter(run=run, need=need, **{f"{noun}__isnull": False})
    return run, list(rows.order_by("rank").values_list(f"{noun}__public_no", "score"))


def pair_of(need: TechNeed, answer: Answer) -> Match:
    """A match that is none: the pages of a pair read a need and a target of it."""
    return Match(need=need, **{noun_of(answer): answer})


def place_of(answer: Answer, score: float, ranked: list[tuple[str, float]]) -> int:
    """The place that a score takes in a list; equal scores stand in the order of their numbers."""
    ahead = [number for number, other in ranked
             if number != answer.public_no and (-other, number) < (-score, answer.public_no)]  # fmt: skip
    return len(ahead) + 1
