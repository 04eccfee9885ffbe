"""The gallery of components, for those who build pages."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from matchmaking.common.access import PUBLIC, access


@require_safe
@access(PUBLIC)
def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component with sample values; only on an embedded instance."""
    if not settings.EMBEDDED:
        raise Http404
    from matchmaking.common.gallery import sample  # sample values have no place in a production process

    return render(request, "components/gallery.html", sample(request.GET))
