"""The officers' desks: the region's queue and decision page, and the unit officer's way back to the author."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog import rules
from catalog.enums import AchievementState
from catalog.filters import ReviewFilter
from catalog.models import Achievement
from catalog.presenting import NOTABLE, SECTIONS, shown_value
from catalog.selectors import for_page, visible_or_404
from catalog.services import (
    NotAllowed,
    accept_achievement,
    accept_achievements,
    reject_achievement,
    return_achievement,
    send_back_achievement,
)
from catalog.views.common import conflict
from matchmaking.common.access import access
from matchmaking.common.htmx import page_or_fragment
from matchmaking.common.pagination import paginate
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.intake import queues, reviewed
from matchmaking.intake.asking_first import ask_first, to_queue
from matchmaking.intake.comparing import since_return
from matchmaking.intake.deciding import DecisionForm
from matchmaking.intake.duplicates.selectors import hints
from matchmaking.intake.filed import standing
from matchmaking.intake.selectors import steps_of

KIND = "achievement"
AT_ONCE = 100


@require_safe
@access("achievement.review")
def achievement_review(request: HttpRequest) -> HttpResponse:
    """The region's desk in groups: what waits, is overdue, came back, is to change; by due day."""
    how, choice = reviewed.find(KIND), queues.Choice.of(request.GET)
    filter = ReviewFilter(request.GET, queues.rows(how, request.user, choice))
    context = {"filter": filter, "page": paginate(request, filter.qs), "group": choice.group,
               "tabs": queues.tabs(how, request.user, choice)}  # fmt: skip
    return page_or_fragment(request, "catalog/achievement_review.html", "catalog/_review_queue.html", context)


@require_POST
@access("achievement.review")
def achievement_accept_many(request: HttpRequest) -> HttpResponse:
    """Pass the ticked records, asked first; each box names the record and the version that was looked at."""
    chosen = queues.ticked(request.POST.getlist("record"))
    if question := ask_first(request, KIND, chosen, field="record", act=_("Pass")):
        return question
    ticked = dict(value.rsplit(":", 1) for value in request.POST.getlist("record")[:AT_ONCE] if ":" in value)
    seen = [uuid for uuid in ticked if _is_uuid(uuid)]
    waiting = for_page(Achievement.objects.visible_to(request.user).reviewable_by(request.user)).filter(uuid__in=seen)
    same = [one for one in waiting.order_by("pk") if str(one.version) == ticked[str(one.uuid)]]
    done, moved = accept_achievements(by=request.user, achievements=same)
    passed_over = len(ticked) - len(same) + len(moved)
    if done:
        messages.success(request, ngettext(
            "%(n)s record was accepted.", "%(n)s records were accepted.", len(done)) % {"n": len(done)})  # fmt: skip
    if passed_over:
        messages.warning(request, ngettext(
            "%(n)s record was passed over: somebody decided on it in the meantime.",
            "%(n)s records were passed over: somebody decided on them in the meantime.",
            passed_over) % {"n": passed_over})  # fmt: skip
    if not ticked:
        messages.warning(request, _("Tick at least one record first."))
    return to_queue(request, KIND)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@access("achievement.review")
def achievement_decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One submitted record with a place for a note at every field: pass, return, reject."""
    achievement = visible_or_404(request.user, uuid)
    if rules.reviewing_organisation(request.user, achievement) is None:
        raise PermissionDenied
    form = DecisionForm(request.POST or None, noted=NOTABLE, initial={"version": achievement.version})
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["decision"] == DecisionForm.SEND_BACK:
            raise PermissionDenied
        return _decided(request, achievement, form)
    if achievement.state != AchievementState.SUBMITTED:
        return conflict(request, achievement) if form.is_bound else redirect(achievement)
    return _desk(request, achievement, form, "region")


@require_http_methods(["GET", "HEAD", "POST"])
@access("achievement.unit_review")
def achievement_send_back(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The unit's officer notes what the author has to mend and sends the record back."""
    achievement = visible_or_404(request.user, uuid)
    if not rules.is_unit_officer(request.user, achievement):
        raise PermissionDenied
    form = DecisionForm(request.POST or None, noted=NOTABLE, initial={"version": achievement.version})
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["decision"] != DecisionForm.SEND_BACK:
            raise PermissionDenied
        return _decided(request, achievement, form)
    if not rules.can_send_back(request.user, achievement):
        return conflict(request, achievement) if form.is_bound else redirect(achievement)
    return _desk(request, achievement, form, "unit")


def _decided(request: HttpRequest, achievement: Achievement, form: DecisionForm) -> HttpResponse:
    values: dict[str, Any] = {"by": request.user, "achievement": achievement, "version": form.cleaned_data["version"]}
    reason, decision = form.cleaned_data["reason"], form.cleaned_data["decision"]
    try:
        if decision == DecisionForm.PASS:
            accept_achievement(**values)
            messages.success(request, _("The record is in the pool and is being matched."))
        elif decision == DecisionForm.RETURN:
            return_achievement(**values, **form.refusal())
            messages.success(request, _("The record went back to its owner with your notes."))
        elif decision == DecisionForm.REJECT:
            reject_achievement(**values, reason=reason, reasons=form.cleaned_data["reasons"])
            messages.success(request, _("The record is rejected."))
        else:
            send_back_achievement(**values, **form.refusal())
            messages.success(request, _("The record went back to its author with your notes."))
            return redirect("catalog:achievement_unit_review")
    except (StaleState, IllegalMove):
        return conflict(request, achievement)
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    return redirect("catalog:achievement_review")


def _desk(request: HttpRequest, achievement: Achievement, form: DecisionForm, desk: str) -> HttpResponse:
    context = {
        "achievement": achievement,
        "form": form,
        "desk": desk,
        "sections": record_sections(achievement, form),
        "steps_taken": list(steps_of(achievement, "achievement")),
        "opinion_note": form["note_unit_opinion"],
        "standing": standing(achievement, KIND),
        "hints": hints(KIND, request.user, achievement) if desk == "region" else [],
        "since": since_return(request.user, achievement, KIND, desk),
    }
    return render(request, "catalog/achievement_decide.html", context, status=422 if form.is_bound else 200)


def record_sections(achievement: Achievement, form: DecisionForm | None) -> list[dict[str, Any]]:
    """The whole record, section by section, with the note field of each item where a form is given."""
    return [
        {
            "section": section,
            "items": [
                {
                    "item": item,
                    "value": shown_value(achievement, item),
                    "note": form[f"note_{item.name}"] if form and item.name in form.noted else None,
                }
                for item in section.items
            ],
        }
        for section in SECTIONS
    ]
