"""Indicators read out of the text of the form, on request: proposals that the person takes over one by one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from matchmaking.common.access import access
from needs.clinic.extracting import FIELDS, extract
from needs.forms import NeedSheet, as_typed
from needs.models import NeedIndicator
from needs.sections import label_of
from needs.views.loading import enterprise_of


@require_POST
@access("need.edit")
def need_indicators(request: HttpRequest) -> HttpResponse:
    """The rows that the text of the posted form offers beyond those it has; nothing is saved."""
    values, rows = NeedSheet(request.POST, owner=enterprise_of(request)).written()
    proposals = extract({name: str(values[name] or "") for name in FIELDS}, rows)
    context = {
        "proposals": [
            {
                "proposal": found,
                "row": as_typed(found.row()),
                "field": label_of(found.field),
                "figure": NeedIndicator(**found.row()).figure,
                "marks": [(found.start, found.end)],
            }
            for found in proposals
        ],
    }
    return render(request, "needs/_indicator_proposals.html", context)
