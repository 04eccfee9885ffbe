"""A match as its two sides and its officer see it: texts side by side, reasons, answers, contact, talks."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import Achievement
from experts.models import Expert
from matchmaking.accounts.models import User
from matchmaking.activity.selectors import history
from matchmaking.common.access import SIGNED_IN, access
from matchmaking.common.htmx import hx_refresh
from matchmaking.common.pagination import paginate
from matchmaking.intake.once import once
from matchmaking.matching import rules, warming, whatif, whynot
from matchmaking.matching.closed import closed_pair
from matchmaking.matching.disclosing import is_side
from matchmaking.matching.enums import CONTACT_OPEN, MatchState, Origin, Side, Strength
from matchmaking.matching.explain import carrying_sentences, shared_terms
from matchmaking.matching.forms import AdvanceForm, AnswerForm, DropForm, ProposeForm, QuestionAnswerForm, QuestionForm
from matchmaking.matching.ladder import asked_and_answered, ladder
from matchmaking.matching.models import Match
from matchmaking.matching.nouns import noun_of
from matchmaking.matching.presenting import (
    ShownTarget,
    compared_texts,
    explanation,
    is_strong,
    match_rows,
    need_steps,
    shown_target,
    shown_targets,
)
from matchmaking.matching.sealed import is_sealed, sealed_counts
from matchmaking.matching.selectors import (
    ShownNeed,
    disputes_by_line,
    log_exposure,
    matches_for_enterprise,
    matches_for_provider,
    matches_of,
    matches_of_same_challenge,
    shown_needs,
    waiting_for,
    with_records,
)
from matchmaking.matching.services.answers import AnswerIncomplete, advance_match, answer_match, open_contact_data
from matchmaking.matching.services.review import AlreadyMatched, NotAllowed, NotInPool, propose_match
from matchmaking.matching.shown import note_read
from matchmaking.matching.templatetags.matching import tenths
from matchmaking.matching.two_lists import two_lists_for
from matchmaking.matching.views.asked import asked_of
from matchmaking.matching.views.common import conflict_guard, match_history, queue_around
from matchmaking.matching.whynot import askable_needs
from needs.models import NeedBody, TechNeed


@require_safe
@access("match.answer_enterprise", "match.answer_provider")
def mine(request: HttpRequest) -> HttpResponse:
    """The person's matches: those that wait for his answer, or all; for one side at a time."""
    warming.begin()
    user = request.user
    sides = [side for side in ("enterprise", "provider") if user.can(f"match.answer_{side}")]
    side = request.GET["side"] if request.GET.get("side") in sides else sides[0]
    waiting = waiting_for(user, side)
    showing_all = request.GET.get("show") == "all"
    everything = matches_for_enterprise(user) if side == "enterprise" else matches_for_provider(user)
    page = paginate(request, with_records(everything if showing_all else waiting))
    log_exposure(page.object_list, user, first=page.start_index())
    context = {
        "page": page,
        "rows": match_rows(page.object_list, user),
        "side": side,
        "sides": sides,
        "showing_all": showing_all,
        "waiting_count": waiting.count(),
    }
    return render(request, "matchmaking/matching/match_list.html", context)


@require_safe
@access(SIGNED_IN)
def detail(request: HttpRequest, uuid: Any) -> HttpResponse:
    match = _match(request, uuid)
    context = detail_context(request, match)
    note_read(match, context["target"].is_open, viewer=request.user)
    return render(request, "matchmaking/matching/match_detail.html", context)


def detail_context(request: HttpRequest, match: Match, **forms: Any) -> dict[str, Any]:
    user = request.user
    need = shown_needs([match], user)[match.need_id]
    side = rules.speaks_for(user, match)
    can_answer = rules.can_answer(user, match)
    target = shown_targets([match], user)[match.pk]
    why = explanation(match.reasons, match.score, need, target, strong=is_strong(match))
    terms = shared_terms(match.reasons) if why["whole"] else []
    left, right = compared_texts(match, need, target, terms, carrying_sentences(why["lines"]))
    return {
        **why,
        **said_of(match, user),
        "match": match,
        "need": need,
        "target": target,
        "side": side,
        "sides": {one.side: one for one in match.sides.all()},
        "left": left,
        "right": right,
        **_heading(match, need, target),
        "queue": queue_around(request, match),
        "can_review": rules.can_review(user, match),
        **_closed_to_a_side(user, match),
        "can_restore": rules.can_restore(user, match),
        "same_challenge": matches_of_same_challenge(user, match),
        "can_answer": can_answer,
        "waits_for_the_other": side is not None and match.state == MatchState.RELEASED and not can_answer,
        "can_advance": rules.can_advance(user, match),
        "can_see_contact": rules.can_see_contact(user, match),
        "contact_is_open": match.state in CONTACT_OPEN,
        "answer_form": forms.get("answer_form") or AnswerForm(prefix="answer"),
        "drop_form": forms.get("drop_form") or DropForm(prefix="drop"),
        "advance_form": forms.get("advance_form") or AdvanceForm(prefix="advance"),
        "ladder": ladder(match, user),
        **asked_and_answered(match, user),
        "question_form": forms.get("question_form") or QuestionForm(prefix="question"),
        "reply_form": forms.get("reply_form") or QuestionAnswerForm(prefix="reply"),
        **_said_by_people(user, match, whole=why["whole"]),
        **asked_of(user, match, forms.get("hand_form")),
        "history": match_history(match, user),
    }


