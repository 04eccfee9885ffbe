"""How the pages of needs load: through `visible_to`, with the page that says somebody was faster."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse

from matchmaking.accounts.models import Organisation
from matchmaking.activity.selectors import Line, history
from matchmaking.common.deciding import guarded
from needs import rules
from needs.models import TechNeed
from needs.selectors import KIND
from needs.services import NotAllowed


def load(request: HttpRequest, uuid: UUID) -> TechNeed:
    """Return a need the person sees, with region and programme; 404 for everything else."""
    return get_object_or_404(TechNeed.objects.visible_to(request.user).select_related("region", "programme"), uuid=uuid)


def latest_steps(request: HttpRequest, need: TechNeed) -> list[Line]:
    """Return the last steps for a timeline; nothing for those to whom the file is closed."""
    if not rules.sees_file(request.user, need):
        return []
    return history(need, kind=KIND, show_people=True, limit=3)


def enterprise_of(request: HttpRequest) -> Organisation:
    """Return the enterprise of the chosen membership if it may post needs, else the first one that may."""
    owners = request.user.organisations_with("need.edit")
    membership = getattr(request, "membership", None)  # set by the middleware of accounts
    chosen = membership.organisation_id if membership else None
    if not owners:
        raise PermissionDenied
    return next((owner for owner in owners if owner.pk == chosen), owners[0])


def upper_url(name: str, *args: Any) -> str:
    """Return the address of a page of the app above, found by name: this floor does not import it."""
    try:
        return reverse(f"matching:{name}", args=args)
    except NoReverseMatch:
        return ""


deciding = guarded(load=load, steps=latest_steps, refused=NotAllowed)
