"""What has been learned from grades: the weights in use and the ones before, with what they were worth."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from matchmaking.common.access import access
from matchmaking.common.pagination import paginate
from matchmaking.matching.selectors import learned_rows
from matchmaking.matching.services.labels import count_graded


@require_safe
@access("match.run")
def learned(request: HttpRequest) -> HttpResponse:
    page = paginate(request, learned_rows())
    return render(request, "matchmaking/matching/learned.html", {"page": page, "grades": count_graded()})
