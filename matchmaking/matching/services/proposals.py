"""From candidates to proposed matches: at most so many a need, decisions never overwritten, a “no” remembered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Subquery
from django.utils import timezone

from matchmaking.matching.enums import LIVE, MatchState, Origin
from matchmaking.matching.models import Candidate, Match, MatchRun, MatchSide
from matchmaking.matching.snapshot import Pool
from matchmaking.matching.workflow import REFUSED, REVIVABLE
from needs.models import TechNeed

_COPIED = ["score", "probability", "reasons", "need_text_version", "target_text_version"]


def refused_pairs(needs: Sequence[TechNeed], pool: Pool) -> set[tuple[str, str]]:
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
    """What a chunk changes: new matches, proposed ones seen again, ones brought back, ones that gave up their place."""

    fresh: list[Match] = field(default_factory=list)
    kept: list[Match] = field(default_factory=list)
    revived: list[Match] = field(default_factory=list)
    displaced: list[Match] = field(default_factory=list)


def propose(
    run: MatchRun, needs: Sequence[TechNeed], pool: Pool, found: dict[int, list[dict[str, Any]]], *, whole: bool
) -> tuple[int, int]:
    """Turn the candidates above the floor into proposed matches, in the transaction of the chunk.

    `found` maps a need's id to its candidates in rank order: {target_id, score, reasons, above_floor}; `whole` says
    that they were sought in the whole pool and not among newcomers only. Per need and kind of target the best
    `settings.MATCHES_PER_NEED[kind]` stand: a match that was released or proposed by hand keeps its place, a proposed
    one gives way to a better one, so that the outcome does not depend on the order of arrival.
    Returns (newly proposed, brought back).
    """
    existing = _lock_existing(needs, pool.kind)
    outcome = Outcome()
    for need in needs:
        _choose(need, existing[need.pk], pool, found.get(need.pk, []), whole=whole, outcome=outcome)
    Match.objects.bulk_create(outcome.fresh, ignore_conflicts=True)
    Match.objects.bulk_update(outcome.kept, _COPIED)
    _revive(outcome.revived)
    _displace(outcome.displaced)
    _point_at_candidates(run, needs, pool.kind)
    return len(outcome.fresh), len(outcome.revived)


def _choose(
    need: TechNeed,
    known: dict[int, Match],
    pool: Pool,
    candidates: list[dict[str, Any]],
    *,
    whole: bool,
    outcome: Outcome,
) -> None:
    """Decide for one need who holds its places."""
    numbers = pool.numbers
    held = [match for match in known.values() if match.state in LIVE and not _gives_way(match)]
    contenders: dict[int, tuple[float, str]] = {}
    if not whole:
        for target, match in known.items():
            if _gives_way(match):
                contenders[target] = (-(match.score or 0.0), match.target.public_no)
    offered = {row["target_id"]: row for row in candidates if row["above_floor"]}
    for target, row in offered.items():
        if known.get(target) not in held:
            contenders[target] = (-row["score"], numbers[target])
    places = max(0, settings.MATCHES_PER_NEED[pool.kind] - len(held))
    chosen = set(sorted(contenders, key=contenders.__getitem__)[:places])
    for target, match in known.items():
        if _gives_way(match) and target not in chosen:
            outcome.displaced.append(match)
    for target in sorted(chosen & offered.keys()):
        chosen_match = known.get(target) or Match(need=need, origin=Origin.RUN, **{f"{pool.kind}_id": target})
        if chosen_match.pk is None:
            outcome.fresh.append(chosen_match)
        else:
            (outcome.kept if chosen_match.state == MatchState.PROPOSED else outcome.revived).append(chosen_match)
        _take_over(chosen_match, need, offered[target], pool.text_versions[numbers[target]])


def _gives_way(match: Match) -> bool:
    """A match the engine proposed and nobody has decided on yet."""
    return match.state == MatchState.PROPOSED and match.origin == Origin.RUN


def _lock_existing(needs: Sequence[TechNeed], kind: str) -> dict[int, dict[int, Match]]:
    """Lock the needs, in a fixed order, so that two workers never fill the same place; return their matches."""
    keys = sorted(need.pk for need in needs)
    list(TechNeed.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys).order_by("pk").values("pk"))
    existing: dict[int, dict[int, Match]] = defaultdict(dict)
    matches = Match.objects.select_for_update(of=("self",)).filter(need__in=keys, **{f"{kind}__isnull": False})
    for match in matches.select_related(kind).order_by("pk"):
        existing[match.need_id][getattr(match, f"{kind}_id")] = match
    return existing


def _displace(matches: list[Match]) -> None:
    """Better candidates took these places; the rows are locked, and an officer may restore them."""
    Match.objects.filter(pk__in=[match.pk for match in matches], state=MatchState.PROPOSED).update(
        state=MatchState.AGED_OUT, state_since=timezone.now(), version=F("version") + 1, ended_at=timezone.now()
    )


def _take_over(match: Match, need: TechNeed, candidate: dict[str, Any], target_text_version: int) -> None:
    match.score = candidate["score"]
    match.probability = candidate["probability"]
    match.reasons = candidate["reasons"]
    match.need_text_version = need.text_version
    match.target_text_version = target_text_version


def _revive(matches: list[Match]) -> None:
    """Bring back pairs whose text changed, or that nobody refused.

    The rows are locked by the caller, so no state moves meanwhile.
    """
    if not matches:
        return
    MatchSide.objects.filter(match__in=matches).delete()
    Match.objects.bulk_update(matches, _COPIED)
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
    """Let every proposed match of these needs name its latest candidate."""
    latest = Candidate.objects.filter(run=run, need=OuterRef("need"), **{kind: OuterRef(kind)}).values("pk")[:1]
    proposed = Match.objects.filter(need__in=[need.pk for need in needs], state=MatchState.PROPOSED)
    proposed.filter(Exists(latest)).update(candidate=Subquery(latest))
