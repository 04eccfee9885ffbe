"""What the owner is told after a change of a published record; the same for every kind."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from matchmaking.intake import versions
from matchmaking.intake.services.revising import Revised


def revised(request: HttpRequest, came: Revised) -> HttpResponse:
    """Say what is live and what waits, and lead to the record."""
    if came.live and came.change:
        messages.success(request, _("Live now: %(fields)s") % {"fields": _named(came.kind, came.live)})
    elif came.live:
        messages.success(request, _("The change is live."))
    if came.change:
        words = _("Waits for a check; until then the former text is shown: %(fields)s")
        messages.info(request, words % {"fields": _named(came.kind, came.change.fields)})
    if not came.live and not came.change:
        messages.info(request, _("Nothing was changed."))
    return redirect(came.record)


def _named(kind: str, fields: Iterable[str]) -> str:
    label = versions.find(kind).labels
    return _(", ").join(str(label(name)) for name in fields)
