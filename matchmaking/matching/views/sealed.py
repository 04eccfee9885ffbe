"""Confidential needs that fit a reader's own records, without a word of them."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from matchmaking.common.access import access
from matchmaking.common.pagination import paginate
from matchmaking.matching.sealed import sealed_pairs, sealed_rows
from matchmaking.matching.services.review import AlreadyMatched, NotInPool
from matchmaking.matching.services.sealed import say_interested


@require_safe
@access("match.answer_provider")
def sealed_needs(request: HttpRequest) -> HttpResponse:
    page = paginate(request, sealed_rows(sealed_pairs(request.user), request.user))
    return render(request, "matchmaking/matching/sealed.html", {"page": page, "rows": page.object_list})


@require_POST
@access("match.answer_provider")
def interested(request: HttpRequest, code: Any) -> HttpResponse:
    """Say “interested in principle”."""
    try:
        say_interested(by=request.user, code=code)
    except NotInPool as error:
        raise Http404 from error
    except AlreadyMatched:
        messages.info(request, _("It is noted already. An officer looks at it."))
    else:
        messages.success(request, _("Noted. An officer looks at it next; you hear from us once the need is opened."))
    return redirect("matching:sealed_needs")
