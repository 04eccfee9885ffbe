"""The pages of park and region: the queue, passing one or many, returning with notes, rejecting."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from matchmaking.common.access import access
from matchmaking.common.deciding import version_of
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate
from matchmaking.common.workflow import StaleState
from matchmaking.intake import queues, reviewed
from matchmaking.intake.asking_first import ask_first, to_queue
from matchmaking.intake.comparing import since_return
from matchmaking.intake.deciding import DecisionForm
from matchmaking.intake.filed import standing
from needs import rules, selectors
from needs.filters import QueueFilter
from needs.models import TechNeed
from needs.sections import NOTED, as_read, decisions, label_of
from needs.services import (
    NotAllowed,
    TooLate,
    check_need,
    pass_needs,
    publish_need,
    reject_need,
    return_need,
)
from needs.views.loading import deciding, load, upper_url

CHECKERS = ("need.check_park", "need.publish")
MANY = 100


@require_safe
@access(*CHECKERS)
def need_review(request: HttpRequest) -> HttpResponse:
    """The desk in groups: what waits, is overdue, came back, is to change; by due day."""
    how, choice = reviewed.find(selectors.KIND), queues.Choice.of(request.GET)
    found = QueueFilter(request.GET, queryset=queues.rows(how, request.user, choice), request=request)
    page = paginate(request, found.qs)
    page.object_list = selectors.shown(request.user, page.object_list)
    context = {"filter": found, "page": page, "group": choice.group,
               "groups": queues.tabs(how, request.user, choice)}  # fmt: skip
    return page_or_fragment(request, "needs/need_review.html", "needs/_review_table.html", context)


@require_POST
@access(*CHECKERS)
def need_pass_many(request: HttpRequest) -> HttpResponse:
    """Pass the ticked needs, asked first; each box carries the need and the version that was looked at."""
    chosen = dict(_ticked(request))
    if question := ask_first(request, selectors.KIND, chosen, field="pk", act=_("Pass")):
        return question
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
    return to_queue(request, selectors.KIND)


def _ticked(request: HttpRequest) -> list[tuple[str, int]]:
    found = []
    for value in request.POST.getlist("pk")[:MANY]:
        uuid, _colon, version = value.partition(":")
        try:
            found.append((str(UUID(uuid)), int(version)))
        except ValueError:
            continue
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@access(*CHECKERS)
@deciding
def need_decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One need with a place for a note at every field: the park passes or returns, the region also rejects."""
    need = load(request, uuid)
    park = rules.can_check(request.user, need)
    region = rules.can_publish(request.user, need)
    if not park and not region:
        # Raised here and not by the use case, so that the page itself opens for nobody else.
        seen_older = version_of(request) not in (None, need.version) and rules.is_checker(request.user, need)
        raise StaleState(need.public_no) if seen_older or rules.came_late(request.user, need) else NotAllowed
    form = DecisionForm(
        request.POST or None, noted=[(name, label_of(name)) for name in NOTED], initial={"version": need.version}
    )
    if form.is_valid():
        try:
            messages.success(request, _decide(request, need, form, park=park))
        except TooLate as refusal:
            form.add_error("reason", str(refusal.message))
        else:
            return redirect("needs:need_review")
    [view] = selectors.shown(request.user, [need], bodies=True)
    context = {
        "need": need,
        "view": view,
        "form": form,
        "park": park,
        "park_name": view.enterprise.park if view.enterprise else None,
        "may_reject": region,
        "sections": as_read(view, form),
        "notes": decisions(need),
        "clinic_url": upper_url("need_clinic_stored", need.uuid),
        "standing": standing(need, selectors.KIND),
        "since": since_return(request.user, need, selectors.KIND, "park" if park else "region"),
    }
    return render(request, "needs/need_decide.html", context, status=422 if form.is_bound else 200)


def _decide(request: HttpRequest, need: TechNeed, form: DecisionForm, *, park: bool) -> str:
    """Make the one call that the decision means, and return what to tell the person."""
    seen: dict[str, Any] = {"by": request.user, "need": need, "version": form.cleaned_data["version"]}
    reason, decision = form.cleaned_data["reason"], form.cleaned_data["decision"]
    if decision == DecisionForm.RETURN:
        return_need(**seen, **form.refusal())
        return _("The need has been returned to its owner.")
    if decision == DecisionForm.REJECT:
        reject_need(**seen, reason=reason, reasons=form.cleaned_data["reasons"])
        return _("The need has been rejected.")
    if park:
        check_need(**seen)
        return _("The need has been passed on to the region.")
    publish_need(**seen)
    return _("The need is published and is being matched.")
