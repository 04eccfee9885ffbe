"""The table of fresh, due and stale records of each organisation or region, and the rows behind a figure."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalog import freshness as fresh
from catalog.health import Health
from catalog.models import Achievement
from matchmaking.accounts.models import Organisation
from matchmaking.common.access import SIGNED_IN, access
from matchmaking.common.pagination import paginate
from matchmaking.vocabularies.models import Region


@require_safe
@access(SIGNED_IN)
def freshness(request: HttpRequest) -> HttpResponse:
    """Own organisations for owners, those in reach for officers, regions for national readers."""
    kinds = _kinds(request)
    kind = next((one for one in kinds if one.kind == request.GET.get("kind")), kinds[0])
    scope = fresh.scope(request.user, kind)
    page = paginate(request, scope.places())
    names = {_key(place): str(place) for place in page}
    context = {
        "tabs": [{"label": one.name, "url": f"?kind={one.kind}", "active": one is kind} for one in kinds],
        "kind": kind.kind,
        "page": page,
        "figures": scope.figures,
        "lines": fresh.table(scope, names) if names else [],
        "by_region": scope.by_region,
    }
    return render(request, "catalog/freshness.html", context)


@require_safe
@access(SIGNED_IN)
def freshness_rows(request: HttpRequest, kind: str, figure: str) -> HttpResponse:
    """The records that a figure counts."""
    found = next((one for one in _kinds(request) if one.kind == kind), None)
    scope = fresh.scope(request.user, found) if found else None
    column = next((one for one in scope.figures if one.code == figure), None) if scope else None
    place = _place(scope, request.GET.get("of", "")) if scope else None
    if found is None or scope is None or column is None or place is None:
        raise Http404
    rows = column.rows(scope.rows).filter(**{scope.key: _key(place)}).select_related("body__owner")
    page = paginate(request, found.prepared(rows).order_by("-pk"))
    context = {
        "figure": column,
        "place": str(place),
        "page": page,
        "rows": [_row(record, found) for record in page],
        "by_region": scope.by_region,
        "has_health": found.kind == fresh.ACHIEVEMENTS.kind,
        "day_label": found.day_label,
        "back": f"{reverse('catalog:freshness')}?{urlencode({'kind': kind})}",
    }
    return render(request, "catalog/freshness_rows.html", context)


def _kinds(request: HttpRequest) -> list[fresh.Kind]:
    kinds = fresh.kinds_of(request.user)
    if not kinds:
        raise PermissionDenied
    return kinds


def _key(place: Any) -> str:
    return str(place.uuid if isinstance(place, Organisation) else place.pk)


def _place(scope: fresh.Scope, key: str) -> Organisation | Region | None:
    """The line that an address names, as far as this person has it in his table."""
    try:
        return scope.places().filter(**{"code" if scope.by_region else "uuid": key}).first()
    except ValidationError:  # no uuid
        return None


def _row(record: Any, kind: fresh.Kind) -> dict[str, Any]:
    is_achievement = isinstance(record, Achievement)
    offered = is_achievement and record.state in fresh.OFFERED
    return {"record": record, "title": getattr(record, kind.title), "day": getattr(record, kind.day),
            "health": Health.of(record) if offered else None}  # fmt: skip
