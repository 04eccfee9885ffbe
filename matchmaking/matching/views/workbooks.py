"""Lists of matching as workbooks."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.timezone import localtime

from matchmaking.common.exporting import ExportTooLarge, workbook_response
from matchmaking.matching.enums import Kind
from matchmaking.matching.fairness import Seen, narrowed


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


def file_name(seen: Seen, name: str, asked: Mapping[str, str], label: Callable[[int], str]) -> str:
    """What a list is called on the reader's disk: its kind, what it is narrowed to, the start of its run."""
    said = [
        name,
        Kind(seen.kind).label,
        *narrowed(asked, label),
        f"{localtime(seen.run.created_at):%Y%m%d-%H%M}",
    ]
    return "-".join(str(part).replace("/", "-") for part in said if part)
