"""Writing what the engine found: candidates by COPY, and lists taken over from an earlier run without reading them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from matchmaking.matching.models import Candidate, Match, MatchRun
from matchmaking.matching.reasons import as_text

COLUMNS = "run_id, need_id, {kind}_id, rank, score, probability, above_floor, reasons"
_NULL = r"\N"


def store(run: MatchRun, kind: str, rows: Iterable[tuple[int, int, Any]]) -> int:
    """Write (need id, target id, candidate of the engine) by COPY; return how many."""
    lines = [_line(run, *row) for row in rows]
    _copy("matching_candidate", COLUMNS.format(kind=kind), b"".join(lines))
    return len(lines)


def _line(run: MatchRun, need: int, target: int, found: Any) -> bytes:
    probability = _NULL if found.probability is None else repr(found.probability)
    above = "t" if found.above_floor else "f"
    start = f"{run.pk}\t{need}\t{target}\t{found.rank}\t{found.score!r}\t{probability}\t{above}\t"
    reasons = as_text(found.reasons).replace(b"\\", b"\\\\")  # nothing else of JSON is special here
    return b"".join((start.encode(), reasons, b"\n"))


def copy_lines(table: str, columns: str, lines: Sequence[str]) -> None:
    """COPY lines (tabs between the values, NULL as \\N) on the connection of the running transaction."""
    _copy(table, columns, "".join(lines).encode())


def _copy(table: str, columns: str, content: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.BytesIO(content), 1 << 20)


def take_over(run: MatchRun, kind: str, places: Sequence[tuple[int, int]]) -> int:
    """Copy candidates (id, new rank) of an earlier run into this one, inside the database; return how many."""
    columns = COLUMNS.format(kind=kind)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO matching_candidate ({columns}) "  # noqa: S608 (columns of one of two kinds)
            f"SELECT %s, need_id, {kind}_id, place.rank, score, probability, above_floor, reasons "
            "FROM unnest(%s::bigint[], %s::int[]) AS place (id, rank) JOIN matching_candidate USING (id)",
            [run.pk, [key for key, _rank in places], [rank for _key, rank in places]],
        )
        return cursor.rowcount


def share_lists(run: MatchRun, base: MatchRun, needs: Sequence[int]) -> None:
    """Let these needs have the lists that the base has for them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO matching_runneed (run_id, need_id, source_id, expert_source_id, stamp, text_version, refused) "
            "SELECT %s, need_id, source_id, expert_source_id, stamp, text_version, refused FROM matching_runneed "
            "WHERE run_id = %s AND need_id = ANY(%s)",
            [run.pk, base.pk, list(needs)],
        )


def remove(found: QuerySet[Candidate]) -> int:
    """Delete candidates inside the database; return how many. Matches keep what they say.

    Django itself would read each of them, with its reasons, to look after the matches that point at it.
    """
    Match.objects.filter(candidate__in=found.values("pk")).update(candidate=None)
    return found._raw_delete(found.db)  # noqa: SLF001 (no other way to delete without reading)
