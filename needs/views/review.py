"""The pages of park and region: the queue, passing one or many, returning with notes, rejecting."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from matchmaking.common.access import access
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate
from matchmaking.common.workflow import StaleState
from needs import rules, selectors
from needs.filters import QueueFilter
from needs.forms import ReasonForm, ReturnForm
from needs.models import TechNeed
from needs.sections import NOTED, beside_notes, label_of
from needs.services import (
    NotAllowed,
    TooLate,
    check_need,
    pass_needs,
    publish_need,
    reject_need,
    return_need,
)
from needs.views.lists import tabs
from needs.views.loading import deciding, load, version_of

CHECKERS = ("need.check_park", "need.publish")
MANY = 100


@require_safe
@access(*CHECKERS)
def need_review(request: HttpRequest) -> HttpResponse:
    """What waits for this person's decision, the longest waiting first."""
    found = QueueFilter(request.GET, queryset=selectors.waiting(request.user), request=request)
    page = paginate(request, found.qs)
    page.object_list = selectors.shown(request.user, page.object_list)
    context = {"filter": found, "page": page, "tabs": tabs(request, "review")}
    return page_or_fragment(request, "needs/need_review.html", "needs/_review_table.html", context)


@require_POST
@access(*CHECKERS)
def need_pass_many(request: HttpRequest) -> HttpResponse:
    """Pass the ticked needs; each box carries the need and the version that was looked at."""
    chosen = dict(_ticked(request))
    done, left = pass_needs(by=request.user, chosen=chosen)
    if done:
        words = ngettext("%(count)d need has been passed.", "%(count)d needs have been passed.", len(done))
        messages.success(request, words % {"count": len(done)})
    if not chosen:
        messages.warning(request, _("Nothing was ticked."))
    if lost := len(chosen) - len(done):
        words = ngettext(
            "%(count)d need was left as it is: somebody else decided on it, or it has changed. %(numbers)s",
            "%(count)d needs were left as they are: somebody else decided on them, or they have changed. %(numbers)s",
            lost,
        )
        messages.warning(request, words % {"count": lost, "numbers": " ".join(need.public_no for need in left)})
    return redirect("needs:need_review")


def _ticked(request: HttpRequest) -> list[tuple[str, int]]:
    found = []
    for value in request.POST.getlist("pk")[:MANY]:
        uuid, _colon, version = value.partition(":")
        try:
            found.append((str(UUID(uuid)), int(version)))
        except ValueError:
            continue
    return found


@require_POST
@access(*CHECKERS)
@deciding
def need_pass(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Pass one need: the park passes it on, the region publishes it."""
    need = load(request, uuid)
    version = version_of(request)
    try:
        if rules.can_check(request.user, need):
            check_need(by=request.user, need=need, version=version)
            messages.success(request, _("The need has been passed on to the region."))
        else:
            publish_need(by=request.user, need=need, version=version)
            messages.success(request, _("The need is published and is being matched."))
    except TooLate as refusal:
        messages.error(request, str(refusal.message))
        return redirect(need)
    return redirect("needs:need_review")


@require_http_methods(["GET", "HEAD", "POST"])
@access(*CHECKERS)
@deciding
def need_return(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Send a need back with a reason and a note at every field that is wrong."""
    need = load(request, uuid)
    if request.method != "POST":
        _still_waiting(request, need, rules.can_return(request.user, need))
    noted = [(name, label_of(name)) for name in NOTED]
    form = ReturnForm(request.POST or None, noted=noted, initial={"version": need.version})
    if form.is_valid():
        return_need(by=request.user, need=need, version=form.cleaned_data["version"],
                    reason=form.cleaned_data["reason"], notes=form.notes())  # fmt: skip
        messages.success(request, _("The need has been returned to its owner."))
        return redirect("needs:need_review")
    [view] = selectors.shown(request.user, [need], bodies=True)
    context = {
        "need": need,
        "view": view,
        "form": form,
        "lines": beside_notes(view, form),
    }
    return render(request, "needs/need_return.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@access("need.publish")
@deciding
def need_reject(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Refuse a need with a reason."""
    need = load(request, uuid)
    if request.method != "POST":
        _still_waiting(request, need, rules.can_publish(request.user, need))
    form = ReasonForm(request.POST or None, initial={"version": need.version})
    if form.is_valid():
        reject_need(by=request.user, need=need, version=form.cleaned_data["version"],
                    reason=form.cleaned_data["reason"])  # fmt: skip
        messages.success(request, _("The need has been rejected."))
        return redirect("needs:need_review")
    context = {
        "need": need,
        "form": form,
        "title": _("Reject this need"),
        "lead": _("It does not enter the list. The owner reads the reason and may file it again with changes."),
        "submit": _("Reject"),
    }
    return render(request, "needs/need_reason.html", context, status=422 if form.is_bound else 200)


def _still_waiting(request: HttpRequest, need: TechNeed, may: bool) -> None:
    """Raise what the use case would raise: StaleState for a checker who came second, NotAllowed for others."""
    if may:
        return
    if rules.is_checker(request.user, need):
        raise StaleState(need.public_no)
    raise NotAllowed
