"""The owner's objection to a merge; the officers' pages stand in `matchmaking.intake.views.duplicates`."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.duplicates import selectors
from catalog.duplicates.services import object_to_merge
from catalog.forms import ReasonForm
from matchmaking.common import deciding
from matchmaking.common.access import access
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.intake.duplicates.deciding import NotAllowed


@require_safe
@access("achievement.review")
def duplicate_moved(request: HttpRequest, uuid: UUID | None = None) -> HttpResponse:
    """The former addresses of list and pair, which stand in mails."""
    return redirect(reverse("duplicates:detail", args=["achievement", uuid]) if uuid else reverse("duplicates:list"))


@require_POST
@access("achievement.unit_review")
def duplicate_object(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The owner of a merged record says why it is another achievement."""
    pair = selectors.objectable_or_404(request.user, uuid)
    form = ReasonForm(request.POST, prefix="object")
    merged = pair.merged()
    if merged is None:
        return deciding.conflict(request, back_url=pair.first.get_absolute_url())
    if not form.is_valid():
        messages.error(request, _("Say in a few words why it is another achievement."))
        return redirect(merged)
    try:
        values = form.cleaned_data
        object_to_merge(by=request.user, pair=pair, version=values["version"], text=values["reason"])
    except (StaleState, IllegalMove):
        return deciding.conflict(request, back_url=merged.get_absolute_url())
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    messages.success(request, _("Your objection is with the officers; they look at both records again."))
    return redirect(merged)
