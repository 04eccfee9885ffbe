"""The last address under /api/."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from matchmaking.common.access import PUBLIC, access
from matchmaking.common.api.problems import not_found


@csrf_exempt  # changes nothing
@access(PUBLIC)
def no_such_address(request: HttpRequest) -> JsonResponse:
    """An address that is none, answered as a program reads it."""
    return not_found(request)
