"""The disclosure ledger of a record: who was shown what of it and when, for its owner."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalog.models import Achievement
from experts.models import Expert
from matchmaking.common.access import SIGNED_IN, access
from matchmaking.common.pagination import paginate
from matchmaking.matching.ledger import ledger_of
from needs.models import TechNeed


@require_safe
@access(SIGNED_IN)
def of_need(request: HttpRequest, uuid: Any) -> HttpResponse:
    return _ledger(request, TechNeed, uuid)


@require_safe
@access(SIGNED_IN)
def of_achievement(request: HttpRequest, uuid: Any) -> HttpResponse:
    return _ledger(request, Achievement, uuid)


@require_safe
@access(SIGNED_IN)
def of_expert(request: HttpRequest, uuid: Any) -> HttpResponse:
    return _ledger(request, Expert, uuid)


def _ledger(request: HttpRequest, model: Any, uuid: Any) -> HttpResponse:
    record = get_object_or_404(model.objects.visible_to(request.user), uuid=uuid)
    if not model.objects.editable_by(request.user).filter(pk=record.pk).exists():
        raise PermissionDenied
    page = paginate(request, ledger_of(record, request.user))
    name = getattr(record, "title", "") if not isinstance(record, Expert) else record.name
    context = {"record": record, "name": name, "page": page, "rows": page.object_list}
    return render(request, "matchmaking/matching/ledger.html", context)
