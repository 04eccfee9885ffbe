"""Reads of matching: queues, progress of a need, the board of a programme. Every one starts at `visible_to`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Avg,
    Case,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Max,
    Min,
    Prefetch,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Now
from django.utils import timezone

from catalog.models import Achievement, CompletingUnit
from experts.models import Expert
from matchmaking.accounts.models import User
from matchmaking.activity.models import Entry
from matchmaking.matching.disclosing import TEXT, opened
from matchmaking.matching.enums import Answer, DisputeState, MatchState, Step
from matchmaking.matching.models import Candidate, Dispute, Exposure, Match, MatchRun, MatchSide, RankingModel
from matchmaking.programmes.models import Programme
from needs.duplicates.selectors import same_challenge
from needs.models import NeedBody, TechNeed

WITH_BOTH = ("need__region", "need__body__owner", "achievement__body", "expert__organisation", "team", "candidate")
# Long columns that no row of a list shows.
NOT_SHOWN = ("candidate__reasons", "need__search_vector", "need__body__search_vector", "achievement__search_vector",
             "expert__search_vector")  # fmt: skip


def with_records(matches: QuerySet[Match], *, sides: bool = True) -> QuerySet[Match]:
    """Load what a row of a match list shows, in a fixed number of queries; before its release no side has a clock."""
    units = Prefetch("achievement__completing_units", CompletingUnit.objects.select_related("organisation"))
    return matches.select_related(*WITH_BOTH).defer(*NOT_SHOWN).prefetch_related(units, *(["sides"] if sides else []))


def review_queue(user: User) -> QuerySet[Match]:
    """Proposed matches the person may decide on, best first."""
    if not user.is_authenticated or not user.can("match.review"):
        return Match.objects.none()
    reach = user.in_reach("match.review", "need__region", programme="need__programme")
    return Match.objects.filter(reach, state=MatchState.PROPOSED).order_by(
        F("score").desc(nulls_last=True), "need__public_no", "pk"
    )


def proposed_beside(need: TechNeed, user: User, *, but: Match | None = None) -> QuerySet[Match]:
    """The proposals of a need that could stand in its reserve, best first."""
    found = review_queue(user).filter(need=need)
    return found.exclude(pk=but.pk) if but else found


def next_to_review(waiting: QuerySet[Match], match: Match) -> Match | None:
    """The match that follows in a queue in the order of `review_queue`, from its start again after the last one."""
    others = waiting.exclude(pk=match.pk)
    number = match.need.public_no
    follows = Q(need__public_no__gt=number) | Q(need__public_no=number, pk__gt=match.pk)
    if match.score is None:
        behind = Q(score=None) & follows
    else:
        behind = Q(score__lt=match.score) | Q(score=match.score) & follows | Q(score=None)
    return others.filter(behind).first() or others.first()


def matches_for_enterprise(user: User) -> QuerySet[Match]:
    """Released matches of the person's enterprises, those that wait first."""
    return Match.objects.for_enterprise_of(user).order_by("-state_since", "-pk")


def matches_for_provider(user: User) -> QuerySet[Match]:
    """Released matches with what the person answers for."""
    return Match.objects.for_provider_of(user).order_by("-state_since", "-pk")


def waiting_for(user: User, side: str) -> QuerySet[Match]:
    """Released matches in which the person's side has not answered yet, the most urgent first."""
    mine = matches_for_enterprise(user) if side == "enterprise" else matches_for_provider(user)
    open_sides = MatchSide.objects.filter(side=side, answer__in=["", Answer.LATER])
    return (
        mine.filter(state=MatchState.RELEASED, pk__in=open_sides.values("match"))
        .annotate(due=Min("sides__due_at", filter=Q(sides__side=side)))
        .order_by("due", "pk")
    )


def matches_of(record: TechNeed | Achievement | Expert, user: User) -> QuerySet[Match]:
    """The matches of one record that the person may see, the furthest ones first."""
    kind = {TechNeed: "need", Achievement: "achievement", Expert: "expert"}[type(record)]
    return with_records(Match.objects.visible_to(user).filter(**{kind: record})).order_by(
        F("contact_opened_at").asc(nulls_last=True), F("score").desc(nulls_last=True), "pk"
    )


@dataclass(frozen=True)
class ShownNeed:
    """What a reader of a match may see of its need. `steps`: what the enterprise has opened to him in this match;
    without a `url` he knows it from there only."""

    title: str
    body: NeedBody | None
    owner: str
    url: str
    steps: frozenset[str] = frozenset()