def _closed_to_a_side(user: User, match: Match) -> dict[str, Any]:
    """What a side cannot read, for the officer who decides; and the days it would have for its answer."""
    waits = match.state in (MatchState.PROPOSED, MatchState.RELEASED)
    told = waits and rules.in_review_reach(user, match)
    return {"closed": closed_pair(match) if told else None, "answer_days": settings.ANSWER_WORKING_DAYS}


def _said_by_people(user: User, match: Match, *, whole: bool) -> dict[str, Any]:
    """What people have written about the pair. The note of whoever proposed it speaks of both texts, so it is told to
    who reads both, to him, and to who decides; what came of the talks to the two sides and to who decides."""
    judges = rules.in_review_reach(user, match)
    told = whole or judges or match.proposed_by_id == user.pk
    return {
        "note": match.proposal_note if told else "",
        "is_wished": match.origin == Origin.SEALED,
        "contacts": match.contacts.order_by("-at") if judges or is_side(user, match) else (),
    }


def _heading(match: Match, need: ShownNeed, target: ShownTarget) -> dict[str, str]:
    """The pair in one line each: the two titles, who stands behind them, the two numbers."""
    return {
        "heading": f"{need.title or _('A confidential need')} ↔ {target.title}",
        "parties": " ↔ ".join(filter(None, [need.owner or _("enterprise not shown"), target.unit])),
        "numbers": f"{match.need.public_no} ↔ {target.number}",
    }


def said_of(match: Match, user: User) -> dict[str, Any]:
    """The person's grade of a match, the disputes of its lines he may read, and whether he has a say."""
    return {
        "may_grade": rules.grades_as(user, match) is not None,
        "grade": match.grades.filter(by=user).first(),
        "grades": Strength.choices,
        "disputes": disputes_by_line(match, user),
    }


