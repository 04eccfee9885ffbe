"""The register of intellectual property, for the departments that watch ownership, status, licences and pledges."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from catalog.models import IPItem
from catalog.rights import RightFilter
from matchmaking.common.access import access
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate


@require_safe
@access("ip.read")
def right_list(request: HttpRequest) -> HttpResponse:
    registered = IPItem.objects.registered_for(request.user)
    filtered = RightFilter(request.GET, queryset=registered.select_related("achievement__body__owner"))
    context = {
        "filter": filtered,
        "page": paginate(request, filtered.qs.order_by("expires_on", "pk")),
        "figures": {
            "all": registered.count(),
            "ending": registered.ending().count(),
            "over": registered.over().count(),
        },
    }
    return page_or_fragment(request, "catalog/right_list.html", "catalog/_rights.html", context)