def shown_needs(rows: Iterable[Any], user: User) -> dict[int, ShownNeed]:
    """Return what the person may see of the needs of these matches, candidates or places, by need id.

    An empty title or owner means that it is masked for this reader; the template says so in his language.
    """
    rows = list(rows)
    steps: dict[int, frozenset[str]] = {}
    ladder = opened(rows, user)
    for row in rows:
        if isinstance(row, Match) and row.pk in ladder:
            steps[row.need_id] = steps.get(row.need_id, frozenset()) | ladder[row.pk].need
    needs = {row.need_id: row.need for row in rows}
    seen = TechNeed.objects.visible_to(user)
    reads = NeedBody.objects.readable_by(user)
    knows = NeedBody.objects.owner_known_to(user)
    # A union of three short lists; asked for as conditions of one row, the whole pool would be read for each.
    short = [
        rows.filter(pk__in=needs).values_list("pk", Value(fact))
        for rows, fact in ((seen, "sees"), (reads, "reads"), (knows, "knows"))
    ]
    facts = set(short[0].union(*short[1:], all=True))
    found = {}
    for key, need in needs.items():
        told = steps.get(key, frozenset())
        sees = (key, "sees") in facts
        found[key] = ShownNeed(
            need.title if sees or Step.PROBLEM in told else "",
            need.body if (key, "reads") in facts or told >= TEXT else None,
            need.body.owner.name if (key, "knows") in facts or Step.IDENTITY in told else "",
            need.get_absolute_url() if sees else "",
            told,
        )
    return found


def decided_needs(user: User) -> QuerySet[TechNeed]:
    """The needs on whose matches the person decides: their lists, places and scores are told to nobody else."""
    if not user.is_authenticated or not user.can("match.review"):
        return TechNeed.objects.none()
    return TechNeed.objects.filter(user.in_reach("match.review", "region", programme="programme"))


def insiders(matches: Iterable[Match], user: User) -> set[int]:
    """Return the ids of those matches whose target the person answers for or reviews, in one query."""
    inside = Match.objects.on_provider_side(user)
    if user.can("match.review"):
        inside |= Match.objects.filter(user.in_reach("match.review", "need__region"))
    return set(inside.filter(pk__in=[match.pk for match in matches]).values_list("pk", flat=True))


def disputes_by_line(match: Match, user: User) -> dict[str, list[Dispute]]:
    """The disputes of a match that the person may read, by signal."""
    found: dict[str, list[Dispute]] = {}
    for dispute in Dispute.objects.visible_to(user).filter(match=match).order_by("pk"):
        found.setdefault(dispute.signal, []).append(dispute)
    return found


def disputes_in_reach(user: User) -> QuerySet[Dispute]:
    """Disputed lines of the matches an officer decides on: those that wait first, then the newest."""
    records = ("match__need__region", "match__need__body__owner", "match__achievement__body",
               "match__expert__organisation", "match__team")  # fmt: skip
    units = Prefetch("match__achievement__completing_units", CompletingUnit.objects.select_related("organisation"))
    waits = Case(When(state=DisputeState.OPEN, then=0), default=1)
    found = Dispute.objects.in_reach_of(user).select_related(*records).prefetch_related(units)
    return found.order_by(waits, "-created_at", "-pk")


def log_exposure(matches: Iterable[Match], user: User, *, first: int = 1) -> None:
    """Write down that these matches were shown one below the other, from the place `first` of a list on."""
    log_places(enumerate(matches, start=first), user)


def log_places(shown: Iterable[tuple[int, Match]], user: User) -> None:
    """Write down which matches were shown to whom at which place of a list, once a day; learning corrects for it."""
    placed, today = list(shown), timezone.localdate()
    found = Candidate.objects.filter(pk__in=[match.candidate_id for _place, match in placed if match.candidate_id])
    runs: dict[int | None, int] = dict(found.values_list("pk", "run")) if placed else {}
    Exposure.objects.bulk_create(
        (
            Exposure(match=match, viewer=user, position=place, shown_on=today, run_id=runs.get(match.candidate_id))
            for place, match in placed
        ),
        ignore_conflicts=True,
    )


# --- The board --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BoardRow:
    """One state on the board: how many, how long they have been there, how many are overdue."""

    state: str
    label: str
    count: int
    mean_days: float | None
    longest_days: float | None
    overdue: int


