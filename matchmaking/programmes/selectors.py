"""Reading programmes: which run, who reports for a region, which tracks check what."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from matchmaking.programmes.models import Desk, Programme, ProgrammeTrack, ReportingUnit, StepRule
from matchmaking.vocabularies.models import Region


def current_programmes(day: date | None = None) -> QuerySet[Programme]:
    """The programmes that run on a day (today in China when none is given), the youngest first; `ends_on` counts."""
    day = day or timezone.localdate()
    return Programme.objects.filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day).order_by(
        "-starts_on", "code"
    )


def programme_choices(*, blank: Any = None) -> list[tuple[str, Any]]:
    """(key, name) of all programmes, the youngest first; a programme that ended still has records to filter by."""
    chosen = [(str(programme.pk), str(programme)) for programme in Programme.objects.order_by("-starts_on", "code")]
    return [("", blank), *chosen] if blank is not None else chosen


def reporting_units(programme: Programme) -> QuerySet[ReportingUnit]:
    """The units that report in a programme, in their order, with their regions."""
    return ReportingUnit.objects.filter(programme=programme).select_related("region").order_by("position", "region")


def reporting_unit_of(programme: Programme, region: Region) -> Region | None:
    """The region that reports for a region: itself or the nearest one above it that is a unit of the programme.

    A separately planned city reports for itself where it is a unit and is then not part of its province; in a
    programme in which it is none, its province reports for it. None for a region outside the programme.
    """
    units = {
        unit.region_id: unit.region
        for unit in ReportingUnit.objects.filter(programme=programme, region__in=region.path).select_related("region")
    }
    return next((units[code] for code in reversed(region.path) if code in units), None)


def reviewing_tracks(programme: Programme, record_kind: str) -> list[str]:
    """The tracks whose departments check a kind of record ("achievement", "need", "expert") in a programme."""
    return list(
        ProgrammeTrack.objects.filter(programme=programme, reviews__contains=[record_kind])
        .order_by("id")
        .values_list("code", flat=True)
    )


def step_rule(programme: Programme, record_kind: str, step: str) -> StepRule:
    """The rule of a step; for a programme that gives none, ten working days at the department, then the secretariat."""
    found = StepRule.objects.filter(programme=programme, record_kind=record_kind, step=step).first()
    return found or StepRule(programme=programme, record_kind=record_kind, step=step,
                             responsible=Desk.UNIT if step == "unit" else Desk.PARK if step == "park" else Desk.REGION,
                             workdays=10, escalate_to=Desk.SECRETARY)  # fmt: skip


def needs_check(programme: Programme, record_kind: str, field: str) -> bool:
    """Whether a change of the field in a published record is checked before it goes live.

    Where the programme says nothing about a kind of record, every field is checked.
    """
    checked = programme.checked_fields.get(record_kind)
    return checked is None or field in checked
