"""How an organisation answers: its figures on its page, and the requests behind them."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from matchmaking.accounts.models import Organisation
from matchmaking.common.access import PUBLIC, SIGNED_IN, access
from matchmaking.common.pagination import paginate
from matchmaking.matching.enums import Side
from matchmaking.matching.response import lines_of, may_read_all, requests_to, response_of, told
from matchmaking.matching.services.review import match_no


@require_safe
@access(PUBLIC)
def figures(request: HttpRequest, uuid: Any) -> HttpResponse:
    """The card on the page of an organisation; empty where the reader may know of no figure."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), uuid=uuid)
    context = {
        "organisation": organisation,
        "figures": response_of(organisation, request.user),
        "reads_all": may_read_all(request.user, organisation),
        "from_how_many": settings.RESPONSE_FIGURES_FROM,
    }
    return render(request, "matchmaking/matching/_response.html", context)


@require_safe
@access(SIGNED_IN)
def rows(request: HttpRequest, uuid: Any) -> HttpResponse:
    """The requests behind the figures of one side, as far as the reader may open their matches."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), uuid=uuid)
    if not may_read_all(request.user, organisation):
        raise PermissionDenied
    side = request.GET.get("side", Side.PROVIDER)
    if side not in Side.values:
        raise Http404
    page = paginate(request, lines_of(organisation, request.user, side))
    counted = requests_to(organisation).filter(side=side).count()
    context = {
        "organisation": organisation,
        "side": Side(side),
        "page": page,
        "rows": [(match_no(line.side.match), line) for line in told(page.object_list)],
        "counted": counted,
        "shown": page.paginator.count,
    }
    return render(request, "matchmaking/matching/response_rows.html", context)
