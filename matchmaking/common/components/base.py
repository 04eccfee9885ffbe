"""What every component tag needs."""

from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template import Context
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString


def render(context: Context, component: str, **values: Any) -> SafeString:
    """Render templates/components/<component>.html with these values and nothing else of the page."""
    inner = context.new(values)
    inner["csrf_token"] = csrf_token_of(context)
    engine = context.template.engine  # type: ignore[union-attr]  # a tag only runs inside a template
    return engine.get_template(f"components/{component}.html").render(inner)


def request_of(context: Context) -> HttpRequest | None:
    """Return the request, also inside an include that passes nothing on."""
    return getattr(context, "request", None) or context.get("request")


def csrf_token_of(context: Context) -> Any:
    """Return the token of the page; an include that passes nothing on loses it, so ask the request then."""
    request = request_of(context)
    if "csrf_token" in context or request is None:
        return context.get("csrf_token")
    return SimpleLazyObject(lambda: get_token(request))


def query_without(context: Context, *names: str, **changes: Any) -> str:
    """Return the page's query string ("?…") without some names and with some changed; "?" when nothing is left."""
    request = request_of(context)
    query = request.GET.copy() if request else None
    if query is None:
        return "?" + "&".join(f"{name}={value}" for name, value in changes.items())
    for name in names:
        query.pop(name, None)
    for name, value in changes.items():
        query[name] = value
    return f"?{query.urlencode()}"
