"""Where a pair stands, asked by its page after it has loaded: the line, the chance, and what would change it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from matchmaking.common.access import SIGNED_IN, access
from matchmaking.matching import change_words, whatif
from matchmaking.matching.models import Match
from matchmaking.matching.presenting import shown_targets
from matchmaking.matching.selectors import shown_needs, with_records


@require_safe
@access(SIGNED_IN)
def outlook(request: HttpRequest, uuid: Any) -> HttpResponse:
    """The outlook of a match, for who may read both texts."""
    found = with_records(Match.objects.visible_to(request.user)).select_related("team__owner", "candidate__run")
    match = get_object_or_404(found, uuid=uuid)
    need, target = shown_needs([match], request.user)[match.need_id], shown_targets([match], request.user)[match.pk]
    if need.body is None or not target.is_open:
        raise Http404
    frozen = whatif.frozen_of(match)
    standing = whatif.stand(match.need, match.target, frozen) if frozen else None
    moved = standing is not None and match.score is not None and abs(standing.score - match.score) > 1e-6
    context = {"standing": standing, "said": sentences(standing), "moved": moved}
    return render(request, "matchmaking/matching/_outlook.html", context)


def sentences(standing: whatif.Standing | None) -> list[dict[str, Any]]:
    """What would take the pair across the line, in words, with the score it would then have; the smallest first."""
    if standing is None:
        return []
    return [
        {"sentence": change_words.said(change, up=not standing.above), "score": change.score}
        for change in standing.changes
    ]
