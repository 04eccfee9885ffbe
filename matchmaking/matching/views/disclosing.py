"""The ladder of a match: opening a step after reading what the other side will see, taking it back, signing, asking."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from experts.models import Expert
from matchmaking.common.access import access
from matchmaking.intake.once import once
from matchmaking.matching import rules
from matchmaking.matching.disclosing import needs_agreement, next_step
from matchmaking.matching.enums import LADDER, UNDER_NDA, Side, Step
from matchmaking.matching.forms import QuestionAnswerForm, QuestionForm
from matchmaking.matching.models import Match, NdaAcceptance, Question
from matchmaking.matching.ndas import nda_text
from matchmaking.matching.selectors import with_records
from matchmaking.matching.services.disclosing import (
    AgreementMissing,
    TextChanged,
    accept_nda,
    open_step,
    revoke_step,
    withdraw_nda,
)
from matchmaking.matching.services.questions import NotToBeSaid, answer_question, ask
from matchmaking.matching.services.review import NotAllowed
from matchmaking.matching.steps import need_sections, target_sections
from matchmaking.matching.views.common import conflict_guard
from matchmaking.matching.views.matches import detail_context

SIDES = ("match.answer_enterprise", "match.answer_provider")


def _match_of_side(request: HttpRequest, uuid: Any) -> tuple[Match, Side]:
    match = get_object_or_404(with_records(Match.objects.visible_to(request.user)), uuid=uuid)
    side = rules.can_disclose(request.user, match)
    if side is None:
        raise PermissionDenied
    return match, side


@require_http_methods(["GET", "HEAD", "POST"])
@access(*SIDES)
def open_one(request: HttpRequest, uuid: Any, step: str) -> HttpResponse:
    """Show word by word what the other side will read, and open it."""
    match, side = _match_of_side(request, uuid)
    if step not in LADDER:
        raise Http404
    if request.method == "POST":
        with conflict_guard(request, match, refused=NotAllowed) as guard:
            try:
                open_step(by=request.user, match=match, step=step)
            except AgreementMissing as missing:
                messages.warning(request, missing.message)
                return redirect("matching:match_agreement", uuid=match.uuid)
            messages.success(request, _("Opened: the other side can read it now."))
        return guard.response or redirect(match)
    if next_step(match, side) != step:
        messages.info(request, _("This step is open already, or another one comes first."))
        return redirect(match)
    show = need_sections if side == Side.ENTERPRISE else target_sections
    record = match.need if side == Side.ENTERPRISE else match.target
    context = {
        "match": match,
        "step": Step(step),
        "sections": show(record, {step}),  # type: ignore[arg-type]
        "waits": step in UNDER_NDA and needs_agreement(match),
        "is_traceable": step == Step.INDICATORS and isinstance(record, Expert),
    }
    return render(request, "matchmaking/matching/step.html", context)


@require_POST
@access(*SIDES)
def revoke_one(request: HttpRequest, uuid: Any, step: str) -> HttpResponse:
    """Take a step back, and every later one."""
    match, _side = _match_of_side(request, uuid)
    if step not in LADDER:
        raise Http404
    with conflict_guard(request, match, refused=NotAllowed) as guard:
        revoke_step(by=request.user, match=match, step=step)
        messages.success(request, _("Taken back: from now on the other side reads nothing of it."))
    return guard.response or redirect(match)


@require_http_methods(["GET", "HEAD", "POST"])
@access(*SIDES)
def agreement(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Read the agreement on confidentiality and accept it for one's side."""
    match, side = _match_of_side(request, uuid)
    if request.method == "POST":
        with conflict_guard(request, match, refused=NotAllowed) as guard:
            try:
                accept_nda(by=request.user, match=match, version=request.POST.get("version", ""),
                           digest=request.POST.get("digest", ""))  # fmt: skip
            except TextChanged as changed:
                messages.warning(request, changed.message)
                return redirect("matching:match_agreement", uuid=match.uuid)
            messages.success(request, _("Accepted. It takes effect once both sides have accepted."))
        return guard.response or redirect(match)
    standing = NdaAcceptance.objects.visible_to(request.user).standing().filter(match=match, side=side).first()
    context = {"match": match, "text": nda_text(), "mine": standing}
    return render(request, "matchmaking/matching/agreement.html", context)


@require_POST
@access(*SIDES)
def withdraw(request: HttpRequest, uuid: Any) -> HttpResponse:
    match, _side = _match_of_side(request, uuid)
    with conflict_guard(request, match, refused=NotAllowed) as guard:
        withdraw_nda(by=request.user, match=match)
        messages.success(request, _("Withdrawn: what was opened on its strength is closed to both sides."))
    return guard.response or redirect(match)


@require_POST
@access(*SIDES)
@once
def ask_one(request: HttpRequest, uuid: Any) -> HttpResponse:
    match, _side = _match_of_side(request, uuid)
    if not rules.can_ask(request.user, match):
        raise PermissionDenied
    form = QuestionForm(request.POST, prefix="question")
    if form.is_valid():
        try:
            ask(by=request.user, match=match, text=form.cleaned_data["text"])
        except NotAllowed as error:
            raise PermissionDenied from error
        except NotToBeSaid as refusal:
            form.add_error("text", refusal.message)
        else:
            messages.success(request, _("Asked, without your name. We tell you when there is an answer."))
            return redirect(match)
    return _again(request, match, question_form=form)


@require_POST
@access(*SIDES)
def answer_one(request: HttpRequest, uuid: Any, question: Any) -> HttpResponse:
    match, _side = _match_of_side(request, uuid)
    found = get_object_or_404(Question.objects.visible_to(request.user).filter(match=match), uuid=question)
    found.match = match
    if not rules.can_answer_question(request.user, found):
        raise PermissionDenied
    form = QuestionAnswerForm(request.POST, prefix="reply")
    if form.is_valid():
        with conflict_guard(request, match, refused=NotAllowed) as guard:
            try:
                answer_question(by=request.user, question=found, text=form.cleaned_data["text"])
            except NotToBeSaid as refusal:
                form.add_error("text", refusal.message)
            else:
                messages.success(request, _("Answered."))
                return redirect(match)
        if guard.response:
            return guard.response
    return _again(request, match, reply_form=form)


def _again(request: HttpRequest, match: Match, **forms: Any) -> HttpResponse:
    context = detail_context(request, match, **forms)
    return render(request, "matchmaking/matching/match_detail.html", context, status=422)
