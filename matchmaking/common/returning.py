"""Back to the page somebody came from, as a form says it."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

MAX_LENGTH = 2000  # of an address; Django refuses longer ones


def page_to_return_to(request: HttpRequest) -> str:
    """Return the path under `next`, or the first page when that is no path of ours.

    `redirect` takes a word without a slash for the name of a route, and breaks over one that names none.
    """
    back = request.POST.get("next", "/")
    ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if ours and back.startswith("/") and len(back) <= MAX_LENGTH else "/"
