"""Up to four records of one pool side by side."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from matchmaking.common.access import PUBLIC, access
from matchmaking.common.components.pooling import MOST_COMPARED
from matchmaking.common.pool_registry import find_pool, pools
from matchmaking.finding.selectors import side_by_side


@require_safe
@access(PUBLIC)
def compare(request: HttpRequest) -> HttpResponse:
    """The records ticked in a list; what the visitor may not see is counted among those that are not there."""
    pool = find_pool(request.GET.get("pool", ""))
    if pool is None or pool.lines is None:
        comparable = [one for one in pools() if one.lines is not None]
        return render(request, "matchmaking/finding/compare_choose.html", {"pools": comparable})
    asked = list(dict.fromkeys(_uuid(text) or text for text in request.GET.getlist("ids")))
    wanted = [one for one in asked[:MOST_COMPARED] if isinstance(one, UUID)]
    hits, lines = side_by_side(pool, request.user, wanted)
    context = {
        "pool": pool,
        "columns": [{"hit": hit, "without": _without(request, uuid)} for uuid, hit in hits.items()],
        "lines": lines,
        "list_url": reverse(pool.list_route),
        "too_many": len(asked) > MOST_COMPARED,
        "missing": min(len(asked), MOST_COMPARED) - len(hits),
    }
    return render(request, "matchmaking/finding/compare.html", context)


def _without(request: HttpRequest, uuid: UUID) -> str:
    """The address of the comparison without one of its records."""
    query = request.GET.copy()
    query.setlist("ids", [one for one in query.getlist("ids") if one != str(uuid)])
    return f"?{query.urlencode()}"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