def board_reach(user: User, need: str = "") -> Q:
    """A filter for the needs a board reader counts: a park its tenants', every other body those of its region.

    `need` is the lookup path to the need with its trailing underscores, empty for needs themselves.
    """
    reach = Q(pk__in=[])
    for body in user.organisations_with("board.read"):
        if body.is_park:
            reach |= Q(**{f"{need}body__owner__park": body})
        else:
            reach |= body.reach(f"{need}region", programme=f"{need}programme")
    return reach


def board_matches(user: User, programme: Programme | None, region: str = "") -> QuerySet[Match]:
    """The matches a board reader counts: those of the needs in his reach."""
    matches = Match.objects.filter(board_reach(user, "need__"))
    if programme is not None:
        matches = matches.filter(need__programme=programme)
    if region:
        matches = matches.filter(need__region__path__contains=[region])
    return matches


def board(user: User, programme: Programme | None, region: str = "") -> list[BoardRow]:
    """How many matches stand in which state, for how long, and how many answers are overdue."""
    age = ExpressionWrapper(Now() - F("state_since"), output_field=DurationField())
    late = MatchSide.objects.filter(answer="", due_at__lt=timezone.now()).values("match")
    rows = (
        board_matches(user, programme, region).values("state").annotate(n=Count("pk"), mean=Avg(age), longest=Max(age))
    )
    overdue = dict(
        board_matches(user, programme, region)
        .filter(state=MatchState.RELEASED, pk__in=late)
        .values_list("state")
        .annotate(n=Count("pk"))
    )
    found = {row["state"]: row for row in rows}
    return [
        BoardRow(
            state,
            str(text),
            found[state]["n"] if state in found else 0,
            _days(found[state]["mean"]) if state in found else None,
            _days(found[state]["longest"]) if state in found else None,
            overdue.get(state, 0),
        )
        for state, text in MatchState.choices
    ]


def _days(age: Any) -> float:
    return round(age.total_seconds() / 86_400, 1)


TALKS = ("match.meeting", "match.negotiation", "match.signed")


def funnel(user: User, programme: Programme | None, region: str = "") -> dict[str, int]:
    """How far the needs ever published have come; each step counts needs and is part of the step before.

    A step once reached stays reached: it is read from dates and from the history, never from the present state.
    """
    needs = board_needs(user, programme, region)
    matches = Match.objects.filter(need__in=needs.values("pk"))
    talks = Entry.objects.filter(object_kind="match", verb__in=TALKS)
    signings = talks.filter(verb="match.signed")
    steps = {
        "proposed": Q(),
        "released": Q(released_at__isnull=False),
        "contact": Q(contact_opened_at__isnull=False),
        "docking": Q(uuid__in=talks.values("object_id")),
        "signed": Q(uuid__in=signings.values("object_id")),
    }
    counted = matches.aggregate(
        **{name: Count("need", distinct=True, filter=step or None) for name, step in steps.items()}
    )
    return {"published": needs.count(), **counted}


def board_needs(user: User, programme: Programme | None, region: str = "") -> QuerySet[TechNeed]:
    """Needs in the reach of a board reader that were ever published."""
    needs = TechNeed.objects.filter(board_reach(user), published_at__isnull=False)
    if programme is not None:
        needs = needs.filter(programme=programme)
    if region:
        needs = needs.filter(region__path__contains=[region])
    return needs


def recent_runs(user: User) -> QuerySet[MatchRun]:
    """Runs over more than one record, newest first."""
    return (
        MatchRun.objects.visible_to(user)
        .filter(scope__in=["all", "programme", "region"])
        .select_related("job", "programme", "region", "requested_by")
        .order_by("-pk")
    )


def matches_of_same_challenge(user: Any, match: Match) -> list[Match]:
    """The matches of the same answer with other needs that are the same challenge, as far as the person sees both."""
    needs = same_challenge(user, match.need)
    if not needs:
        return []
    same_answer = {name: getattr(match, name) for name in ("achievement_id", "expert_id", "team_id")}
    found = Match.objects.visible_to(user).filter(need__in=needs, **same_answer)
    return list(found.select_related("need").order_by("pk"))


def learned_rows() -> QuerySet[RankingModel]:
    """What was learned from grades, the newest first; without the weights themselves."""
    return RankingModel.objects.defer("policy").order_by("-pk")
