"""Every error of the API is a problem detail (RFC 9457): type, title, status, detail, instance, and `errors`.

`errors` lists what is wrong with the input, each with a JSON pointer (RFC 6901) to its place and a sentence in the
reader's language.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from matchmaking.common.busy import busy_code
from matchmaking.common.workflow import IllegalMove, StaleState

CONTENT_TYPE = "application/problem+json"
_CONFLICTS = (StaleState, IllegalMove)


class Problem(exceptions.APIException):
    """A refusal with its status and, where a place in the input is to blame, `errors` (pointer → sentences)."""

    def __init__(self, code: int, detail: Any, *, kind: str = "", errors: Mapping[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.status_code, self.kind, self.errors = code, kind, dict(errors or {})


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER: what it does not know stays an error of ours and is logged as one."""
    if isinstance(error, _CONFLICTS):
        error = Problem(status.HTTP_409_CONFLICT, str(error.message), kind="stale-state")
    elif busy_code(error):
        error = Problem(status.HTTP_409_CONFLICT, _("The same record is being changed. Try again."), kind="in-flight")
    response = exception_handler(error, context)
    if response is None:
        return None
    request = context["request"]
    response.data = _body(error, response, request.path)
    response.content_type = CONTENT_TYPE
    return response


def _body(error: Exception, response: Response, path: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": f"urn:tongti:problem:{_kind(error, response.status_code)}",
        "title": HTTPStatus(response.status_code).phrase,
        "status": response.status_code,
        "instance": path,
    }
    if isinstance(error, Problem):
        errors = error.errors
        detail = str(error.detail)
    elif isinstance(error, exceptions.ValidationError):
        errors = dict(_pointers(error.detail))
        detail = _("The input has errors.")
    else:
        errors, detail = {}, _sentence(error)
    body["detail"] = detail
    if errors:
        body["errors"] = [
            {"pointer": pointer, "detail": str(text)}
            for pointer, texts in errors.items()
            for text in (texts if isinstance(texts, list) else [texts])
        ]
    return body


def _kind(error: Exception, code: int) -> str:
    if isinstance(error, Problem) and error.kind:
        return error.kind
    return HTTPStatus(code).phrase.lower().replace(" ", "-")


def _sentence(error: Exception) -> str:
    if isinstance(error, Http404):
        return _("There is no such record, or you may not see it.")
    if isinstance(error, PermissionDenied):
        return _("You may not do this.")
    return str(getattr(error, "detail", error))


def _pointers(detail: Any, at: str = "") -> Iterator[tuple[str, list[str]]]:
    """Flatten DRF's nested errors into JSON pointers."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _pointers(inner, at if name == "non_field_errors" else f"{at}/{_escaped(str(name))}")
    elif isinstance(detail, list) and any(isinstance(one, Mapping | list) for one in detail):
        for place, inner in enumerate(detail):
            yield from _pointers(inner, f"{at}/{place}")
    elif detail:
        yield at, [str(one) for one in (detail if isinstance(detail, list) else [detail])]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def body_of(code: int, path: str, sentence: str, *, kind: str = "") -> dict[str, Any]:
    """A problem that no view of the API found; `kind` names what is missing where the status does not say it."""
    phrase = HTTPStatus(code).phrase
    kind = kind or phrase.lower().replace(" ", "-")
    return {"type": f"urn:tongti:problem:{kind}", "title": phrase, "status": code, "instance": path, "detail": sentence}


def problem_response(request: HttpRequest, code: HTTPStatus, *, detail: str, kind: str = "") -> JsonResponse:
    """A refusal given before the API's own views are reached."""
    body = body_of(code.value, request.path, detail, kind=kind)
    return JsonResponse(body, status=code.value, content_type=CONTENT_TYPE)


def not_found(request: HttpRequest) -> JsonResponse:
    """The answer to an address under /api/ that is none."""
    said = _("There is no such address. The API is described at /api/docs/.")
    return problem_response(request, HTTPStatus.NOT_FOUND, detail=said)
