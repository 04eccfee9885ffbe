"""Not to be listed: the page for anybody, the page behind the link, and the desk of unit and secretariat."""

from uuid import UUID

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from experts.enums import ExpertState
from experts.models import Expert
from experts.removals.forms import RemovalAnswerForm, RemovalForm
from experts.removals.models import Removal
from experts.removals.services import LinkOver, answer_removal, ask_removal, confirm_removal, find_removal
from experts.selectors import for_page
from experts.services import NotAllowed
from matchmaking.accounts.sign_in.lockout import network_of, too_many
from matchmaking.common.access import PUBLIC, access
from matchmaking.common.deciding import conflict
from matchmaking.common.pagination import paginate
from matchmaking.common.workflow import StaleState

PAGE = ["GET", "HEAD", "POST"]
MOST, WITHIN = 10, 24 * 60 * 60  # requests of one network, seconds


@require_http_methods(PAGE)
@access(PUBLIC)
def removal_ask(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Ask that an entry of the pool be no longer listed. The answer is the same whatever becomes of it."""
    listed = for_page(Expert.objects.visible_to(request.user)).filter(state=ExpertState.IN_POOL)
    expert = get_object_or_404(listed, uuid=uuid)
    form = RemovalForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if not _may_ask_again(request):
            return too_many(request)
        by = request.user if request.user.is_authenticated else None
        ask_removal(by=by, expert=expert, words=form.cleaned_data["words"])
        messages.success(request, _("Your request has arrived. If the entry has an address, a link went there: whoever "
                                    "follows it ends the entry at once. Otherwise the unit answers within 15 working "
                                    "days."))  # fmt: skip
        return redirect(expert)
    status = 422 if form.is_bound else 200
    return render(request, "experts/removals/ask.html", {"expert": expert, "form": form}, status=status)


def _may_ask_again(request: HttpRequest) -> bool:
    """Counted for each network, in PostgreSQL, so that nobody floods the units of a whole pool."""
    key = f"removals:{timezone.localdate():%Y%m%d}:{network_of(request)}"
    asked = int(cache.get(key, 0)) + 1
    cache.set(key, asked, WITHIN)  # `incr` would forget after the five minutes of the cache
    return asked <= MOST


@require_http_methods(PAGE)
@access(PUBLIC)
@never_cache
def removal_confirm(request: HttpRequest, uuid: UUID, token: str) -> HttpResponse:
    """Behind the link of the mail; a button, because programs that read mail follow links too."""
    removal = find_removal(uuid, token)
    if removal is None:
        return render(request, "experts/removals/over.html", {"text": LinkOver.message}, status=404)
    if request.method == "POST":
        try:
            confirm_removal(removal=removal, token=token)
        except LinkOver as refusal:
            return render(request, "experts/removals/over.html", {"text": refusal.message}, status=404)
        except StaleState:  # the unit has edited the entry in this moment
            return conflict(request, back_url=request.path)
        messages.success(request, _("The entry has left the list. Its data are erased after 30 days."))
        return redirect("experts:expert_list")
    return render(request, "experts/removals/confirm.html", {"expert": removal.expert})


@require_safe
@access("removal.answer")
def removal_list(request: HttpRequest) -> HttpResponse:
    """Requests to the own unit, of the secretariat all; those that wait first, by their day."""
    asked = Removal.objects.visible_to(request.user).select_related("expert__body__owner").order_by("outcome", "due_on")
    return render(request, "experts/removals/list.html", {"page": paginate(request, asked)})


@require_http_methods(PAGE)
@access("removal.answer")
def removal_detail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    seen = Removal.objects.visible_to(request.user).select_related("expert__body__owner", "answered_by")
    removal = get_object_or_404(seen, uuid=uuid)
    form = None if removal.outcome else RemovalAnswerForm(request.POST or None)
    if request.method == "POST" and form is None:  # somebody else was faster
        messages.error(request, str(StaleState.message))
        return redirect("experts:removal_detail", uuid)
    if form is not None and form.is_valid():
        remove, reason = form.cleaned_data["outcome"] == "remove", form.cleaned_data["reason"]
        try:
            answer_removal(by=request.user, removal=removal, remove=remove, reason=reason)
        except NotAllowed as refusal:
            raise Http404 from refusal
        except StaleState as refusal:
            messages.error(request, str(refusal.message))
        else:
            messages.success(request, _("Your answer has been recorded."))
        return redirect("experts:removal_detail", uuid)
    status = 422 if form is not None and form.is_bound else 200
    context = {"removal": removal, "form": form}
    return render(request, "experts/removals/detail.html", context, status=status)