@require_safe
@access(SIGNED_IN)
def state(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Asked by an open page that waits for the other side: nothing new, or load the page again."""
    return HttpResponse(status=204) if request.GET.get("seen") == str(_match(request, uuid).version) else hx_refresh()


@require_POST
@access("match.answer_enterprise", "match.answer_provider")
def answer(request: HttpRequest, uuid: Any) -> HttpResponse:
    match = _match(request, uuid)
    form = AnswerForm(request.POST, prefix="answer")
    if form.is_valid():
        with conflict_guard(request, match, refused=NotAllowed) as guard:
            try:
                match = answer_match(by=request.user, match=match, **form.cleaned_data)
            except AnswerIncomplete as error:
                form.add_error(error.field, error.message)
            else:
                messages.success(request, _said(match))
                return redirect(match)
        if guard.response:
            return guard.response
    context = detail_context(request, match, answer_form=form)
    return render(request, "matchmaking/matching/match_detail.html", context, status=422)


def _said(match: Match) -> str:
    if match.state == MatchState.CONTACT_OPENED:
        return _("Both sides have said yes: contact data is open to both sides now.")
    if match.state == MatchState.DECLINED:
        return _("Noted. The match has ended and will not be proposed again unless a text changes.")
    return _("Noted. We tell the other side.")


@require_POST
@access("match.answer_enterprise", "match.answer_provider")
def contact(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Show the other side's contact data; every opening is written down."""
    match = _match(request, uuid)
    try:
        shown = open_contact_data(by=request.user, match=match)
    except NotAllowed as error:
        raise PermissionDenied from error
    side = rules.speaks_for(request.user, match)
    other = Side.PROVIDER if side == Side.ENTERPRISE else Side.ENTERPRISE
    context = {"match": match, "contact": shown, "other": other}
    return render(request, "matchmaking/matching/_contact.html", context)


@require_POST
@access(SIGNED_IN)
def advance(request: HttpRequest, uuid: Any) -> HttpResponse:
    match = _match(request, uuid)
    form = AdvanceForm(request.POST, prefix="advance")
    if form.is_valid():
        with conflict_guard(request, match, refused=NotAllowed) as guard:
            advance_match(by=request.user, match=match, **form.cleaned_data)
            messages.success(request, _("Noted in the history."))
        return guard.response or redirect(match)
    context = detail_context(request, match, advance_form=form)
    return render(request, "matchmaking/matching/match_detail.html", context, status=422)


def _match(request: HttpRequest, uuid: Any) -> Match:
    return get_object_or_404(with_records(Match.objects.visible_to(request.user)), uuid=uuid)


# --- Fragments and pages under the pools' URLs ------------------------------------------------------------------


@require_safe
@access(SIGNED_IN)
def of_need(request: HttpRequest, uuid: Any) -> HttpResponse:
    warming.begin()
    need = get_object_or_404(TechNeed.objects.visible_to(request.user), uuid=uuid)
    return _fragment(request, need, two_lists=two_lists_for(request.user, need))


@require_safe
@access(SIGNED_IN)
def of_achievement(request: HttpRequest, uuid: Any) -> HttpResponse:
    return _fragment(request, get_object_or_404(Achievement.objects.visible_to(request.user), uuid=uuid))


@require_safe
@access(SIGNED_IN)
def of_expert(request: HttpRequest, uuid: Any) -> HttpResponse:
    return _fragment(request, get_object_or_404(Expert.objects.visible_to(request.user), uuid=uuid))


LEDGERS = {
    TechNeed: "matching:need_disclosures",
    Achievement: "matching:achievement_disclosures",
    Expert: "matching:expert_disclosures",
}


def _fragment(request: HttpRequest, record: TechNeed | Achievement | Expert, **more: Any) -> HttpResponse:
    found = list(matches_of(record, request.user)[:20])
    log_exposure(found, request.user)
    of_need = isinstance(record, TechNeed)
    may_ask = of_need and askable_needs(request.user).filter(pk=record.pk).exists()
    owned = type(record).objects.editable_by(request.user).filter(pk=record.pk).exists()
    context = {"rows": match_rows(found, request.user), "record": record, "of_need": of_need, "may_ask": may_ask,
               "ledger_url": reverse(LEDGERS[type(record)], args=[record.uuid]) if owned else ""}  # fmt: skip
    if isinstance(record, TechNeed) and owned and is_sealed(record):
        context["sealed"] = sealed_counts(record)
    return render(request, "matchmaking/matching/_matches.html", context | more)


@require_safe
@access(SIGNED_IN)
def progress(request: HttpRequest, uuid: Any) -> HttpResponse:
    """How far a need has come, step by step, with its matches."""
    need = get_object_or_404(TechNeed.objects.visible_to(request.user).select_related("region"), uuid=uuid)
    found = list(matches_of(need, request.user))
    knows_owner = NeedBody.objects.owner_known_to(request.user).filter(pk=need.pk).exists()
    context = {
        "need": need,
        "steps": need_steps(need, found),
        "rows": match_rows(found, request.user),
        "history": history(need, kind="need") if knows_owner else [],
        "may_ask": askable_needs(request.user).filter(pk=need.pk).exists(),
    }
    return render(request, "matchmaking/matching/need_progress.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access("match.propose")
@once
def propose(request: HttpRequest, uuid: Any) -> HttpResponse:
    need = get_object_or_404(TechNeed.objects.visible_to(request.user).matched(), uuid=uuid)
    start = {"number": request.GET.get("number", "")}
    data = request.POST.copy()
    if data.get("pick"):  # chosen of those that words stood for
        data["number"] = str(data["pick"])
    form = ProposeForm(data or None, user=request.user, initial=start)
    if request.method == "POST" and form.is_valid():
        target, note = form.cleaned_data["number"], form.cleaned_data["note"]
        mine = Match.objects.visible_to(request.user)
        waiting = mine.filter(need=need, **{noun_of(target): target}, origin=Origin.RUN, state="proposed")
        known = (found := waiting.first()) is not None and rules.can_review(request.user, found)
        try:
            match = propose_match(by=request.user, need=need, target=target, note=note)
        except (AlreadyMatched, NotInPool) as error:
            form.add_error("number", error.message)
        else:
            _say_proposed(request, match, known=known)
            return redirect(match)
    status = 422 if form.is_bound else 200
    context = {"need": need, "form": form, "offered": _offered(request.user, need, form)}
    return render(request, "matchmaking/matching/propose.html", context, status=status)


def _offered(user: User, need: TechNeed, form: ProposeForm) -> list[tuple[Any, ShownTarget]]:
    """What the words may mean that stand where a number was asked for."""
    if not form.is_bound or not form.has_error("number", "unknown"):
        return []
    words = str(form["number"].value()).strip()
    found = whynot.offer_answers(user, words, matched=True)
    if found:
        form.errors["number"] = form.error_class([_("No record has this number. Please choose one of those below.")])
    return [(one, shown_target(whynot.pair_of(need, one), True, whynot.knows_unit(user, one))) for one in found]


def _say_proposed(request: HttpRequest, match: Match, *, known: bool) -> None:
    """Thank for a proposal by hand. `known`: the person may know that the engine had proposed the pair already. He has
    found both records among those whose texts he may read, so he is told when the engine sees less in the pair than it
    proposes itself."""
    if known:
        messages.info(
            request, _("The engine had proposed this pair already: your reason stands beside its reasons now.")
        )
    else:
        messages.success(request, _("Proposed: an officer will look at it."))
    line = whatif.line_of(match.target_kind)
    if match.score is not None and match.score < line:
        said = _("Its fit of %(score)s lies below the line of %(line)s: the officer goes by the reason that you gave.")
        messages.warning(request, said % {"score": tenths(match.score), "line": tenths(line)})
