"""From candidates to proposed matches: at most so many a need, decisions never overwritten, a “no” remembered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Subquery
from django.utils import timezone

from matchmaking.matching.enums import LIVE, MatchState, Origin
from matchmaking.matching.models import Candidate, Match, MatchRun, MatchSide
from matchmaking.matching.snapshot import Pool
from needs.models import TechNeed

# Somebody decided against the pair: it comes back only when one of its texts has changed since.
REFUSED = (MatchState.DROPPED, MatchState.DECLINED, MatchState.NO_ANSWER, MatchState.FAILED)
# Nobody did: a record left the pool, or no officer found the time. Such a pair may come back as it is.
REVIVABLE = (*REFUSED, MatchState.AGED_OUT, MatchState.CLOSED_BY_SOURCE)
_COPIED = ["score", "reasons", "need_text_version", "target_text_version"]


def refused_pairs(needs: Sequence[TechNeed], pool: Pool) -> set[tuple[str, str]]:
    """Return (need, target) numbers that were decided against and whose texts are unchanged: not to be proposed."""
    numbers = {pk: number for number, pk in pool.ids.items()}
    key = f"{pool.kind}_id"
    rows = Match.objects.filter(
        need__in=[need.pk for need in needs], state__in=REFUSED, **{f"{pool.kind}__isnull": False}
    ).values_list("need__public_no", "need__text_version", "need_text_version", key, "target_text_version")
    return {
        (need_no, numbers[target])
        for need_no, need_now, need_then, target, target_then in rows
        if target in numbers and need_now == need_then and pool.text_versions[numbers[target]] == target_then
    }


def propose(
    run: MatchRun, needs: Sequence[TechNeed], pool: Pool, found: dict[int, list[dict[str, Any]]]
) -> tuple[int, int]:
    """Turn the candidates above the floor into proposed matches, in the transaction of the chunk.

    `found` maps a need's id to its candidates in rank order: {target_id, score, reasons, above_floor}. Per need and
    kind of target, live matches and new proposals together never exceed `settings.MATCHES_PER_NEED[kind]`.
    Returns (newly proposed, brought back because a text changed).
    """
    existing = _lock_existing(needs, pool.kind)
    versions = {pk: pool.text_versions[number] for number, pk in pool.ids.items()}
    fresh: list[Match] = []
    touched: list[Match] = []
    revived: list[Match] = []
    for need in needs:
        known = existing[need.pk]
        places = settings.MATCHES_PER_NEED[pool.kind] - sum(match.state in LIVE for match in known.values())
        for candidate in found.get(need.pk, []):
            match = known.get(candidate["target_id"])
            if match is not None and match.state in LIVE:
                if match.state == MatchState.PROPOSED:
                    touched.append(_take_over(match, need, candidate, versions))
                continue
            if places <= 0 or not candidate["above_floor"]:
                continue
            places -= 1
            if match is not None:
                revived.append(_take_over(match, need, candidate, versions))
            else:
                new = Match(need=need, origin=Origin.RUN, **{f"{pool.kind}_id": candidate["target_id"]})
                fresh.append(_take_over(new, need, candidate, versions))
    Match.objects.bulk_create(fresh, ignore_conflicts=True)
    Match.objects.bulk_update(touched, _COPIED)
    _revive(revived)
    _point_at_candidates(run, needs, pool.kind)
    return len(fresh), len(revived)


def _lock_existing(needs: Sequence[TechNeed], kind: str) -> dict[int, dict[int, Match]]:
    existing: dict[int, dict[int, Match]] = defaultdict(dict)
    matches = Match.objects.select_for_update().filter(
        need__in=[need.pk for need in needs], **{f"{kind}__isnull": False}
    )
    for match in matches.order_by("pk"):
        existing[match.need_id][getattr(match, f"{kind}_id")] = match
    return existing


def _take_over(match: Match, need: TechNeed, candidate: dict[str, Any], versions: dict[int, int]) -> Match:
    match.score = candidate["score"]
    match.reasons = candidate["reasons"]
    match.need_text_version = need.text_version
    match.target_text_version = versions[candidate["target_id"]]
    return match


def _revive(matches: list[Match]) -> None:
    """Bring back pairs whose text changed. The rows are locked by the caller, so no state moves meanwhile."""
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
