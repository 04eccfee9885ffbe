"""Errors that stand in many rows of an upload: what they have in common, so that one click mends them all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from matchmaking.intake.importing import RowKind
from matchmaking.intake.models import ImportBatch, RowGroup
from matchmaking.intake.services.mending import WHOLE_ROW


@dataclass(frozen=True)
class Repeated:
    """Cells of one column with the same content, none of which can be read; `code` instead of a text for whole rows."""

    column: str
    text: str
    code: str
    count: int
    row_no: int  # the first of them


# Errors of whole rows are one group whatever stands in the cell.
_SQL = """
SELECT name, CASE WHEN code = ANY(%(whole)s) THEN '' ELSE text END AS content,
       CASE WHEN code = ANY(%(whole)s) THEN code ELSE '' END AS way, count(DISTINCT row_no), min(row_no)
FROM (
    SELECT line.row_no, error->>'name' AS name, error->>'code' AS code,
           coalesce(line.mended->>(error->>'name'), line.values->>(error->>'name'), '') AS text
    FROM intake_importrow AS line, jsonb_array_elements(line.errors) AS error
    WHERE line.batch_id = %(batch)s AND line."group" = %(group)s AND NOT error->>'name' = ANY(%(private)s)
) AS cell
GROUP BY 1, 2, 3 HAVING count(DISTINCT row_no) > 1
ORDER BY 4 DESC, 5
"""


def repeated_errors(batch: ImportBatch, kind: RowKind) -> Sequence[Repeated]:
    """The contents that are wrong in more than one row, the most frequent first. One query."""
    given: dict[str, Any] = {
        "batch": batch.pk,
        "group": RowGroup.INVALID,
        "private": sorted(kind.private),
        "whole": sorted(WHOLE_ROW),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, given)
        return [Repeated(*line) for line in cursor.fetchall()]
