"""From candidates to proposed matches: at most so many a need, decisions never overwritten, a “no” remembered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from django.conf import settings
from django.db import connection
from django.db.models import Exists, F, OuterRef, Subquery
from django.utils import timezone

from matchmaking.matching.closed import open_to_both
from matchmaking.matching.enums import LIVE, MatchState, Origin
from matchmaking.matching.models import Candidate, Match, MatchRun, MatchSide, Reserve, RunNeed
from matchmaking.matching.snapshot import pool_rows
from matchmaking.matching.workflow import REFUSED, REVIVABLE
from needs.models import TechNeed


class Targets(Protocol):
    """The targets of one kind that needs are held against: their numbers by id, text versions by number."""

    @property
    def kind(self) -> str: ...
    @property
    def numbers(self) -> dict[int, str]: ...
    @property
    def text_versions(self) -> dict[str, int]: ...


@dataclass(frozen=True)
class Offered:
    """A candidate above the floor."""

    candidate: int
    target: int
    score: float


def refused_pairs(needs: Sequence[TechNeed], pool: Targets) -> set[tuple[str, str]]:
    """Return (need, target) numbers that were decided against and whose texts are unchanged: not to be proposed."""
    numbers = pool.numbers
    key = f"{pool.kind}_id"
    rows = Match.objects.filter(
        need__in=[need.pk for need in needs], state__in=REFUSED, **{f"{pool.kind}__isnull": False}
    ).values_list("need__public_no", "need__text_version", "need_text_version", key, "target_text_version")
    return {
        (need_no, numbers[target])
        for need_no, need_now, need_then, target, target_then in rows
        if target in numbers and need_now == need_then and pool.text_versions[numbers[target]] == target_then
    }


@dataclass
class Outcome:
    """What a block changes: new matches, ones brought back, ones that gave up their place; and who is chosen."""

    fresh: list[Match] = field(default_factory=list)
    revived: list[Match] = field(default_factory=list)
    displaced: list[Match] = field(default_factory=list)
    chosen: list[tuple[Offered, TechNeed, int]] = field(default_factory=list)


def propose(run: MatchRun, needs: Sequence[TechNeed], pool: Targets, *, whole: bool) -> tuple[int, int]:
    """Turn the stored candidates above the floor into proposed matches, in the transaction that stored them.

    `whole` says that they were sought in the whole pool and not among newcomers only. Per need and kind of target the
    best `settings.MATCHES_PER_NEED[kind]` stand: a match that was released or proposed by hand keeps its place, a
    proposed one gives way to a better one, so that the outcome does not depend on the order of arrival.
    Returns (newly proposed, brought back).
    """
    existing = _lock_existing(needs, pool.kind)
    offered = _offered(run, needs, pool)
    outcome = Outcome()
    for need in needs:
        _choose(need, existing[need.pk], pool, offered[need.pk], whole=whole, outcome=outcome)
    Match.objects.bulk_create(outcome.fresh, ignore_conflicts=True)
    _revive(outcome.revived)
    _copy_from_candidates(pool.kind, outcome.chosen)
    _displace(outcome.displaced)
    _point_at_candidates(run, needs, pool.kind)
    return len(outcome.fresh), len(outcome.revived)


def _offered(run: MatchRun, needs: Sequence[TechNeed], pool: Targets) -> dict[int, list[Offered]]:
    """The candidates above the floor by need, best first, without those that have left the pool since it was read, and
    without pairs of which one side could not read the other's text."""
    keys = [need.pk for need in needs]
    lists = RunNeed.objects.filter(run=run, need__in=keys).standing(pool.kind)
    sources = dict(lists.values_list("need", "stands")) if run.base_id else {}
    rows = Candidate.objects.filter(
        open_to_both(pool.kind), run__in={run.pk, *sources.values()}, need__in=keys, above_floor=True,
        **{f"{pool.kind}__isnull": False},
    )  # fmt: skip
    placed = rows.order_by("need", "rank").values_list("need", "run", "pk", f"{pool.kind}_id", "score")
    found = [
        (need, pk, target, score) for need, source, pk, target, score in placed if sources.get(need, run.pk) == source
    ]
    wanted = {target for _need, _pk, target, _score in found if target in pool.numbers}
    there = set(pool_rows(pool.kind).filter(pk__in=wanted).values_list("pk", flat=True))
    offered: dict[int, list[Offered]] = defaultdict(list)
    for need, pk, target, score in found:
        if target in there:
            offered[need].append(Offered(pk, target, score))
    return offered


