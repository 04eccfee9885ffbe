"""Needs that fit us: the reverse view of a university, an institute, an expert or a park."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from matchmaking.common.access import access
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate
from matchmaking.matching import fitting
from matchmaking.matching.filters import FittingFilter
from matchmaking.matching.selectors import log_places
from matchmaking.matching.services.looks import note_look


@require_safe
@access("match.answer_provider", "need.check_park")
def fitting_needs(request: HttpRequest) -> HttpResponse:
    """The open needs that the person sees and for which a record of his own is strong enough to be recommended."""
    looked_before = note_look(request.user)
    everything = fitting.fitting(request.user)
    filter = FittingFilter(request.GET, queryset=everything, looked_before=looked_before)
    page = paginate(request, fitting.with_records(filter.qs))
    rows = fitting.fitting_rows(page.object_list, request.user)
    places = enumerate(rows, start=page.start_index())
    log_places(((place, row.match) for place, row in places if row.match is not None), request.user)
    counts = fitting.counts_by_window(everything, looked_before)
    context = {
        "filter": filter,
        "page": page,
        "rows": rows,
        "counts": counts,
        "looked_before": looked_before,
        "can_propose": request.user.can("match.propose"),
        "of_park": not request.user.can("match.answer_provider"),
    }
    return page_or_fragment(
        request, "matchmaking/matching/fitting_needs.html", "matchmaking/matching/_fitting_rows.html", context
    )
