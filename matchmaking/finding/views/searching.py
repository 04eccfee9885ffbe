"""One search over all pools."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from matchmaking.common.access import PUBLIC, access
from matchmaking.common.pool_registry import pools
from matchmaking.common.search import fold
from matchmaking.finding.selectors import organisations_called, search_everywhere

LONGEST = 100


@require_safe
@access(PUBLIC)
def search(request: HttpRequest) -> HttpResponse:
    """The first hits of every pool, and the way to all of them; a public number leads straight to its record."""
    text = request.GET.get("q", "").strip()[:LONGEST]
    groups = search_everywhere(request.user, text) if text else []
    named = [hit for group in groups for hit in group.hits if hit.number == fold(text).upper()]
    if len(named) == 1:
        return redirect(named[0].url)
    found = organisations_called(request.user, text) if text else []
    context = {
        "text": text,
        "groups": [group for group in groups if group.count],
        "empty": [group for group in groups if not group.count],
        "organisations": found,
        "pools": pools(),
    }
    return render(request, "matchmaking/finding/search.html", context)
