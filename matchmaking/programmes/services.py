"""Numbers for records, and loading the programmes from their data file."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, overload

from django.db import connection, transaction
from django.utils import timezone

from matchmaking.programmes.models import Programme, ProgrammeTrack, ReportingUnit, StepRule

DATA = Path(__file__).parent / "data" / "programmes.json"
REVIEW_DATA = Path(__file__).parent / "data" / "review_rules.json"
EVERY = "*"  # a rule for all programmes that have none of their own
# What a number begins with, by the kind of record it names.
SERIES = {"CG": "成果", "XQ": "需求", "ZJ": "专家", "TD": "团队", "RC": "人才需求"}


class UnknownSeries(ValueError):
    """A kind of record for which no numbers are given out."""


@overload
def next_public_no(kind: str) -> str: ...
@overload
def next_public_no(kind: str, *, count: int) -> list[str]: ...
def next_public_no(kind: str, *, count: int | None = None) -> str | list[str]:
    """The next number of a series such as CG-2026-000123; with `count`, that many in a row, as a list.

    One statement, so that nobody gets the same number; in the caller's transaction, so that a record that is not
    saved leaves no gap (whoever numbers the same kind meanwhile waits for that transaction). The year is China's.
    """
    if kind not in SERIES:
        raise UnknownSeries(kind)
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a number is drawn in the transaction that saves its record")
    wanted = 1 if count is None else count
    if wanted < 1:
        return []
    year = timezone.localdate().year
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO programmes_numberseries AS series (kind, year, last) VALUES (%s, %s, %s)
            ON CONFLICT (kind, year) DO UPDATE SET last = series.last + excluded.last
            RETURNING last
            """,
            [kind, year, wanted],
        )
        last = cursor.fetchone()[0]
    numbers = [f"{kind}-{year}-{number:06d}" for number in range(last - wanted + 1, last + 1)]
    return numbers[0] if count is None else numbers


@dataclass(slots=True)
class ProgrammeCount:
    """What a load did: programmes written, units and tracks in them."""

    programmes: int = 0
    units: int = 0
    tracks: int = 0
    rules: int = 0


@transaction.atomic
def load_programmes(*, path: Path = DATA, review_path: Path = REVIEW_DATA) -> ProgrammeCount:
    """Bring programmes, their reporting units and tracks into agreement with the data file.

    Needs the regions. A programme that is not in the file stays; units, tracks and review rules of one that is are
    exactly those of the files.
    """
    count = ProgrammeCount()
    review = json.loads(review_path.read_text(encoding="utf-8"))
    for row in json.loads(path.read_text(encoding="utf-8"))["programmes"]:
        programme, _ = Programme.objects.update_or_create(
            code=row["code"],
            defaults={
                "name_zh": row["name_zh"],
                "name_en": row["name_en"],
                "document_no": row["document_no"],
                "starts_on": date.fromisoformat(row["starts_on"]),
                "ends_on": date.fromisoformat(row["ends_on"]) if row["ends_on"] else None,
                "sponsors": row["sponsors"],
                "targets": row["targets"],
            },
        )
        count.programmes += 1
        count.units += _load_units(programme, row["units"])
        count.tracks += _load_tracks(programme, row["tracks"])
        count.rules += _load_review(programme, review)
    return count


def _load_units(programme: Programme, regions: list[str]) -> int:
    programme.reporting_units.exclude(region__in=regions).delete()
    units = [
        ReportingUnit(programme=programme, region_id=code, position=position)
        for position, code in enumerate(regions, start=1)
    ]
    ReportingUnit.objects.bulk_create(
        units, update_conflicts=True, unique_fields=["programme", "region"], update_fields=["position"]
    )
    return len(units)


def _load_tracks(programme: Programme, tracks: list[dict[str, Any]]) -> int:
    programme.tracks.exclude(code__in=[track["code"] for track in tracks]).delete()
    ProgrammeTrack.objects.bulk_create(
        [
            ProgrammeTrack(
                programme=programme,
                code=track["code"],
                department_kind=track["department_kind"],
                reviews=track["reviews"],
            )
            for track in tracks
        ],
        update_conflicts=True,
        unique_fields=["programme", "code"],
        update_fields=["department_kind", "reviews"],
    )
    return len(tracks)


def _load_review(programme: Programme, review: dict[str, Any]) -> int:
    """Write the rules of the review and the fields checked after publication; a programme's own go before “*”."""
    found = {
        (row["record_kind"], row["step"]): {name: value for name, value in row.items() if name != "programme"}
        for wanted in (EVERY, programme.code)
        for row in review["rules"]
        if row["programme"] == wanted
    }
    programme.step_rules.all().delete()
    StepRule.objects.bulk_create(StepRule(programme=programme, **row) for row in found.values())
    checked = review["checked_fields"]
    programme.checked_fields = checked.get(EVERY, {}) | checked.get(programme.code, {})
    programme.save(update_fields=["checked_fields"])
    return len(found)
