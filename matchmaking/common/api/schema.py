"""The OpenAPI document at /api/schema/ and its page at /api/docs/, both without a foreign host."""

from typing import Any

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from matchmaking.common.access import PUBLIC

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `errors` says what is wrong with the input: a JSON pointer and a sentence each.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
                "required": ["pointer", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "instance"],
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "New for each request. The same request with the same key is carried out once and answered again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$"},
}


class TokenScheme(KnoxTokenScheme):
    """Tokens as ours are asked for: knox knows only its own class."""

    target_class = "matchmaking.accounts.sign_in.api.TokenAuthentication"


class SchemaView(SpectacularAPIView):
    """The OpenAPI 3 document."""

    access = (PUBLIC,)


class DocsView(SpectacularSwaggerSplitView):
    """The document to read and to try out; its scripts come from the portal itself."""

    access = (PUBLIC,)
    url_name = "api-schema"
    template_name = "matchmaking/api/docs.html"


def add_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Say once for all operations how errors look and that a POST carries its key (a spectacular hook)."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    answer = {
        "description": "Problem details.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in result["paths"].values():
        for method, operation in path.items():
            operation["responses"].setdefault("default", answer)
            if method == "post":
                operation.setdefault("parameters", []).append(KEY)
    return result
