"""Author → unit → region: handing on, the unit's queue, and the owner's other steps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog import rules
from catalog.enums import EDITABLE
from catalog.filters import ReviewFilter
from catalog.forms import BulkSubmitForm, ReasonForm, UnitSubmitForm, VersionForm
from catalog.models import Achievement
from catalog.presenting import NOTABLE
from catalog.selectors import for_checking, visible_or_404
from catalog.services import (
    Incomplete,
    NotAllowed,
    confirm_achievement,
    missing_fields,
    reopen_achievement,
    resume_achievement,
    submit_achievement,
    submit_achievements,
    suspend_achievement,
    withdraw_achievement,
)
from catalog.views.common import conflict
from catalog.views.reviewing import record_sections
from matchmaking.common.access import access
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.intake import queues
from matchmaking.intake.versions import Unchanged


@dataclass(frozen=True)
class Step:
    """A step on the page of a record: who may take it, what it does, what is said afterwards."""

    name: str
    rule: Callable[[Any, Achievement], bool]
    service: Callable[..., Any]
    done: str


@require_safe
@access("achievement.unit_review")
def achievement_unit_review(request: HttpRequest) -> HttpResponse:
    """What the own researchers handed to the unit, and what is still a draft: hand in one by one, or many at once."""
    return _unit_page(request, BulkSubmitForm(prefix="many"))


@require_POST
@access("achievement.unit_review")
def achievement_submit_many(request: HttpRequest) -> HttpResponse:
    """Hand the ticked records to the region with one opinion and declaration; each box names the version seen."""
    form = BulkSubmitForm(request.POST, prefix="many")
    if not form.is_valid():
        return _unit_page(request, form, status=422)
    chosen = queues.ticked(request.POST.getlist("record"))
    done, left = submit_achievements(by=request.user, chosen=chosen, **form.cleaned_data)
    queues.say_what_came_of_it(request, chosen, done, left)
    return redirect("catalog:achievement_unit_review")


def _unit_page(request: HttpRequest, form: BulkSubmitForm, status: int = 200) -> HttpResponse:
    drafts = (request.POST or request.GET).get("group") == "drafts"
    of_unit = Achievement.objects.visible_to(request.user).filter(
        body__owner__in=request.user.organisations_with("achievement.unit_review")
    )
    unsent = of_unit.filter(state__in=EDITABLE)
    waiting = Achievement.objects.in_unit_review_of(request.user)
    listed = queues.by_due(for_checking(unsent if drafts else waiting), "achievement")
    filter = ReviewFilter(request.GET, listed)
    page = paginate(request, filter.qs)
    context = {
        "filter": filter,
        "page": page,
        "rows": [{"achievement": one, "missing": len(missing_fields(one))} for one in page],
        "form": form,
        "ticked": request.POST.getlist("record"),
        "group": "drafts" if drafts else "",
        "tabs": [
            {"label": _("From researchers"), "url": "?", "active": not drafts, "count": waiting.count()},
            {"label": _("Drafts"), "url": "?group=drafts", "active": drafts, "count": unsent.count()},
        ],
    }
    return page_or_fragment(request, "catalog/achievement_unit_review.html", "catalog/_unit_queue.html", context,
                            status=status)  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@access("achievement.edit")
def achievement_submit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The author hands the record to the unit; an officer of the unit declares and hands it to the region."""
    achievement = visible_or_404(request.user, uuid)
    if not rules.can_submit(request.user, achievement):
        raise PermissionDenied
    if missing_fields(achievement):
        messages.warning(request, Incomplete.message)
        return redirect(f"{reverse('catalog:achievement_edit', args=[uuid])}?check=1")
    for_unit = rules.is_unit_officer(request.user, achievement)
    queue = "achievement_unit_review" if rules.can_send_back(request.user, achievement) else "achievement_mine"
    kind: type[UnitSubmitForm | VersionForm] = UnitSubmitForm if for_unit else VersionForm
    initial = {"version": achievement.version, "opinion": achievement.body.unit_opinion}
    form = kind(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data.pop("version")
        try:
            submit_achievement(by=request.user, achievement=achievement, version=version, **form.cleaned_data)
        except (StaleState, IllegalMove):
            return conflict(request, achievement)
        except Unchanged as refusal:
            messages.error(request, str(refusal.message))
            return redirect(achievement)
        to_region = _("The record is submitted to the region.")
        messages.success(
            request, to_region if for_unit else _("The record is with the transfer officers of your unit.")
        )
        return redirect(f"catalog:{queue}" if for_unit else achievement)
    context = {
        "achievement": achievement,
        "form": form,
        "for_unit": for_unit,
        "sections": record_sections(achievement, None),
        "can_send_back": rules.can_send_back(request.user, achievement),
        "notable": NOTABLE,
    }
    return render(request, "catalog/achievement_submit.html", context, status=422 if form.is_bound else 200)


@require_POST
@access("achievement.edit")
def achievement_withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    step = Step("withdraw", rules.can_withdraw, withdraw_achievement, _("The record is withdrawn."))
    return _with_reason(request, uuid, step)


@require_POST
@access("achievement.review")
def achievement_suspend(request: HttpRequest, uuid: UUID) -> HttpResponse:
    step = Step("suspend", rules.can_suspend, suspend_achievement, _("The record is suspended."))
    return _with_reason(request, uuid, step)


@require_POST
@access("achievement.edit")
def achievement_reopen(request: HttpRequest, uuid: UUID) -> HttpResponse:
    def reopen(*, by: Any, achievement: Achievement, version: int) -> None:
        reopen_achievement(by=by, achievement=achievement)

    return _plain_step(request, uuid, Step("reopen", rules.can_reopen, reopen, _("The record is a draft again.")))


@require_POST
@access("achievement.edit")
def achievement_confirm(request: HttpRequest, uuid: UUID) -> HttpResponse:
    step = Step("confirm", rules.can_confirm, confirm_achievement, _("Thank you: the record is confirmed."))
    return _plain_step(request, uuid, step)


@require_POST
@access("achievement.review")
def achievement_resume(request: HttpRequest, uuid: UUID) -> HttpResponse:
    step = Step("resume", rules.can_resume, resume_achievement, _("The record is in the pool again."))
    return _plain_step(request, uuid, step)


def _with_reason(request: HttpRequest, uuid: UUID, step: Step) -> HttpResponse:
    """A step that needs a reason; without one the page comes back with its dialog open."""
    from catalog.views.detail import detail_context  # the page it stands on, which links here

    achievement = visible_or_404(request.user, uuid)
    form = ReasonForm(request.POST, prefix=step.name)
    if not step.rule(request.user, achievement):
        return _refuse(request, achievement, form)
    if not form.is_valid():
        context = detail_context(achievement, request.user)
        context["forms"][step.name] = form
        return render(request, "catalog/achievement_detail.html", context, status=422)
    return _take(request, achievement, step, **form.cleaned_data)


def _plain_step(request: HttpRequest, uuid: UUID, step: Step) -> HttpResponse:
    achievement = visible_or_404(request.user, uuid)
    form = VersionForm(request.POST)
    if not step.rule(request.user, achievement) or not form.is_valid():
        return _refuse(request, achievement, form)
    return _take(request, achievement, step, version=form.cleaned_data["version"])


def _refuse(request: HttpRequest, achievement: Achievement, form: ReasonForm | VersionForm) -> HttpResponse:
    """A page that was open too long gets 409 with who and when; a step that is not the person's gets 403."""
    form.is_valid()
    seen = form.cleaned_data.get("version")
    if seen is not None and seen != achievement.version:
        return conflict(request, achievement)
    raise PermissionDenied


def _take(request: HttpRequest, achievement: Achievement, step: Step, **values: Any) -> HttpResponse:
    try:
        step.service(by=request.user, achievement=achievement, **values)
    except (StaleState, IllegalMove):
        return conflict(request, achievement)
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    messages.success(request, step.done)
    return redirect(achievement)
