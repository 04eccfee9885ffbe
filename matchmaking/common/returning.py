"""Back to the page somebody came from, as a form or the browser says it."""

from urllib.parse import urlsplit

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


def page_of(request: HttpRequest) -> str:
    """Return the path of the page that was asked for, or of the one whose form was sent; nothing when it is not known.

    The address of a form may answer nothing but forms, so that nobody can be sent back to it.
    """
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    where = urlsplit(came_from if ours else "")
    path = f"{where.path}?{where.query}" if where.query else where.path
    return path if path.startswith("/") and not path.startswith("//") and len(path) <= MAX_LENGTH else ""
