"""Where a pair stands: asked by the page of a match after it has loaded, and of any pair that somebody names."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from matchmaking.accounts.models import User
from matchmaking.common.access import SIGNED_IN, access
from matchmaking.common.htmx import page_or_fragment
from matchmaking.matching import change_words, warming, whatif, whynot
from matchmaking.matching.explain import carrying_sentences, shared_terms
from matchmaking.matching.models import Match
from matchmaking.matching.nouns import Answer, noun_of
from matchmaking.matching.presenting import compared_texts, explanation, shown_target, shown_targets
from matchmaking.matching.selectors import shown_needs, with_records
from matchmaking.matching.two_lists import may_see_lists
from needs.models import TechNeed


@require_safe
@access(SIGNED_IN)
def outlook(request: HttpRequest, uuid: Any) -> HttpResponse:
    """The outlook of a match, for who may read both texts."""
    found = with_records(Match.objects.visible_to(request.user)).select_related("team__owner", "candidate__run")
    match = get_object_or_404(found, uuid=uuid)
    need, target = shown_needs([match], request.user)[match.need_id], shown_targets([match], request.user)[match.pk]
    if need.body is None or not target.is_open:
        raise Http404
    frozen = whatif.frozen_of(match.candidate.run if match.candidate else None)
    standing = whatif.stand(match.need, match.target, frozen) if frozen else None
    moved = standing is not None and match.score is not None and abs(standing.score - match.score) > 1e-6
    unasked = bool(settings.MATCH_ENCODER or settings.MATCH_CROSS_ENCODER)
    context = {"standing": standing, "said": sentences(standing), "moved": moved, "unasked": unasked,
               "of_match": True, "ran": whatif.has_run(), "kept": None if standing else _kept(match)}  # fmt: skip
    return render(request, "matchmaking/matching/_outlook.html", context)


def _kept(match: Match) -> dict[str, Any] | None:
    """What the run of a match has said of it, once its statistics are of an older engine."""
    if match.candidate is None or match.score is None:
        return None
    line = match.candidate.run.policy.get("expert_floor" if match.target_kind == "expert" else "floor")
    return {"line": line, "score": match.score, "probability": match.probability} if line is not None else None


def sentences(standing: whatif.Standing | None) -> list[dict[str, Any]]:
    """What would take the pair across the line, in words, with the score it would then have; the smallest first."""
    if standing is None:
        return []
    return [
        {"sentence": change_words.said(change, up=not standing.above), "score": change.score}
        for change in standing.changes
    ]


@require_safe
@access(SIGNED_IN)
def why_not(request: HttpRequest, uuid: Any) -> HttpResponse:
    """Why an achievement, expert or team that the person names is not proposed for a need whose text he may read."""
    warming.begin()
    need = get_object_or_404(whynot.askable_needs(request.user), uuid=uuid)
    asked = request.GET.get("answer", "").strip()[:60]
    answer = whynot.find_answer(request.user, asked) if asked else None
    context: dict[str, Any] = {"need": need, "asked": asked, "offered": [], "answer": answer}
    if answer is not None:
        context |= _answered(request.user, need, answer)
    elif asked:
        offered = whynot.offer_answers(request.user, asked)
        context["offered"] = [(one, shown_target(whynot.pair_of(need, one), True, False)) for one in offered]
    return page_or_fragment(request, "matchmaking/matching/why_not.html", "matchmaking/matching/_why_not.html", context)


def _answered(user: User, need: TechNeed, answer: Answer) -> dict[str, Any]:
    pair = whynot.pair_of(need, answer)
    shown_need = shown_needs([pair], user)[need.pk]
    target = shown_target(pair, True, whynot.knows_unit(user, answer))
    run, ranked = whynot.list_of(need, answer)
    frozen = whatif.frozen_of(run)
    if frozen is None:
        return {"standing": None, "target": target, "ran": whatif.has_run()}
    open_lists = may_see_lists(user, need)
    comparable = open_lists and frozen.run is not None  # a list of older statistics has another scale
    last = ranked[-1][1] if comparable and len(ranked) >= frozen.policy.top else None
    standing = whatif.stand(need, answer, frozen, last=last)
    strong = standing.score >= frozen.policy.floor_of(noun_of(answer))
    why = explanation(standing.reasons, standing.score, shown_need, target, strong=strong)
    left, right = compared_texts(
        pair, shown_need, target, shared_terms(standing.reasons), carrying_sentences(why["lines"])
    )
    return {
        **why,
        "standing": standing,
        "said": sentences(standing),
        "target": target,
        "left": left,
        "right": right,
        "obstacles": whynot.obstacles(user, need, answer, standing.excluded),
        "all_told": whynot.knows_owners(user, need, answer) and whynot.knows_conflicts(user, need, answer),
        "place": whynot.place_of(answer, standing.score, ranked) if comparable and ranked else None,
        "length": len(ranked),
        "listed": open_lists and answer.public_no in {number for number, _score in ranked},
        "by_hand_only": noun_of(answer) == "team",
    }
