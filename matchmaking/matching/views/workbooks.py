"""Lists of matching as workbooks."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect

from matchmaking.common.exporting import ExportTooLarge, workbook_response


def workbook(request: HttpRequest, name: str, heads: list[tuple[str, int]], cells: Iterable[list[Any]]) -> Any:
    """A list as a workbook called by this name; a list too long goes back to its page with a message."""
    if not request.user.can("export"):
        raise PermissionDenied
    try:
        return workbook_response(f"{name}.xlsx", heads, cells, sheet=name)
    except ExportTooLarge as refusal:
        messages.error(request, str(refusal))
        query = request.GET.copy()
        query.pop("as")
        return redirect(f"{request.path}?{query.urlencode()}")
