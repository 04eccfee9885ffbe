"""What in a pool is like a text that somebody pastes: ranked by the engine, of what the person may see and read.

A small pool stands in the memory of the process (`blocks`) and is ranked whole. Of a large one the full-text search
chooses those that hold the words of the text that say most, and these are weighed at once. The text is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.contrib.postgres.search import SearchRank
from django.db.models import F, QuerySet

from matchmaking.common.pools import only_by_search_index
from matchmaking.common.search import query_of_any
from matchmaking.matching import blocks, snapshot
from matchmaking.programmes.models import Visibility
from needs.models import NeedBody

KINDS = ("achievement", "need", "expert")
LONGEST = 5_000
SHOWN, SHOWN_BESIDE = 20, 5  # what comes close enough; and what does not, beside it
CHOSEN = 200
SECONDS_WAITED = 2.0
_WORDS, _HITS = 24, 20_000
NOT_READY, PARTLY, WHOLE, CHOSEN_ONLY = "not_ready", "partly", "whole", "chosen"


@dataclass(frozen=True)
class Like:
    """A record, how close it comes, whether that is enough to be recommended, and what both texts say."""

    record: Any
    score: float
    is_close: bool
    wordings: tuple[str, ...]
    quote: str


@dataclass(frozen=True)
class Likeness:
    """The closest records; `state` says of how much of the pool (`seen` of `total`), `close` how many come close enough
    to be recommended, `unread` how many the person sees without their text, which are not compared."""

    state: str
    found: list[Like] = field(default_factory=list)
    close: int = 0
    seen: int = 0
    total: int = 0
    unread: int = 0


def like(text: str, kind: str, *, user: Any, rows: QuerySet[Any], but: str = "") -> Likeness:
    """Rank what the person sees of a pool (`rows`) by its likeness to a text, without the record numbered `but`."""
    seen_rows = rows.matched()  # type: ignore[attr-defined]  # a method of every pool
    shown = _readable(kind, user, seen_rows)
    # Whoever has not signed in does not queue: some strangers at once must not keep the people of the portal waiting.
    if not blocks.shared.lock.acquire(timeout=SECONDS_WAITED if user.is_authenticated else 0.0):
        return Likeness(PARTLY)  # others of this process are asking; the page asks again
    try:
        whole = _is_small(kind)
        held, seen, total = blocks.shared.ready([kind] if whole else [], blocks.SECONDS)
        asking = blocks.shared.counter
        if asking is None or (whole and not held):
            return Likeness(NOT_READY)
        if whole:
            state = WHOLE if seen == total else PARTLY
            mine = set(shown.order_by().values_list("public_no", flat=True))
            closed = _closed(kind, shown, asking, text)
            seen, total = seen + len(closed), total + len(closed)
            found = asking.found(kind, [*held[kind], *([asking.block(kind, closed)] if closed else [])], text)
            ranked = [one for one in found if one[1] in mine and one[1] != but]
        else:
            state, chosen = CHOSEN_ONLY, _chosen(kind, shown, asking.telling(text, kind, _WORDS))
            ranked = [one for one in asking.found(kind, [asking.block(kind, chosen)], text) if one[1] != but]
        unread = seen_rows.count() - shown.count() if kind == "need" else 0
        return _said(asking, (text, kind), shown, ranked, Likeness(state, seen=seen, total=total, unread=unread))
    finally:
        blocks.shared.lock.release()


def _readable(kind: str, user: Any, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Of needs those whose text the person may read: a rank tells what stands in a text."""
    return rows.filter(pk__in=NeedBody.objects.readable_by(user).values("pk")) if kind == "need" else rows


def _closed(kind: str, shown: QuerySet[Any], asking: Any, text: str) -> list[int]:
    """The ids of what only invited ones see, the person among them: no block of the process holds these. Of very many
    those that hold the telling words."""
    rows = shown.filter(visibility=Visibility.INVITED)
    keys = list(rows.order_by("public_no").values_list("pk", flat=True)[: CHOSEN + 1])
    return keys if len(keys) <= CHOSEN else _chosen(kind, rows, asking.telling(text, kind, _WORDS))


def _is_small(kind: str) -> bool:
    return snapshot.at_most(kind, settings.CLINIC_MOST_RECORDS)


def _chosen(kind: str, rows: QuerySet[Any], words: Sequence[tuple[str, float]]) -> list[int]:
    """The ids of the records that hold most of the telling words. Words are taken as long as not too many records hold
    them, so that the search stays short in any pool."""
    size = rows.model._default_manager.count()  # noqa: SLF001 (Django documents it)
    wanted: list[str] = []
    expected = 0.0
    for word, share in words:
        if wanted and expected + share * size > _HITS:
            continue
        wanted.append(word)
        expected += share * size
    if not wanted:
        return []
    query = query_of_any(wanted)
    vector = "body__search_vector" if kind == "need" else "search_vector"
    with only_by_search_index():
        found = rows.order_by().filter(**{vector: query}).annotate(merit=SearchRank(F(vector), query))
        return [key for key, _merit in found.order_by("-merit", "-pk").values_list("pk", "merit")[:CHOSEN]]


def _said(
    asking: Any,
    asked: tuple[str, str],
    shown: QuerySet[Any],
    ranked: Sequence[tuple[float, str, bool]],
    so_far: Likeness,
) -> Likeness:
    """Load what is shown of the ranking, and say which words both texts share."""
    text, kind = asked
    close = sum(is_close for _score, _number, is_close in ranked)
    first = sorted(ranked, key=lambda one: not one[2])[
        : min(SHOWN, close + SHOWN_BESIDE) if close else 2 * SHOWN_BESIDE
    ]
    rows = {row.public_no: row for row in shown.filter(public_no__in=[number for _score, number, _close in first])}
    whole = snapshot.of_numbers(kind, rows)
    said = asking.said(kind, whole, text)
    found = [
        Like(rows[number], score, is_close, *said.get(number, ((), "")))
        for score, number, is_close in first
        if number in rows
    ]
    found = [one for one in found if one.is_close or one.wordings]  # nothing can be said for the others
    return replace(so_far, found=found, close=close)