def _choose(
    need: TechNeed,
    known: dict[int, Match],
    pool: Targets,
    candidates: list[Offered],
    *,
    whole: bool,
    outcome: Outcome,
) -> None:
    """Decide for one need who holds its places."""
    numbers = pool.numbers
    held = [match for match in known.values() if match.state in LIVE and not _gives_way(match)]
    contenders: dict[int, tuple[float, str]] = {}
    for target, match in known.items():
        # What has entered the pool since it was read was found by a run of its own, and competes by that score.
        if _gives_way(match) and (not whole or target not in numbers):
            contenders[target] = (-(match.score or 0.0), match.target.public_no)
    offered = {row.target: row for row in candidates}
    for target, row in offered.items():
        if known.get(target) not in held:
            contenders[target] = (-row.score, numbers[target])
    places = max(0, settings.MATCHES_PER_NEED[pool.kind] - len(held))
    chosen = set(sorted(contenders, key=contenders.__getitem__)[:places])
    for target, match in known.items():
        if _gives_way(match) and target not in chosen:
            outcome.displaced.append(match)
    for target in sorted(chosen & offered.keys()):
        text_version = pool.text_versions[numbers[target]]
        if target not in known:
            outcome.fresh.append(Match(need=need, origin=Origin.RUN, need_text_version=need.text_version,
                                       target_text_version=text_version, **{f"{pool.kind}_id": target}))  # fmt: skip
        elif known[target].state != MatchState.PROPOSED:
            outcome.revived.append(known[target])
        outcome.chosen.append((offered[target], need, text_version))


def _gives_way(match: Match) -> bool:
    """A match the engine proposed and nobody has decided on yet; one that waits in the reserve keeps its place."""
    return match.state == MatchState.PROPOSED and match.origin == Origin.RUN and not match.in_reserve  # type: ignore[attr-defined]


def _lock_existing(needs: Sequence[TechNeed], kind: str) -> dict[int, dict[int, Match]]:
    """Lock the needs, in a fixed order, so that two workers never fill the same place; return their matches."""
    keys = sorted(need.pk for need in needs)
    list(TechNeed.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys).order_by("pk").values("pk"))
    existing: dict[int, dict[int, Match]] = defaultdict(dict)
    matches = Match.objects.select_for_update(of=("self",)).filter(need__in=keys, **{f"{kind}__isnull": False})
    waits = Exists(Reserve.objects.waiting().filter(match=OuterRef("pk")))
    for match in matches.annotate(in_reserve=waits).select_related(kind).order_by("pk"):
        existing[match.need_id][getattr(match, f"{kind}_id")] = match
    return existing


def _displace(matches: list[Match]) -> None:
    """Better candidates took these places; the rows are locked, and an officer may restore them."""
    Match.objects.filter(pk__in=[match.pk for match in matches], state=MatchState.PROPOSED).update(
        state=MatchState.AGED_OUT, state_since=timezone.now(), version=F("version") + 1, ended_at=timezone.now()
    )


def _copy_from_candidates(kind: str, chosen: Sequence[tuple[Offered, TechNeed, int]]) -> None:
    """Give the matches of the chosen candidates their scores and reasons, without the reasons leaving the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE matching_match AS m"  # noqa: S608 (kind is one of two)
            " SET score = c.score, probability = c.probability, reasons = c.reasons, candidate_id = c.id,"
            " need_text_version = v.need_text, target_text_version = v.target_text"
            " FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS v (candidate, need_text, target_text)"
            " JOIN matching_candidate c ON c.id = v.candidate"
            f" WHERE m.need_id = c.need_id AND m.{kind}_id = c.{kind}_id AND m.state IN (%s)",
            [
                [offered.candidate for offered, _need, _text in chosen],
                [need.text_version for _offered, need, _text in chosen],
                [text for _offered, _need, text in chosen],
                MatchState.PROPOSED,
            ],
        )


def _revive(matches: list[Match]) -> None:
    """Bring back pairs whose text changed, or that nobody refused.

    The rows are locked by the caller, so no state moves meanwhile.
    """
    if not matches:
        return
    MatchSide.objects.filter(match__in=matches).delete()
    Match.objects.filter(pk__in=[match.pk for match in matches], state__in=REVIVABLE).update(
        state=MatchState.PROPOSED,
        state_since=timezone.now(),
        version=F("version") + 1,
        drop_reason="",
        drop_note="",
        ended_at=None,
        end_reason="",
    )


def _point_at_candidates(run: MatchRun, needs: Sequence[TechNeed], kind: str) -> None:
    """Let every match of these needs that was proposed by hand name its latest candidate."""
    rows = Candidate.objects.of_run(run).filter(need=OuterRef("need"), **{kind: OuterRef(kind)})
    latest = rows.values("pk")[:1]
    by_hand = Match.objects.filter(
        need__in=[need.pk for need in needs], state=MatchState.PROPOSED, origin=Origin.HUMAN,
        **{f"{kind}__isnull": False},
    )  # fmt: skip
    if by_hand.exists():
        by_hand.filter(Exists(latest)).update(candidate=Subquery(latest))
