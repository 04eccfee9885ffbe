"""The error answers that no view gives: a page to a page, a problem to a program, one sentence to a fragment.

Each carries the id under which the log knows the request, and nothing of what went wrong inside.
"""

from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from matchmaking.common.api.problems import CONTENT_TYPE, body_of
from matchmaking.common.clean_input import Refused
from matchmaking.common.middleware import current_request_id


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was sent cannot be read (400), or is too much (413)."""
    if isinstance(exception, RequestDataTooBig):
        return refusal(request, 413, _("The form holds more text than can be sent at once."))
    return refusal(request, 400, _sentence(exception))


def _sentence(exception: Exception) -> str:
    if isinstance(exception, Refused):
        return exception.sentence
    if isinstance(exception, TooManyFieldsSent | TooManyFilesSent):
        return _("The request has more fields than any form of the portal.")
    if isinstance(exception, MultiPartParserError):
        return _("The form arrived damaged. Please send it again.")
    if isinstance(exception, DisallowedHost):
        return _("The portal does not answer under this name.")
    return _("Something in the address or the form is damaged. Go back, reload the page and try again.")


def server_error(request: HttpRequest) -> HttpResponse:
    """The mistake is ours; the log has the rest under the same id."""
    return refusal(request, 500, _("The mistake is ours and has been recorded. Nothing was saved by halves. "
                                   "Please try again in a moment."))  # fmt: skip


def refusal(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """An answer without a view. It asks neither the database nor the session, which may be what is broken."""
    if request.path.startswith("/api/"):
        body = body_of(status, request.path, sentence) | {"request_id": current_request_id()}
        return JsonResponse(body, status=status, content_type=CONTENT_TYPE)
    if request.META.get("HTTP_HX_REQUEST") == "true":
        return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    template = "500.html" if status >= 500 else "400.html"
    context = {"text": sentence, "code": status, "request_id": current_request_id()}
    return HttpResponse(render_to_string(template, context), status=status)
