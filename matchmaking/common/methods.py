"""An address that answers nothing but forms, opened like a page: reloaded after a refusal, kept as a bookmark."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import Resolver404, resolve

type_next = Callable[[HttpRequest], HttpResponseBase]


class WrongMethodMiddleware:
    """Gives the empty 405 to a browser a page: without one it shows an error of its own and no way on."""

    def __init__(self, get_response: type_next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_page = request.method == "GET" and request.headers.get("HX-Request") != "true"
        if not is_page or not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        answer = render(request, "405.html", {"back_url": _page_above(request.path)}, status=405)
        answer["Allow"] = response["Allow"]
        return answer


def _page_above(path: str) -> str:
    """The nearest address above that leads anywhere; nothing below the start page."""
    while (path := path.rstrip("/").rpartition("/")[0] + "/") != "/":
        try:
            resolve(path)
        except Resolver404:
            continue
        return path
    return ""
