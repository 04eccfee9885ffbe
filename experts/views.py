"""The expert pool."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from experts.enums import ExpertState
from experts.filters import ExpertFilter
from experts.models import Expert
from matchmaking.common.access import PUBLIC, access
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate


@require_safe
@access(PUBLIC)
def expert_list(request: HttpRequest) -> HttpResponse:
    pool = Expert.objects.visible_to(request.user).filter(state=ExpertState.IN_POOL)
    rows = pool.select_related("organisation", "region").defer("search_vector").order_by("-id")
    filtered = ExpertFilter(request.GET, queryset=rows)
    context = {"filter": filtered, "page": paginate(request, filtered.qs)}
    return page_or_fragment(request, "experts/expert_list.html", "experts/_expert_results.html", context)


@require_safe
@access(PUBLIC)
def expert_detail(request: HttpRequest, uuid: Any) -> HttpResponse:
    rows = Expert.objects.visible_to(request.user).select_related("organisation", "region", "programme")
    expert = get_object_or_404(rows.prefetch_related("works"), uuid=uuid)
    return render(request, "experts/expert_detail.html", {"expert": expert})
