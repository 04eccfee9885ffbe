"""The question before many records are decided at once: how many, and which come first.

Scripts show it as a dialog over the queue; without them it is a page of its own. Its button sends the same boxes
again, with `sure`.
"""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from matchmaking.common.htmx import is_fragment, page_or_fragment
from matchmaking.intake import reviewed

SURE = "sure"
NAMED = 5


def ask_first(
    request: HttpRequest, kind: str, chosen: Mapping[str, int], *, field: str, act: Any, title: str = "title"
) -> HttpResponse | None:
    """Ask whether all these records shall be decided; None when that was answered, or none of them waits any more.

    `chosen` maps uuids to the versions seen, `field` is the name of the boxes, `act` the word on the button, `title`
    the attribute by which people know a record.
    """
    if SURE in request.POST:
        return None
    how = reviewed.find(kind)
    found = {str(record.uuid): record for record in how.waiting(request.user).filter(uuid__in=list(chosen))}
    records = [found[uuid] for uuid, version in chosen.items() if uuid in found and found[uuid].version == version]
    if not records:
        return None
    context = {
        "named": [(record.public_no, getattr(record, title)) for record in records[:NAMED]],
        "count": len(records),
        "more": max(0, len(records) - NAMED),
        "gone": len(chosen) - len(records),
        "boxes": [f"{record.uuid}:{record.version}" for record in records],
        "field": field,
        "act": act,
        "sure": SURE,
        "action": request.path,
        "queue": reverse(how.queue),
        "queue_name": how.queue_name,
    }
    return page_or_fragment(request, "intake/decide_many.html", "intake/_decide_many.html", context)


def to_queue(request: HttpRequest, kind: str) -> HttpResponse:
    """Back to the queue, with what is to be said there."""
    url = reverse(reviewed.find(kind).queue)
    return HttpResponseClientRedirect(url) if is_fragment(request) else redirect(url)
