"""Two runs side by side: which pairs are new, gone or moved, and why, from what both runs have read.

Everything is counted and ordered inside the database; lists that both runs share are passed over.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from matchmaking.accounts.models import User
from matchmaking.matching.enums import Change, Why
from matchmaking.matching.models import Candidate, MatchRun
from matchmaking.matching.selectors import decided_needs
from needs.models import TechNeed

_PAIRS = """
WITH seen AS MATERIALIZED ({seen}),
needs AS (
    SELECT need_id, o.source_id AS old_source, n.source_id AS new_source, o.stamp AS old_stamp, n.stamp AS new_stamp,
           COALESCE(o.expert_source_id, o.source_id) AS old_experts,
           COALESCE(n.expert_source_id, n.source_id) AS new_experts,
           o.refused AS old_refused, n.refused AS new_refused
    FROM (SELECT * FROM matching_runneed WHERE run_id = %(old)s) o
    FULL JOIN (SELECT * FROM matching_runneed WHERE run_id = %(new)s) n USING (need_id)
    WHERE (o.source_id, COALESCE(o.expert_source_id, o.source_id)) IS DISTINCT FROM
          (n.source_id, COALESCE(n.expert_source_id, n.source_id)) AND need_id IN (SELECT * FROM seen)
),
was AS (
    SELECT c.need_id, CASE WHEN c.achievement_id IS NULL THEN 'expert' ELSE 'achievement' END AS kind,
           COALESCE(c.achievement_id, c.expert_id) AS target, c.id, c.rank, c.score, c.above_floor
    FROM needs JOIN matching_candidate c ON c.need_id = needs.need_id
        AND c.run_id = CASE WHEN c.achievement_id IS NULL THEN needs.old_experts ELSE needs.old_source END
),
is_now AS (
    SELECT c.need_id, CASE WHEN c.achievement_id IS NULL THEN 'expert' ELSE 'achievement' END AS kind,
           COALESCE(c.achievement_id, c.expert_id) AS target, c.id, c.rank, c.score, c.above_floor
    FROM needs JOIN matching_candidate c ON c.need_id = needs.need_id
        AND c.run_id = CASE WHEN c.achievement_id IS NULL THEN needs.new_experts ELSE needs.new_source END
),
pairs AS (
    SELECT need_id, kind, target, was.id AS old_id, is_now.id AS new_id, was.rank AS old_rank, is_now.rank AS new_rank,
           COALESCE(was.above_floor, false) AS old_above, COALESCE(is_now.above_floor, false) AS new_above,
           CASE WHEN was.id IS NULL THEN 'new' WHEN is_now.id IS NULL THEN 'gone' ELSE 'moved' END AS change
    FROM was FULL JOIN is_now USING (need_id, kind, target)
    WHERE was.rank IS DISTINCT FROM is_now.rank OR was.score IS DISTINCT FROM is_now.score
),
told AS (
    SELECT pairs.*, CASE
        WHEN new_stamp IS NULL THEN 'need_left'
        WHEN old_stamp IS NULL THEN 'need_came'
        WHEN tn.stamp IS NULL THEN 'target_left'
        WHEN ot.stamp IS NULL THEN 'target_came'
        WHEN change = 'gone' AND new_refused @> jsonb_build_array(jsonb_build_array(kind, target)) THEN 'refused'
        WHEN change = 'new' AND old_refused @> jsonb_build_array(jsonb_build_array(kind, target)) THEN 'allowed'
        WHEN old_stamp <> new_stamp THEN 'need_changed'
        WHEN ot.stamp <> tn.stamp THEN 'target_changed'
        WHEN %(model)s THEN 'model'
        ELSE 'others' END AS why
    FROM pairs JOIN needs USING (need_id)
    LEFT JOIN (SELECT kind, target, stamp FROM matching_runtarget WHERE run_id = %(old)s) ot USING (kind, target)
    LEFT JOIN (SELECT kind, target, stamp FROM matching_runtarget WHERE run_id = %(new)s) tn USING (kind, target)
)
"""


# Which pairs a comparison counts: those that came over the line of a proposal or fell below it, those that are or were
# above it, or all.
SPANS = {"crossed": "old_above <> new_above", "above": "(old_above OR new_above)", "all": "true"}


@dataclass(frozen=True)
class Pair:
    """A pair that is not what it was; candidates of both runs by id, None where it was not on the list."""

    need: int
    kind: str
    change: str
    why: str
    old: int | None
    new: int | None
    old_rank: int | None
    new_rank: int | None


_COUNTED = """
(SELECT jsonb_agg(to_jsonb(found)) FROM (
    SELECT change, why, count(*) AS number FROM told {all} GROUP BY 1, 2) found)
