"""The pages of the officers: the queue, the decision, suspending, taking back, renewing."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from experts import rules, selectors
from experts.filters import QueueFilter
from experts.forms import ReasonForm, RenewForm
from experts.models import Expert
from experts.presenting import NOTED, as_read
from experts.services import (
    ConsentMissing,
    NotAdmissible,
    admit_expert,
    admit_experts,
    refuse_expert,
    renew_expert,
    resume_expert,
    return_expert,
    suspend_expert,
)
from experts.views.loading import deciding, load, need
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

PAGE = ["GET", "HEAD", "POST"]
REVIEW = "expert.review"


@require_safe
@access(REVIEW)
def expert_review(request: HttpRequest) -> HttpResponse:
    """The desk in groups: what waits, is overdue, came back; by due day."""
    how, choice = reviewed.find(selectors.KIND), queues.Choice.of(request.GET)
    filtered = QueueFilter(request.GET, queryset=queues.rows(how, request.user, choice))
    context = {"filter": filtered, "page": paginate(request, filtered.qs), "group": choice.group,
               "groups": queues.tabs(how, request.user, choice)}  # fmt: skip
    return page_or_fragment(request, "experts/expert_review.html", "experts/_review_queue.html", context)


@require_POST
@access(REVIEW)
def expert_admit_many(request: HttpRequest) -> HttpResponse:
    """Admit the ticked entries, asked first; each box carries the entry and the version that was looked at."""
    chosen = queues.ticked(request.POST.getlist("pk"))
    if question := ask_first(request, selectors.KIND, chosen, field="pk", act=_("Admit to the pool"), title="name"):
        return question
    done, left = admit_experts(by=request.user, chosen=chosen)
    queues.say_what_came_of_it(request, chosen, done, left)
    return to_queue(request, selectors.KIND)


@require_http_methods(PAGE)
@access(REVIEW)
@deciding
def expert_decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One entry with a place for a note at every field: admit, return or refuse."""
    expert = load(request, uuid)
    need(rules.reviewer(request.user, expert) is not None)
    if not rules.waits_for_region(expert):
        raise StaleState(expert.public_no)
    form = DecisionForm(request.POST or None, noted=NOTED, initial={"version": expert.version})
    if form.is_valid():
        try:
            said = _decide(request, expert, form)
        except (ConsentMissing, NotAdmissible) as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, said)
            return redirect("experts:expert_review")
    context = {"expert": expert, "form": form, "lines": as_read(expert, form),
               "decisions": selectors.decisions(expert), "standing": standing(expert, selectors.KIND),
               "since": since_return(request.user, expert, selectors.KIND, "region")}  # fmt: skip
    return render(request, "experts/expert_decide.html", context, status=422 if form.is_bound else 200)


def _decide(request: HttpRequest, expert: Expert, form: DecisionForm) -> str:
    """Make the one call that the decision means, and return what to tell the person."""
    seen: dict[str, Any] = {"by": request.user, "expert": expert, "version": form.cleaned_data["version"]}
    decision, reason = form.cleaned_data["decision"], form.cleaned_data["reason"]
    if decision == DecisionForm.PASS:
        admit_expert(**seen)
        return _("The expert is in the pool and is being matched.")
    if decision == DecisionForm.REJECT:
        refuse_expert(**seen, reason=reason, reasons=form.cleaned_data["reasons"])
        return _("The expert has been refused.")
    return_expert(**seen, **form.refusal())
    return _("The entry has been returned for correction.")


@require_http_methods(PAGE)
@access(REVIEW)
@deciding
def expert_suspend(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take an expert out of the pool for the time being, with the reason."""
    expert = load(request, uuid)
    need(rules.can_suspend(request.user, expert))
    form = ReasonForm(request.POST or None, initial={"version": expert.version})
    if form.is_valid():
        suspend_expert(by=request.user, expert=expert, **form.cleaned_data)
        messages.success(request, _("The expert is suspended."))
        return redirect(expert)
    words = {"title": _("Suspend this expert"), "submit": _("Suspend"),
             "lead": _("The entry leaves the list and open matches are closed. You can take it back.")}  # fmt: skip
    return _step_page(request, expert, form, words)


@require_POST
@access(REVIEW)
@deciding
def expert_resume(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take a suspended expert back."""
    expert = load(request, uuid)
    try:
        resume_expert(by=request.user, expert=expert, version=version_of(request))
    except ConsentMissing as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("The expert is in the pool again."))
    return redirect(expert)


@require_http_methods(PAGE)
@access(REVIEW)
@deciding
def expert_renew(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Set a new end of the term; the expert returns to the pool."""
    expert = load(request, uuid)
    need(rules.can_renew(request.user, expert))
    form = RenewForm(request.POST or None, initial={"version": expert.version})
    if form.is_valid():
        try:
            renew_expert(by=request.user, expert=expert, **form.cleaned_data)
        except ConsentMissing as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, _("The expert is in the pool again."))
            return redirect(expert)
    return _step_page(request, expert, form, {"title": _("Renew the term"), "submit": _("Renew"), "lead": ""})


def _step_page(request: HttpRequest, expert: Expert, form: Any, words: dict[str, str]) -> HttpResponse:
    context = {"expert": expert, "form": form, **words}
    return render(request, "experts/expert_step.html", context, status=422 if form.is_bound else 200)
