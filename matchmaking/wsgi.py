"""WSGI entry point."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "matchmaking.settings.base")


class PortalRequest(WSGIRequest):
    """A request is UTF-8, whatever its sender says.

    Django decodes the query with the charset of the Content-Type while it makes the request, before any middleware;
    with one that is no text encoding (`hex`) that raises where nobody answers. `CleanInputMiddleware` refuses them.
    """

    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class PortalHandler(WSGIHandler):
    request_class = PortalRequest


def get_application() -> WSGIHandler:
    """As `get_wsgi_application` does it."""
    django.setup(set_prefix=False)
    return PortalHandler()


application = get_application()