"""
_LISTED = """
(SELECT jsonb_agg(to_jsonb(found)) FROM (
    SELECT told.need_id AS need, kind, change, why, old_id AS old, new_id AS new, old_rank, new_rank
    FROM told JOIN needs_techneed n ON n.id = told.need_id {where}
    ORDER BY n.public_no, kind, COALESCE(new_rank, old_rank), new_rank IS NULL, target
    LIMIT %(limit)s OFFSET %(offset)s) found)
"""
_BOTH = f"SELECT {_COUNTED}, {_LISTED}"
_LISTED_ALONE = f"SELECT NULL, {_LISTED}"


@dataclass
class Comparison:
    """What has changed from one run to a later one, of the needs on whose matches the reader decides.

    May be paged through. The difference is worked out once for the counts and the pairs of the page `ahead`, and once
    more for every other page.
    """

    old: MatchRun
    new: MatchRun
    user: User
    kind: str = ""
    change: str = ""
    why: str = ""
    span: str = "all"
    ahead: slice = field(default_factory=lambda: slice(0, 0))
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        counted, self._ahead = self._read(self.ahead)
        self.counts = {(row["change"], row["why"]): row["number"] for row in counted}

    @property
    def same_model(self) -> bool:
        """Whether both runs stand on the same statistics and weights."""
        return self.old.statistics_id == self.new.statistics_id and self.old.policy == self.new.policy

    def by_change(self) -> dict[str, int]:
        """How many pairs are new, gone and moved, whatever the reason."""
        return {change: sum(n for (one, _why), n in self.counts.items() if one == change) for change in Change.values}

    def by_why(self) -> dict[str, int]:
        """How many pairs of the chosen change each reason explains; reasons that explain none are left out."""
        found = {
            why: sum(n for (change, one), n in self.counts.items() if one == why and self.change in ("", change))
            for why in Why.values
        }
        return {why: number for why, number in found.items() if number}

    def count(self) -> int:
        return sum(
            n for (change, why), n in self.counts.items() if self.change in ("", change) and self.why in ("", why)
        )

    __len__ = count

    def __getitem__(self, piece: slice) -> list[Pair]:
        """The pairs of a page: by need, then kind, then place."""
        start, stop = piece.start or 0, piece.stop or 0
        if start == self.ahead.start and stop <= self.ahead.stop:
            return self._ahead[: stop - start]
        return self._read(piece, counted=False)[1]

    def _read(self, piece: slice, *, counted: bool = True) -> tuple[list[dict[str, Any]], list[Pair]]:
        """The counts of all changes and reasons, and the pairs of a page, by one statement."""
        needs = TechNeed.objects.visible_to(self.user) & decided_needs(self.user)
        seen, seen_values = needs.order_by().values("pk").query.sql_with_params()
        values: dict[str, Any] = {f"seen_{place}": value for place, value in enumerate(seen_values)}
        seen = seen % tuple(f"%({name})s" for name in values)
        narrowed = {name: value for name in ("kind", "change", "why") if (value := getattr(self, name))}
        start, stop = piece.start or 0, piece.stop or 0
        values |= narrowed | {"old": self.old.pk, "new": self.new.pk, "model": not self.same_model}
        values |= {"limit": stop - start, "offset": start}
        sql = _PAIRS + (_BOTH if counted else _LISTED_ALONE)
        parts = {"seen": seen, "all": self._where("kind"), "where": self._where(*narrowed)}
        with connection.cursor() as cursor:
            cursor.execute(sql.format(**parts), values)
            counts, pairs = (json.loads(part or "[]") for part in cursor.fetchone())
        return counts, [Pair(**row) for row in pairs]

    def _where(self, *names: str) -> str:
        """A condition on the span, and on the names that are narrowed."""
        return "WHERE " + " AND ".join(
            [SPANS[self.span], *(f"{name} = %({name})s" for name in names if getattr(self, name))]
        )


def comparable(run: MatchRun, user: User) -> QuerySet[MatchRun]:
    """The finished runs before this one that answered the same needs and whose lists are still kept, newest first."""
    same = {name: getattr(run, name) for name in ("scope", "programme", "region")}
    earlier = MatchRun.objects.visible_to(user).filter(**same, pk__lt=run.pk, finished_at__isnull=False)
    return earlier.filter(pk__in=MatchRun.objects.filter(lists__isnull=False).values("pk")).order_by("-pk")


def is_kept(run: MatchRun) -> bool:
    """Whether the lists of a run are still there."""
    return run.finished_at is not None and run.lists.exists()


def candidates_of(pairs: list[Pair]) -> dict[int, Candidate]:
    """The candidates of a page with their records, by id, in one query."""
    keys = [key for pair in pairs for key in (pair.old, pair.new) if key]
    related = ("need__body__owner", "need__region", "achievement", "expert__organisation", "team")
    rows = Candidate.objects.filter(pk__in=keys).select_related(*related)
    return {row.pk: row for row in rows.prefetch_related("achievement__completing_units__organisation")}
