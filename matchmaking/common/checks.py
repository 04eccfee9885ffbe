"""System checks: every route declares its access; the spreadsheet reader refuses entity attacks."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import Error, register
from django.urls import URLPattern, URLResolver, get_resolver

from matchmaking.common.access import EXTERNAL_ROUTES


def iter_routes(resolver: URLResolver | None = None, prefix: str = "", namespace: str = "") -> Iterator[dict[str, Any]]:
    """Yield {pattern, name, view, access} for every URL pattern of the project; access is None when undeclared."""
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = ":".join(part for part in (namespace, entry.namespace) if part)
            yield from iter_routes(entry, pattern, inner)
        elif isinstance(entry, URLPattern):
            name = ":".join(part for part in (namespace, entry.name) if part)
            view = entry.callback
            declared = getattr(view, "access", None) or getattr(getattr(view, "cls", None), "access", None)
            yield {
                "pattern": pattern,
                "name": name,
                "view": view,
                "access": declared or EXTERNAL_ROUTES.get(name),
            }


@register("urls")
def every_route_declares_access(app_configs: Any, **kwargs: Any) -> list[Error]:
    return [
        Error(f"The route {route['pattern']!r} ({route['name']}) declares no access.", id="tongti.E001")
        for route in iter_routes()
        if route["access"] is None
    ]


@register("security")
def spreadsheets_refuse_entities(app_configs: Any, **kwargs: Any) -> list[Error]:
    import openpyxl  # 60 ms that a plain web start does not need

    if openpyxl.DEFUSEDXML:
        return []
    return [Error("openpyxl does not use defusedxml: uploads could expand entities.", id="tongti.E002")]
