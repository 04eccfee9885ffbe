"""What the layout of every page needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def layout(request: HttpRequest) -> dict[str, Any]:
    return {"embedded": settings.EMBEDDED}
